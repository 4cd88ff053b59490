//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Files that the mistakes are made with.
var mistakenFiles = map[string]string{
	"hello.lua":  "function greet(name)\n  return 'Hello, ' .. name\nend\n\nfunction run(name)\n  return greet(name)\nend\n",
	"hello.js":   "function greet(name) {\n  return 'Hello, ' + name.toUpperCase();\n}\n\nfunction run(name) {\n  return greet(name);\n}\n",
	"syntax.lua": "function run(x)\n  if x = 1 then\n    return x\n  end\nend\n",
	"end.lua":    "function run(x)\n  if x then\n    return x\n",
	"syntax.js":  "function run(x) {\n\treturn x +* 2;\n}\n",
	"types.ts":   "export function run(x: number): string {\n  const y: = x;\n  return String(y);\n}\n",
	"later.ts":   "interface Person { name: string }\n\nexport function run(p?: Person): string {\n  return (p as Person).name;\n}\n",
	"esm.js":     "import x from './x.js';\nexport function run() { return x }\n",
	"wrong.lua": strings.Join([]string{
		"local wrong = {}",
		"function wrong.global() pritn('x') end",
		"function wrong.names() return jsom.encode({}) end",
		"function wrong.field() return string.repp('x', 2) end",
		"function wrong.host() return host.lookup('x') end",
		"function wrong.index() local person; return person.name end",
		"function wrong.arithmetic() return 'a' + 1 end",
		"function wrong.thrown() error({code = 7}) end",
		"function wrong.read() return io.open('/etc/passwd') end",
		"function wrong.exit() os.exit(1) end",
		"function wrong.module() require 'jsn' end",
		"function wrong.value() return function() end end",
		"function wrong.deep() return wrong.deep() + 1 end",
		"function wrong.escape() error('\\27[2J\\27]0;title\\7') end",
		"function wrong.long() local " + strings.Repeat("a, ", 30) + "z; z() " + strings.Repeat("-- and so on ", 5) + "\nend",
		"function wrong.done(done) done() end",
		"return wrong", "",
	}, "\n"),
	"wrong.js": strings.Join([]string{
		"exports.global = () => consol.log('x');",
		"exports.member = () => console.lgo('x');",
		"exports.host = () => host.lookup('x');",
		"exports.undefined = () => { let person; return person.name };",
		"exports.thrown = () => { throw {code: 7} };",
		"exports.cause = () => { try { exports.undefined() } catch (e) { throw new Error('no name', {cause: e}) } };",
		"exports.rejected = async () => { await null; throw new RangeError('too far') };",
		"exports.write = () => require('fs').writeFileSync('/tmp/x', 'x');",
		"exports.net = () => fetch('http://example.com');",
		"exports.module = () => require('left-pad');",
		"exports.value = () => exports.value;",
		"exports.forever = () => new Promise(() => {});",
		"exports.tab = () => {\tconst ü = 'ü';\tü.no.more };", "",
	}, "\n"),
	"init.lua":  "function setup()\n  error('no configuration')\nend\nfunction run() end\n",
	"empty.lua": "\n",
	"calls.txt": "Ada\nBob\n\n",
	"json.txt":  "[\"Ada\"]\nBob\n[\"Cid\"]\n",
	"custom.js": "return 5\n",
}

