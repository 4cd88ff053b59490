//go:build unix

package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"scripthost.example/host"
)

// build says what a program is said to be built from.
func build(program string, change func(*debug.BuildInfo)) *debug.BuildInfo {
	info := &debug.BuildInfo{
		GoVersion: "go1.26.1", Path: "scripthost.example/cmd/" + program,
		Main: debug.Module{Path: "scripthost.example", Version: "v1.2.3"},
		Deps: []*debug.Module{{Path: "example.com/a", Version: "v1", Sum: "h1:a"}, {Path: "example.com/b", Version: "v1", Sum: "h1:b"}},
		Settings: []debug.BuildSetting{
			{Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: "amd64"},
			{Key: "vcs.revision", Value: "0123"}, {Key: "vcs.modified", Value: "false"},
		},
	}
	if change != nil {
		change(info)
	}
	return info
}

func TestSameBuild(t *testing.T) {
	t.Parallel()
	set := func(key, value string) func(*debug.BuildInfo) {
		return func(i *debug.BuildInfo) {
			for n := range i.Settings {
				if i.Settings[n].Key == key {
					i.Settings[n].Value = value
				}
			}
		}
	}
	sum := func(i *debug.BuildInfo) { i.Main.Sum, i.Settings = "h1:m", i.Settings[:2] }
	for _, c := range []struct {
		name       string
		own, other func(*debug.BuildInfo)
		want       string // in the error; "": they are the same
	}{
		{"one commit", nil, nil, ""},
		{"one module of a proxy", sum, sum, ""},
		{"fewer modules", nil, func(i *debug.BuildInfo) { i.Deps = i.Deps[:1] }, ""},
		{"another commit", nil, set("vcs.revision", "4567"), `another commit: "4567", and runner of "0123"`},
		{"another version", nil, func(i *debug.BuildInfo) { i.Main.Version = "v1.2.4" }, `another version: "v1.2.4"`},
		{"another sum", sum, func(i *debug.BuildInfo) { sum(i); i.Main.Sum = "h1:n" }, "another version"},
		{"another Go", nil, func(i *debug.BuildInfo) { i.GoVersion = "go1.26.2" }, `another Go: "go1.26.2"`},
		{"another system", nil, set("GOARCH", "arm64"), `another system: "linuxarm64"`},
		{"another dependency", nil, func(i *debug.BuildInfo) { i.Deps[1].Sum = "h1:c" }, "another example.com/b"},
		{"a dependency that was replaced", nil, func(i *debug.BuildInfo) { i.Deps[1].Replace = &debug.Module{Path: "../b"} }, "another example.com/b"},
		{"a dependency too many", nil, func(i *debug.BuildInfo) { i.Deps = append(i.Deps, &debug.Module{Path: "example.com/c"}) }, "another example.com/c"},
		{"it was changed", nil, set("vcs.modified", "true"), "files were changed since the commit"},
		{"runner was changed", set("vcs.modified", "true"), nil, "files were changed since the commit"},
		{"no commit", func(i *debug.BuildInfo) { i.Settings = i.Settings[:2] }, func(i *debug.BuildInfo) { i.Settings = i.Settings[:2] }, "nothing tells which commit it and runner are of; install both anew from a git checkout, with -buildvcs=true"},
		{"another module", nil, func(i *debug.BuildInfo) { i.Main.Path = "example.com/x" }, "it is the program"},
		{"another program", nil, func(i *debug.BuildInfo) { i.Path = "scripthost.example/cmd/runner" }, `it is the program "scripthost.example/cmd/runner"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := sameBuild(build("runner", c.own), build("runner/runner-worker-lua", c.other))
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want %q", err, c.want)
			}
		})
	}
}

func TestFindLean(t *testing.T) {
	t.Parallel()
	own := build("runner", nil)
	same := func(string) (*debug.BuildInfo, error) { return build("runner/runner-worker-js", nil), nil }
	unknown := func(string) (*debug.BuildInfo, error) { return nil, errors.New("no Go program") }
	for _, c := range []struct {
		name  string
		files map[string]os.FileMode
		read  func(string) (*debug.BuildInfo, error)
		paths []host.Language
		note  string
		// refused are the languages of whose executables there is a note.
		refused []host.Language
	}{
		{"runner alone", nil, same, nil, "", nil},
		{"both", map[string]os.FileMode{"runner-worker-lua": 0o755, "runner-worker-js": 0o755}, same, []host.Language{host.JS, host.Lua, host.TS}, "", nil},
		{"one", map[string]os.FileMode{"runner-worker-lua": 0o755}, same, []host.Language{host.Lua}, "", nil},
		{"something else", map[string]os.FileMode{"runner-worker-lua": 0o755}, unknown, nil, "runner-worker-lua is not used: it does not say what it was built from: no Go program", []host.Language{host.Lua}},
		{"one that others may write to", map[string]os.FileMode{"runner-worker-js": 0o777}, same, nil, "runner-worker-js is not used: others may write to it", []host.Language{host.JS, host.TS}},
		{"a folder", map[string]os.FileMode{"runner-worker-js": 0o755 | os.ModeDir}, same, nil, "runner-worker-js is not used: it is no file", []host.Language{host.JS, host.TS}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			exe := filepath.Join(dir, "runner")
			files := map[string]os.FileMode{"runner": 0o755}
			maps.Copy(files, c.files)
			for name, mode := range files {
				path := filepath.Join(dir, name)
				err := os.Mkdir(path, 0o755)
				if !mode.IsDir() {
					err = errors.Join(os.Remove(path), os.WriteFile(path, nil, 0o600), os.Chmod(path, mode))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			l := findLean(exe, own, c.read)
			if got := slices.Sorted(maps.Keys(l.paths)); !slices.Equal(got, c.paths) {
				t.Errorf("there are executables for %v, want %v", got, c.paths)
			}
			for language, path := range l.paths {
				if path != filepath.Join(dir, leanNames[language]) {
					t.Errorf("for %s it is %s", language, path)
				}
			}
			for language, note := range l.why {
				if !slices.Contains(l.notes, note) || !strings.Contains(note, leanNames[language]+" is not used: ") {
					t.Errorf("for %s it is noted that %s", language, note)
				}
			}
			if got := slices.Sorted(maps.Keys(l.why)); !slices.Equal(got, c.refused) {
				t.Errorf("there are notes for %v, want %v", got, c.refused)
			}
			if got := strings.Join(l.notes, "; "); !strings.Contains(got, c.note) || c.note == "" && got != "" {
				t.Errorf("the notes are %q, want %q", got, c.note)
			}
		})
	}
}

// A link is not followed, though it leads to what could be used: who made it may have
// it lead elsewhere when the worker is started.
func TestLinkToLeanWorker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	exe, file := filepath.Join(dir, "runner"), filepath.Join(dir, "file")
	link := filepath.Join(dir, leanNames[host.Lua])
	for _, path := range []string{exe, file} {
		if err := os.WriteFile(path, nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	l := findLean(exe, build("runner", nil), func(string) (*debug.BuildInfo, error) { return build("runner-worker-lua", nil), nil })
	if len(l.paths) > 0 {
		t.Errorf("what a link leads to is used: %v", l.paths)
	}
	if got := strings.Join(l.notes, "; "); got != link+" is not used: it is a link: install the file itself beside runner" {
		t.Errorf("the notes are %q", got)
	}
}

// What is built in cmd/runner/runner-worker-* serves scripts of its language, under
// all protections that there are, and says that it is no command.
func TestLeanWorkers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", dir, "./runner-worker-lua", "./runner-worker-js").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for language, source := range map[host.Language]string{
		host.Lua: "function run(x) return x .. x end",
		host.JS:  "function run(x) { return x + x }",
		host.TS:  "export function run(x: string): string { return x + x }",
	} {
		t.Run(string(language), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(dir, leanNames[language])
			script, err := host.Inline(language, source)
			if err != nil {
				t.Fatal(err)
			}
			w, err := host.Start(context.Background(), script, &host.Options{Worker: path, Sandbox: host.SandboxBestEffort})
			if err != nil {
				t.Fatal(err)
			}
			if out, err := w.Call(context.Background(), "ab"); err != nil || len(out) != 1 || out[0] != "abab" {
				t.Errorf("it returned %v, %v", out, err)
			}
			if err := w.Close(); err != nil {
				t.Error(err)
			}
			out, err := exec.Command(path).CombinedOutput()
			if code := new(exec.ExitError); !errors.As(err, &code) || code.ExitCode() != exitUsage || !strings.Contains(string(out), "is started by runner") {
				t.Errorf("by itself: %v\n%s", err, out)
			}
		})
	}
}
