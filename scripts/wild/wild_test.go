//go:build unix

package wild_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"scripthost.example/child"
	"scripthost.example/host"
	"scripthost.example/lua"
)

var update = flag.Bool("update", false, "write the table of libraries into "+page)

const page = "../../docs/SCRIPTING.md"

// The test binary plays the child.
func TestMain(m *testing.M) {
	child.Enter(lua.Engine())
	os.Exit(m.Run())
}

// A library is one that testdata has a script for.
type library struct {
	name    string
	pkg     string // Debian's name for it
	used    string // what the script uses of it
	lacks   string // what it needs and workers do not have: it cannot run
	failure string // then: part of the error
}

var libraries = []library{
	{name: "ansicolors", pkg: "lua-ansicolors", used: "all"},
	{name: "argparse", pkg: "lua-argparse", used: "arguments, options, mutexes, commands, usage, help, errors"},
	{name: "basexx", pkg: "lua-basexx", used: "all bases, both ways"},
	{name: "binaryheap", pkg: "lua-binaryheap", used: "plain and unique heaps"},
	{name: "cliargs", pkg: "lua-cliargs", used: "arguments, options, flags, splats, help, errors"},
	{name: "dkjson", pkg: "lua-dkjson", used: "encoding, decoding, errors; without LPeg"},
	{name: "fifo", pkg: "lua-fifo", used: "all"},
	{name: "inifile", pkg: "lua-inifile", used: "reading and writing"},
	{name: "inspect", pkg: "lua-inspect", used: "all options"},
	{name: "luassert", pkg: "lua-luassert", lacks: "`debug.getinfo`", failure: "luassert/util.lua"},
	{name: "luaunit", pkg: "lua-unit", used: "suites that pass, fail, raise errors and skip"},
	{name: "markdown", pkg: "lua-markdown", used: "a document with everything"},
	{name: "mediator", pkg: "lua-mediator", used: "all"},
	{name: "MessagePack", pkg: "lua-messagepack", lacks: "`string.dump`", failure: "string.dump is not available"},
	{name: "moses", pkg: "lua-moses", used: "40 of its functions"},
	{name: "penlight", pkg: "lua-penlight", used: "26 modules: classes, lists, maps, strings, templates, lexer, data, XML; not `strict` and `pretty.read`, which need more of `debug`"},
	{name: "say", pkg: "lua-say", used: "all"},
	{name: "uri", pkg: "lua-uri", used: "parsing, normalising, resolving; http, ftp, file, data, urn and more"},
}

// folder returns where fetch.sh puts what it fetches.
func folder() (string, error) {
	if dir := os.Getenv("SCRIPTHOST_LUA_LIBS"); dir != "" {
		return dir, nil
	}
	cache, err := os.UserCacheDir()
	return filepath.Join(cache, "scripthost-lua-libs"), err
}

// fetched are the libraries, and Lua, as fetch.sh left them.
type fetched struct {
	dir      string
	lua      string            // the interpreter
	versions map[string]string // of Debian's packages
}

var found = sync.OnceValues(func() (*fetched, error) {
	dir, err := folder()
	if err != nil {
		return nil, err
	}
	list, err := os.ReadFile(filepath.Join(dir, "versions"))
	if err != nil {
		return nil, fmt.Errorf("the libraries are not there (scripts/wild/fetch.sh fetches them): %w", err)
	}
	f := &fetched{dir: dir, versions: make(map[string]string)}
	for line := range strings.Lines(string(list)) {
		name, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		f.versions[name] = version
	}
	for _, path := range []string{filepath.Join(dir, "usr/bin/lua5.1"), "lua5.1"} {
		if exec.Command(path, "-v").Run() == nil {
			f.lua = path
			return f, nil
		}
	}
	return nil, fmt.Errorf("there is no lua5.1 to compare with: neither that of %s runs nor one of the system's", dir)
})

