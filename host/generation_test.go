//go:build unix

package host

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"

	"scripthost.example/wire"
)

// several are scripts that load two files before they are ready, and one after.
var several = map[string]string{
	"app/main.lua": `
		print("loading", require "lib.b", require "lib.a", require "lib.a")
		function run(x)
			if x == "later" then return require "later" end
			if x == "die" then host.kill(worker.pid) while true do end end
			event("e") print("p") return require "lib.a"
		end`,
	"app/lib/a.lua": `return "a"`,
	"app/lib/b.lua": `return "b"`,
	"app/later.lua": `return "later"`,
	"app/main.js": `
		console.log("loading", require("./lib/b"), require("./lib/a"));
		function run(x) {
			if (x == "later") return require("./later");
			if (x == "die") { host.kill(worker.pid); for (;;); }
			event("e"); console.log("p"); return require("./lib/a");
		}`,
	"app/lib/a.js": `module.exports = "a"`,
	"app/lib/b.js": `module.exports = "b"`,
	"app/later.js": `module.exports = "later"`,
}

// eachOfSeveral runs a test in a folder of its own with a script of several files,
// whose endings are ext.
func eachOfSeveral(t *testing.T, test func(t *testing.T, dir, ext string)) {
	t.Parallel()
	for _, ext := range []string{"lua", "js"} {
		t.Run(ext, func(t *testing.T) {
			t.Parallel()
			test(t, filepath.Join(tree(t, several), "app"), ext)
		})
	}
}

func openScript(t *testing.T, dir, name string) *Script {
	t.Helper()
	s, err := Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A generation is the hash that sha256sum makes of a list of its own.
func TestGenerationIsASum(t *testing.T) {
	eachOfSeveral(t, func(t *testing.T, dir, ext string) {
		if _, err := exec.LookPath("sha256sum"); err != nil {
			t.Skip("there is no sha256sum")
		}
		cmd := exec.Command("sh", "-c", "sha256sum main."+ext+" lib/a."+ext+" lib/b."+ext+" | sha256sum; sha256sum main."+ext)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(out), "\n")
		whole, source := lines[0][:12], lines[1][:12]

		var mu sync.Mutex
		var got []string
		tell := func(what, generation string, worker int) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, fmt.Sprint(what, " ", worker, " ", map[string]string{whole: "whole", source: "source"}[generation]))
		}
		p := startPool(t, openScript(t, dir, "main."+ext), &PoolOptions{Options: Options{
			Host:    map[string]any{"kill": func() {}},
			Grants:  Grants{Read: []string{dir}},
			OnEvent: func(e Event) { tell(fmt.Sprint(e.Args[0]), e.Generation, e.Worker) },
			OnLog:   func(l LogRecord) { tell(l.Message[:1], l.Generation, l.Worker) },
		}})
		var info CallInfo
		for range 2 {
			if _, err := p.Call(WithCallInfo(testContext(t), &info), "later"); err != nil {
				t.Fatal(err)
			}
			tell("answer", info.Generation, info.Worker)
		}
		mustCall(t, p, "")
		s := p.Stats()
		tell("stats", s.Generation, s.Workers[0].Number)
		tell("worker", s.Workers[0].Generation, s.Workers[0].Number)
		mustClosePool(t, p)
		slices.Sort(got) // callbacks may be late on a busy machine
		want := "[answer 1 whole answer 1 whole e 1 whole l 1 source p 1 whole stats 1 whole worker 1 whole]"
		if fmt.Sprint(got) != want {
			t.Errorf("got %v, want %s", got, want)
		}
	})
}

// Names that end a line of the list, and files that are the same in another place.
func TestGenerationNames(t *testing.T) {
	t.Parallel()
	file := func(name, text string) handedFile { return handedFile{name, sha256.Sum256([]byte(text))} }
	s := &Script{name: "some/where/x.lua", source: []byte("source"), folder: "/some/where"}
	elsewhere := &Script{name: "/x/x.lua", source: []byte("source"), folder: "/x"}
	seen := map[string]string{}
	for what, files := range map[string][]handedFile{
		"none":      nil,
		"a":         {file("some/where/a", "1")},
		"a changed": {file("some/where/a", "2")},
		"a moved":   {file("some/where/b", "1")},
		"granted":   {file("/some/where/a", "1")},
		"two":       {file("some/where/a", "1"), file("some/where/b", "1")},
		"a line":    {file(fmt.Sprintf("some/where/a\n%x  b", sha256.Sum256([]byte("1"))), "1")},
	} {
		g := s.generation(files)
		if len(g) != 12 || seen[g] != "" {
			t.Errorf("%s: %q is that of %s", what, g, seen[g])
		}
		seen[g] = what
	}
	a := s.generation([]handedFile{file("some/where/a", "1"), file("/lib", "2")})
	if b := elsewhere.generation([]handedFile{file("/lib", "2"), file("/x/a", "1")}); a != b {
		t.Errorf("it is %s in one place and %s in another", a, b)
	}
}

