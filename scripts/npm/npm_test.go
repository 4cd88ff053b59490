// Package npm_test runs packages of npm's in workers, and checks what they say
// against what they say in Node.js.
package npm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"scripthost.example/child"
	"scripthost.example/host"
	"scripthost.example/js"
	_ "scripthost.example/js/bundle"
)

var update = flag.Bool("update", false, "write the table of docs/SCRIPTING.md")

// packages are those that are tried, each by the script of testdata with its
// name, and what is used of it.
var packages = []struct{ name, version, script, uses string }{
	{"date-fns", "4.4.0", "date-fns.ts", "dates, durations, a locale"},
	{"dayjs", "1.11.23", "dayjs.mjs", "CommonJS, with plugins and a locale"},
	{"fast-xml-parser", "5.12.1", "fast-xml-parser.mjs", "parser, builder, validator"},
	{"handlebars", "4.7.10", "handlebars.mjs", "templates compiled at run time (`new Function`)"},
	{"immer", "11.2.10", "immer.mjs", "proxies, patches, maps"},
	{"lodash-es", "4.18.1", "lodash-es.mjs", "600 ES modules, of which few are used"},
	{"marked", "18.2.1", "marked.mjs", "Markdown, sync and async"},
	{"nanoid", "5.1.16", "nanoid.mjs", "what it has for browsers"},
	{"uuid", "14.0.3", "uuid.mjs", "hashes and times"},
	{"yaml", "2.9.1", "yaml.mjs", "documents, merge keys, errors"},
	{"zod", "4.6.7", "zod.ts", "schemas, transforms, issues"},
}

// typescript makes JavaScript of the scripts for Node.js.
const typescript = "typescript@5.9.3"

func TestMain(m *testing.M) {
	child.Enter(js.Engine())
	os.Exit(m.Run())
}

// installed returns a folder with the packages and the scripts, or says why
// there is none.
var installed = sync.OnceValues(func() (dir, missing string) {
	for _, command := range []string{"node", "npm"} {
		if _, err := exec.LookPath(command); err != nil {
			return "", command + " is not installed"
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	// The name tells what is in it, so that it can be used again.
	list := []string{typescript}
	for _, p := range packages {
		list = append(list, p.name+"@"+p.version)
	}
	dir = filepath.Join(cache, "scripthost-npm", fmt.Sprintf("%08x", hash(strings.Join(list, " "))))
	done := filepath.Join(dir, "installed")
	if _, err := os.Stat(done); err == nil {
		return dir, ""
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return "", err.Error()
	}
	// Others may do the same now: what is there is whole or is not there.
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "new")
	if err != nil {
		return "", err.Error()
	}
	defer os.RemoveAll(fresh)
	if err := os.WriteFile(filepath.Join(fresh, "package.json"), []byte("{}"), 0o600); err != nil {
		return "", err.Error()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", append([]string{"install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", "--fetch-retries=1", "--fetch-timeout=60000"}, list...)...)
	cmd.Dir = fresh
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Sprintf("npm cannot install the packages: %v: %.500s", err, out)
	}
	if err := os.WriteFile(filepath.Join(fresh, filepath.Base(done)), nil, 0o600); err != nil {
		return "", err.Error()
	}
	if err := os.Rename(fresh, dir); err != nil {
		if _, err := os.Stat(done); err != nil {
			return "", fmt.Sprintf("the packages cannot be kept in %s; if there is something else, remove it: %v", dir, err)
		}
	}
	return dir, ""
})

func hash(s string) (n uint32) {
	for _, c := range []byte(s) {
		n = (n ^ uint32(c)) * 16777619
	}
	return n
}

// Each package says in a worker what it says in Node.js.
func TestPackages(t *testing.T) {
	t.Parallel()
	dir, missing := installed()
	if missing != "" {
		t.Skip(missing)
	}
	for _, p := range packages {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join("testdata", p.script))
			if err != nil {
				t.Fatal(err)
			}
			// The folder is that of all who run these tests, now as well.
			script := fmt.Sprintf("%d-%s", os.Getpid(), p.script)
			path := filepath.Join(dir, script)
			writeFile(t, path, string(text))
			want := inNode(t, dir, script)
			if !reflect.DeepEqual(inWorker(t, path), want) {
				got, _ := json.MarshalIndent(inWorker(t, path), "", " ")
				expected, _ := json.MarshalIndent(want, "", " ")
				t.Errorf("in a worker:\n%s\nin Node.js:\n%s", got, expected)
			}
		})
	}
}

func inWorker(t *testing.T, path string) any {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	script, err := host.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := host.Start(ctx, script, &host.Options{Serialiser: host.JSON, Limits: host.Limits{Start: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Kill()
	out, err := w.Call(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// As encoding/json has it, as that of Node.js is.
	text, err := json.Marshal(out[0])
	if err != nil {
		t.Fatal(err)
	}
	return decoded(t, text)
}

// inNode runs the script in Node.js; TypeScript's own compiler makes JavaScript
// of it before.
func inNode(t *testing.T, dir, script string) any {
	t.Helper()
	const program = `
		import { readFileSync, writeFileSync } from 'node:fs'
		import ts from 'typescript'
		let [, , file] = process.argv
		if (file.endsWith('.ts')) {
			const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }
			const text = ts.transpileModule(readFileSync(file, 'utf8'), { compilerOptions: options }).outputText
			writeFileSync(file = file.replace(/ts$/, 'compiled.mjs'), text)
		}
		const { run } = await import('./' + file)
		console.log(JSON.stringify(await run()))`
	main := filepath.Join(dir, "main-"+script+".mjs")
	writeFile(t, main, program)
	if name, ok := strings.CutSuffix(script, "ts"); ok {
		defer os.Remove(filepath.Join(dir, name+"compiled.mjs"))
	}
	cmd := exec.Command("node", main, script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TZ=") // as in a worker's process
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, stderr.Bytes())
	}
	return decoded(t, out)
}

// writeFile makes a file for as long as the test runs.
func writeFile(t *testing.T, path, text string) {
	t.Helper()
	t.Cleanup(func() { os.Remove(path) })
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func decoded(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// The documentation has the packages that are tried.
func TestTable(t *testing.T) {
	t.Parallel()
	const (
		page  = "../../docs/SCRIPTING.md"
		start = "<!-- packages: go test ./scripts/npm -update -->\n"
		end   = "<!-- end of packages -->"
	)
	var b strings.Builder
	b.WriteString(start + "| package | version | what is tried |\n|---|---|---|\n")
	for _, p := range packages {
		fmt.Fprintf(&b, "| [%s](https://www.npmjs.com/package/%s) | %s | %s |\n", p.name, p.name, p.version, p.uses)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), start)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no table of packages", page)
	}
	if made := before + b.String() + end + after; made != string(text) {
		if !*update {
			t.Fatalf("the table of %s is old: go test ./scripts/npm -update", page)
		}
		if err := os.WriteFile(page, []byte(made), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