// need skips the test where nothing was fetched.
func need(t *testing.T) *fetched {
	t.Helper()
	f, err := found()
	if err == nil {
		return f
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Skip(err)
	return nil
}

func (f *fetched) modules() string { return filepath.Join(f.dir, "usr/share/lua/5.1") }

// oracle returns what Lua 5.1 makes of a script.
func (f *fetched) oracle(t *testing.T, script string) string {
	t.Helper()
	cmd := exec.Command(f.lua, "-e", fmt.Sprintf("dofile(%q) io.write(run())", script))
	cmd.Dir = "testdata"
	lib := f.modules()
	native, err := filepath.Glob(filepath.Join(f.dir, "usr/lib/*/lua/5.1"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "LUA_INIT=", "TZ=UTC",
		"LUA_PATH=./?.lua;"+lib+"/?.lua;"+lib+"/?/init.lua", "LUA_CPATH="+strings.Join(append(native, ""), "/?.so;"))
	var errors bytes.Buffer
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("lua5.1: %v\n%s", err, errors.Bytes())
	}
	return string(out)
}

// worker returns what a worker makes of a script.
func (f *fetched) worker(t *testing.T, script string) (string, error) {
	t.Helper()
	s, err := host.Open(filepath.Join("testdata", script))
	if err != nil {
		t.Fatal(err)
	}
	w, err := host.Start(t.Context(), s, &host.Options{
		Grants: host.Grants{Modules: []string{f.modules()}},
		Limits: host.Limits{Memory: 512 << 20},
		OnLog:  func(host.LogRecord) {},
	})
	if err != nil {
		return "", err
	}
	defer w.Close()
	results, err := w.Call(t.Context())
	if err != nil {
		return "", err
	}
	return results[0].(string), w.Close()
}

func TestLibraries(t *testing.T) {
	t.Parallel()
	f := need(t)
	for _, l := range libraries {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			script := "use_" + l.name + ".lua"
			want := f.oracle(t, script)
			if len(want) == 0 {
				t.Fatal("lua5.1 makes nothing of it")
			}
			got, err := f.worker(t, script)
			switch {
			case l.lacks != "" && (err == nil || !strings.Contains(err.Error(), l.failure)):
				t.Errorf("it has all it needs, or lacks something else: %v", err)
			case l.lacks != "":
			case err != nil:
				t.Error(err)
			default:
				compare(t, got, want)
			}
		})
	}
}

// compare reports the first line that differs.
func compare(t *testing.T, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	gots, wants := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(gots), len(wants)) {
		if gots[i] != wants[i] {
			t.Errorf("line %d is not as in Lua 5.1:\n%s\nand there\n%s", i+1, gots[i], wants[i])
			return
		}
	}
	t.Errorf("there are %d lines, and in Lua 5.1 %d", len(gots), len(wants))
}

// Each script in testdata is in the table, and the other way round.
func TestAllScripts(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("testdata/use_*.lua")
	if err != nil || len(scripts) != len(libraries) {
		t.Errorf("there are %d scripts for %d libraries (%v)", len(scripts), len(libraries), err)
	}
}

const (
	tableStart = "<!-- Written by go test ./scripts/wild -update -->\n"
	tableEnd   = "\n\n"
)

// The table of the documentation is that of the libraries. Versions are those of
// who wrote it.
func TestTable(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), tableStart)
	table, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no table of libraries", page)
	}
	if *update {
		text := before + tableStart + rows(need(t).versions) + tableEnd + after
		if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	versions := make(map[string]string)
	for row := range strings.Lines(table) {
		if cells := strings.Split(row, " | "); len(cells) == 4 {
			name, version, _ := strings.Cut(cells[1], " ")
			versions[name] = version
		}
	}
	if want := rows(versions); table != want {
		t.Errorf("%s has\n%s\nand it should be (run this test with -update)\n%s", page, table, want)
	}
}

func rows(versions map[string]string) string {
	lines := []string{"| library | Debian's package | runs | what was used, or is missing |", "|---|---|---|---|"}
	for _, l := range libraries {
		runs, what := "as in Lua 5.1", l.used
		if l.lacks != "" {
			runs, what = "no", l.lacks+" is not there"
		}
		lines = append(lines, fmt.Sprintf("| %s | %s %s | %s | %s |", l.name, l.pkg, versions[l.pkg], runs, what))
	}
	return strings.Join(lines, "\n")
}
