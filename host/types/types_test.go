package types

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"scripthost.example/host"
)

var update = flag.Bool("update", false, "write the documentation that the registry makes")

// The pages that the registry makes are what they should be.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	compare(t, "../../docs/REFERENCE.md", Reference(), func(string) (before, old, after string) { return "", "", "" })
	const begin = "<!-- Written by go test ./host/types -update -->\n"
	compare(t, "../../docs/SCRIPTING.md", Table(), func(page string) (before, old, after string) {
		before, rest, ok := strings.Cut(page, begin)
		if !ok {
			t.Fatalf("docs/SCRIPTING.md has no %q", begin)
		}
		old, after, more := strings.Cut(rest, "\n\n")
		if more {
			after = "\n" + after
		}
		return before + begin, old, after
	})
}

// compare compares a page with what should stand between the parts that split
// leaves, or writes it.
func compare(t *testing.T, path, want string, split func(page string) (before, old, after string)) {
	t.Helper()
	old, err := os.ReadFile(path)
	if err != nil && !*update {
		t.Fatal(err)
	}
	before, _, after := split(string(old))
	page := before + want + after
	switch {
	case page == string(old):
	case *update:
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is not what the registry makes of it: go test ./host/types -update", path)
	}
}

// Every test that the registry names is there.
func TestTestedBy(t *testing.T) {
	t.Parallel()
	for _, n := range Needs() {
		if len(n.Tests) == 0 {
			t.Errorf("%s: nothing tests it", n.What)
		}
		for _, test := range n.Tests {
			folder, name, _ := strings.Cut(test, " ")
			want := `\nfunc ` + name + `\(t \*testing\.T\)`
			if folder == "enginetest" {
				folder, want = "child/engine/enginetest", `\t\{"`+name+`", `
			}
			if !contains(t, filepath.Join("../..", folder), regexp.MustCompile(want)) {
				t.Errorf("%s is tested by %s, which there is not", n.What, test)
			}
		}
	}
}

func contains(t *testing.T, folder string, want *regexp.Regexp) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return want.Match(text)
	})
}

// Each name is in the registry once, and its signature can be read.
func TestRegistry(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, n := range Needs() {
		for _, language := range []string{"lua", "js"} {
			for _, b := range n.In(language) {
				if key := language + " " + b.Name; seen[key] {
					t.Errorf("%s is there twice", key)
				} else {
					seen[key] = true
				}
				if b.Signature != "" {
					parse(b.Signature) // which panics
				}
				if !b.Standard && b.Doc == "" {
					t.Errorf("%s %s: nothing says what it is", language, b.Name)
				}
			}
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	sig := parse("<T extends { a: (x: number) => string }>(path: string, fn?: fun(a: integer, b: string): string?, ...: any): fun(d: Dir): string?, Dir, table<string, any>")
	if sig.generics != "<T extends { a: (x: number) => string }>" || len(sig.params) != 3 || !sig.params[1].optional || sig.params[1].typ != "fun(a: integer, b: string): string?" ||
		sig.params[2].name != "..." || len(sig.results) != 3 || sig.results[2] != "table<string, any>" {
		t.Errorf("%+v", sig)
	}
	if sig := parse(`: "sync"|"async"`); sig.function || sig.results[0] != `"sync"|"async"` {
		t.Errorf("%+v", sig)
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "folder")
	for language, name := range map[host.Language]string{host.TS: "runner.d.ts", host.Lua: "runner.lua"} {
		for range 2 { // the second time over the first
			file, err := Write(dir, language, nil)
			if err != nil || file != filepath.Join(dir, name) {
				t.Fatalf("%s: %q, %v", language, file, err)
			}
		}
		got, err := os.ReadFile(filepath.Join(dir, name))
		if want, _ := Declarations(language, nil); err != nil || string(got) != string(want) {
			t.Errorf("%s: %v\n%s", language, err, got)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Write(dir, language, nil); err == nil || !strings.Contains(err.Error(), name+" is there, and is something else") {
			t.Errorf("%s over a file of somebody's: %v", language, err)
		}
	}
	if _, err := Write(dir, "perl", nil); err == nil || !strings.Contains(err.Error(), `"perl"`) {
		t.Errorf("perl: %v", err)
	}
	for name, fn := range map[string]any{"f": nil, "g": 5, "a b": func() {}, "a..b": func() {}, "1": func() {}} {
		if _, err := Declarations(host.TS, map[string]any{name: fn}); err == nil || !strings.Contains(err.Error(), `"`+name+`"`) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