// What a child asks for does not fill the parent.
func TestHandedIsBounded(t *testing.T) {
	t.Parallel()
	var h handed
	for range 3 { // the same again takes nothing
		for _, hash := range []byte{1, 2} {
			if err := h.add("name", [32]byte{hash}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(h.list()) != 2 {
		t.Errorf("got %v", h.list())
	}
	long := strings.Repeat("x", 1<<20)
	var err error
	for i := 0; i < 1000 && err == nil; i++ {
		err = h.add(fmt.Sprint(long, i), [32]byte{})
	}
	var limit *LimitError
	if !errors.As(err, &limit) || limit.Limit != "module names" || h.size > maxHanded {
		t.Errorf("%d bytes: %v", h.size, err)
	}
	h.seal()
	if err := h.add("more", [32]byte{}); err != nil {
		t.Error(err)
	}
}

// A reload after a change of a file that the script loads is another generation.
func TestReloadOfFiles(t *testing.T) {
	eachOfSeveral(t, func(t *testing.T, dir, ext string) {
		p := startPool(t, openScript(t, dir, "main."+ext), &PoolOptions{Options: Options{OnEvent: func(Event) {}, OnLog: func(LogRecord) {}}, Idle: 2})
		awaitReady(t, p, 2)
		first := p.Stats().Generation
		reload := func() string {
			t.Helper()
			if err := p.Reload(testContext(t), openScript(t, dir, "main."+ext)); err != nil {
				t.Fatal(err)
			}
			for _, w := range p.Stats().Workers {
				if w.State == "ready" && w.Generation != p.Stats().Generation {
					t.Errorf("%+v", w)
				}
			}
			return p.Stats().Generation
		}
		if again := reload(); again != first {
			t.Errorf("the same files are %s and %s", first, again)
		}
		a := filepath.Join(dir, "lib", "a."+ext)
		before, err := os.ReadFile(a)
		if err != nil {
			t.Fatal(err)
		}
		write(t, a, strings.Replace(string(before), `"a"`, `"changed"`, 1))
		second := reload()
		if second == first {
			t.Errorf("a file has changed, and the generation is %s as before", second)
		}
		if out := mustCall(t, p, ""); out[0] != "changed" {
			t.Errorf("got %v", out)
		}
		write(t, a, string(before))
		if third := reload(); third != first {
			t.Errorf("the first files are %s and were %s", third, first)
		}
	})
}

// A worker that replaces another one and finds other files works, is named for
// them, and the owner is warned; a Reload that finds two versions fails.
func TestFilesChangeBetween(t *testing.T) {
	eachOfSeveral(t, func(t *testing.T, dir, ext string) {
		logged := new(syncBuffer)
		a := filepath.Join(dir, "lib", "a."+ext)
		before, err := os.ReadFile(a)
		if err != nil {
			t.Fatal(err)
		}
		o := PoolOptions{Options: Options{
			Host:   map[string]any{"kill": func(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }},
			Logger: slog.New(slog.NewTextHandler(logged, nil)), OnLog: func(LogRecord) {}, OnEvent: func(Event) {},
		}, Idle: 2, Crashes: 100, OnExit: func(WorkerExit) {}}
		p := startPool(t, openScript(t, dir, "main."+ext), &o)
		awaitReady(t, p, 2)
		first := p.Stats().Generation
		write(t, a, strings.Replace(string(before), `"a"`, `"changed"`, 1))
		for range 2 {
			p.Call(testContext(t), "die")
		}
		var info CallInfo
		await(t, func() bool {
			out, err := p.Call(WithCallInfo(testContext(t), &info), "")
			return err == nil && out[0] == "changed"
		})
		if info.Generation == first || p.Stats().Generation != first {
			t.Errorf("the answer is of %s, the pool is %s, and was %s", info.Generation, p.Stats().Generation, first)
		}
		await(t, func() bool { return strings.Contains(logged.String(), "not those") })
		mustClosePool(t, p)
		if n := strings.Count(logged.String(), "not those"); n != 1 || !strings.Contains(logged.String(), "generation="+info.Generation) {
			t.Errorf("warned %d times: %s", n, logged)
		}
	})
}

// A syncBuffer is a buffer that may be written and read at the same time.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// A turning file system has several, with another lib/a.lua each time if it turns.
type turning struct {
	turns atomic.Bool
	opens atomic.Int32
}

func (f *turning) Open(name string) (fs.File, error) {
	text := several["app/"+name]
	if name == "lib/a.lua" && f.turns.Load() {
		text += fmt.Sprint(" -- ", f.opens.Add(1))
	}
	return fstest.MapFS{name: &fstest.MapFile{Data: []byte(text)}}.Open(name)
}

// Two workers of a reload that have not loaded the same.
func TestReloadFindsTwoVersions(t *testing.T) {
	t.Parallel()
	fsys := new(turning)
	script, err := OpenFS(fsys, "main.lua")
	if err != nil {
		t.Fatal(err)
	}
	p := startPool(t, script, &PoolOptions{Options: Options{OnEvent: func(Event) {}, OnLog: func(LogRecord) {}}, Idle: 2})
	awaitReady(t, p, 2)
	before := p.Stats()
	fsys.turns.Store(true)
	err = p.Reload(context.Background(), script)
	if err == nil || !strings.Contains(err.Error(), "have changed while it was reloaded") {
		t.Errorf("got %v", err)
	}
	after := p.Stats()
	if after.Generation != before.Generation || after.Reloads != 0 || after.Crashes != 0 {
		t.Errorf("before %+v, after %+v", before, after)
	}
	fsys.turns.Store(false)
	if err := p.Reload(context.Background(), script); err != nil {
		t.Error(err)
	}
	mustCall(t, p, "")
}

// BOOT says which version of a script it is, for people who look at a child.
func TestGenerationInBoot(t *testing.T) {
	t.Parallel()
	near, far := unixPair(t)
	t.Cleanup(func() { far.Close() })
	w, err := Attach(context.Background(), near, faultScript("by hand"), &Options{NoWait: true, OnError: func(error) {}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Kill)
	f, err := wire.NewReader(far, 1<<30).Next()
	if err != nil {
		t.Fatal(err)
	}
	var b wire.Boot
	if err := wire.ParseBoot(f.Payload, &b); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%x", sha256.Sum256(b.Source))[:12]; b.Generation != want {
		t.Errorf("BOOT has the generation %q, and not %q", b.Generation, want)
	}
}