// mistakes are what people get wrong: a shell's words each.
var mistakes = []string{
	// The command line.
	"",
	"hello.lua Ada",
	"chek hello.lua",
	"bundle",
	"help chek",
	"--scirpt hello.lua",
	"-x",
	"-s",
	"-s hello.lua --timeout 5",
	"-s hello.lua --timeout 0s",
	"-s hello.lua --memory 10k",
	"-s hello.lua --memory lots",
	"-s hello.lua -j 0",
	"-s hello.lua --events somewhere",
	"-s hello.lua --serialiser jsn x",
	"-s hello.lua --json Ada",
	"-s hello.lua --allow-net=http://example.com x",
	"-s hello.lua --allow-read= x",
	"-s hello.lua --calls calls.txt Ada",
	"-s hello.lua --init-arg x",
	"-s hello.lua --seed one",
	"-s hello.lua --clock noon",
	"-s hello.lua --exec ''",
	"-s hello.lua --stdio",
	"-s hello.lua --resume journal Ada",
	"-s hello.lua -e 'return 1' --lang lua",
	"-e 'function run() end'",
	"--wire classic",
	"check",
	"types",
	"grants",
	"completion tcsh",
	"repl",
	"repl hello.lua",
	"check -e 'function run() end'",
	"config --for tests",
	"config --for test --calls calls.txt",
	// Scripts that are not there, or do not load.
	"-s missing.lua",
	"-s helo.lua",
	"check helo.lua",
	"bench helo.lua",
	"test hello.jss",
	"-s .",
	"-s empty.lua",
	"-s calls.txt",
	"-s syntax.lua x",
	"-s end.lua x",
	"-s syntax.js x",
	"-s types.ts x",
	"-s esm.js x",
	"-s hello.lua --function gret x",
	"-s hello.js --function gret x",
	"-s hello.lua --init setup x",
	"-s init.lua --init setup x",
	"check hello.lua syntax.lua",
	"-s hello.js --serialiser custom.js x",
	// Calls that fail.
	"-s hello.lua",
	"-s hello.js",
	"-s later.ts",
	"-s wrong.lua --function global",
	"-s wrong.lua --function names",
	"-s wrong.lua --function field",
	"-s wrong.lua --function host",
	"-s wrong.lua --function index",
	"-s wrong.lua --function arithmetic",
	"-s wrong.lua --function thrown",
	"-s wrong.lua --function read",
	"-s wrong.lua --function exit",
	"-s wrong.lua --function module",
	"-s wrong.lua --function value",
	"-s wrong.lua --function escape",
	"-s wrong.lua --function long",
	"-s wrong.lua --function done",
	"-s wrong.js --function global",
	"-s wrong.js --function member",
	"-s wrong.js --function host",
	"-s wrong.js --function undefined",
	"-s wrong.js --function thrown",
	"-s wrong.js --function cause",
	"-s wrong.js --function rejected",
	"-s wrong.js --function write",
	"-s wrong.js --function net",
	"-s wrong.js --function module",
	"-s wrong.js --function value",
	"-s wrong.js --function forever",
	"-s wrong.js --function tab",
	// Many calls.
	"-s hello.lua --calls calls.txt",
	"-s hello.lua --calls missing.txt",
	"-s hello.lua --calls cals.txt",
	"-s hello.lua --json --calls json.txt",
	"-s hello.lua --json --strict --calls json.txt",
}

// What the runner says to each mistake is in testdata/mistakes.txt, which is read by
// people: what happened, where, and what to do next. After a change it is written anew
// by go test -run TestMistakes -update, and read again.
func TestMistakes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range mistakenFiles {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	said := make([]string, len(mistakes))
	var all sync.WaitGroup
	slots := make(chan struct{}, 4)
	for i, words := range mistakes {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			said[i] = makeMistake(t, dir, words)
		})
	}
	all.Wait()
	got := strings.Join(said, "\n")
	const golden = "testdata/mistakes.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	before := make(map[string]bool)
	for block := range strings.SplitSeq(string(want), "\n$ ") {
		before[strings.TrimPrefix(strings.TrimSuffix(block, "\n"), "$ ")] = true
	}
	for _, block := range said {
		if !before[strings.TrimPrefix(strings.TrimSuffix(block, "\n"), "$ ")] {
			t.Errorf("this is new:\n%s", block)
		}
	}
	t.Error(golden + " is not what is said any more: if that is well, go test -run TestMistakes -update")
}

// makeMistake returns a command line, what is said to it on standard error, and the
// exit status.
func makeMistake(t *testing.T, dir, words string) string {
	t.Helper()
	args, err := splitWords("runner " + words)
	if err != nil {
		t.Error(err)
		return ""
	}
	var out bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Stderr = dir, &out
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	status := 0
	if err := cmd.Run(); err != nil {
		exit := new(exec.ExitError)
		if !errors.As(err, &exit) {
			t.Error(err)
		}
		status = exit.ExitCode()
	}
	if strings.ContainsFunc(out.String(), isControl) {
		t.Errorf("%s: a control character is in %q", words, out.String())
	}
	return fmt.Sprintf("$ runner %s\n%s[exit status %d]\n", words, strings.ReplaceAll(out.String(), dir, "DIR"), status)
}
