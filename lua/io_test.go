package lua

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"scripthost.example/child/engine"
)

func TestFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		in         string // what the file "in" holds
		want       []any
		out        string // what the file "out" holds then
	}{
		{name: "lines", in: "a\nb\n\nc", body: `local t = {} for l in io.lines("in") do t[#t + 1] = l end return t`, want: list(list("a", "b", "", "c"))},
		{name: "lines of a file", in: "a\nb", body: `local f = io.open("in") local t = {} for l in f:lines("*L") do t[#t + 1] = l end return t, io.type(f), f:close(), io.type(f)`, want: list(list("a\n", "b"), "file", true, "closed file")},
		{name: "formats", in: "12 0x1F\nline\nrest\nof it", body: `local f = io.open("in", "rb") return f:read("*n", "n", "*l", "l", 0, 2, "*a")`, want: list(int64(12), int64(31), "", "line", "", "re", "st\nof it")},
		{name: "numbers", in: " -1.5e3,.5\n-0x10 1e 5-6 nan", body: `local f = io.open("in")
			local a = f:read("*n") f:read(1) local b, c = f:read("*n", "*n") local d = f:read("*n") local e, g = f:read("n", "n") return a, b, c, d, e, g, (f:read("n"))`,
			want: list(int64(-1500), 0.5, int64(-16), nil, int64(5), int64(-6), nil)},
		{name: "at the end", in: "x", body: `local f = io.open("in") return f:read(5), f:read(5), f:read(0), f:read("*l"), f:read("*a"), f:read("*n", "*l")`, want: list("x", nil, nil, nil, "", nil)},
		{name: "empty", in: "", body: `local f = io.open("in") return f:read("*a", "*l")`, want: list("", nil)},
		{name: "write", body: `local f = assert(io.open("out", "w")) local g = f:write("a", 1, 2.5, "\n"):write("b") return g == f, f:close()`, want: list(true, true), out: "a12.5\nb"},
		{name: "append", body: `io.open("out", "w"):write("a") io.open("out", "a"):write("b") return 1`, want: list(int64(1)), out: "ab"},
		{name: "seek", in: "0123456789", body: `local f = io.open("in") local a = f:read(2) local b = f:seek() local c = f:seek("cur", 2) local d = f:read(1) local e = f:seek("end", -1) return a, b, c, d, e, f:read("*a"), f:seek("set")`,
			want: list("01", int64(2), int64(4), "4", int64(9), "9", int64(0))},
		{name: "write behind what was read", in: "", body: `local f = io.open("out", "w+") f:write("hello world") f:seek("set") local a = f:read(5) f:write("!") f:seek("set") return a, f:read("*a")`, want: list("hello", "hello!world"), out: "hello!world"},
		{name: "read what was gathered", body: `local f = io.open("out", "w+") f:setvbuf("full") f:write("abc") f:seek("set") return f:read("*a")`, want: list("abc"), out: "abc"},
		{name: "gathered and left open", body: `local f = io.open("out", "w") f:setvbuf("full") f:write("abc") f:write("def") return 1`, want: list(int64(1)), out: "abcdef"},
		{name: "default files", in: "x\ny\n", body: `io.output("out") io.write("a") io.close() io.input("in") local l = io.read() local m = io.read("*L")
			local again = {} for line in io.lines() do again[#again + 1] = line end
			io.output(io.stdout) return l, m, again, (pcall(io.lines, "none")), io.type(io.input())`, want: list("x", "y\n", list(), false, "file"), out: "a"},
		{name: "stdin is at its end", body: `return io.read(), io.read("*a"), io.stdin:read(1)`, want: list(nil, "", nil)},
		{name: "standard files", body: `return io.stdout:seek(), io.stdout:close(), io.stdin:write("x")`, want: list(nil, true, nil, "Bad file descriptor", int64(9))},
		{name: "io.open fails", body: `return io.open("none")`, want: list(nil, "none: No such file or directory", int64(2))},
		{name: "io.lines fails", body: `return pcall(io.lines, "none")`, want: list(false, "test.lua:2: none: No such file or directory")},
		{name: "denied", body: `local ok, e = pcall(io.open, "denied", "w") return ok, e.kind, e.value.grant`, want: list(false, "denied", "write")},
		{name: "mode", body: `return select(2, pcall(io.open, "in", "q"))`, want: list("test.lua:2: bad argument #2 to open (invalid mode)")},
		{name: "closed", in: "x", body: `local f = io.open("in") f:close() return tostring(f), pcall(f.read, f)`, want: list("file (closed)", false, "test.lua:2: attempt to use a closed file")},
		{name: "lines at their end close", in: "x", body: `local it = io.lines("in") it() it() return pcall(it)`, want: list(false, "test.lua:2: file is already closed")},
		{name: "no file", body: `return io.type(5), io.type(io.stdout), (pcall(io.close, 5))`, want: list(nil, "file", false)},
		{name: "writing to a file for reading", in: "x", body: `return io.open("in"):write("y")`, want: list(nil, "Bad file descriptor", int64(9))},
		{name: "large", body: `local f = io.open("out", "w") local s = ("0123456789"):rep(10000) for i = 1, 20 do f:write(s) end f:close()
			local n = 0 f = io.open("out") while true do local s = f:read(70001) if not s then break end n = n + #s end
			local all = io.open("out"):read("*a") return n, #all, all:sub(-3)`, want: list(int64(2000000), int64(2000000), "789"), out: strings.Repeat("0123456789", 200000)},
		{name: "long line", in: strings.Repeat("x", 200000) + "\nend", body: `local f = io.open("in") return #f:read(), f:read()`, want: list(int64(200000), "end")},
		{name: "os.remove and rename", in: "x", body: `return os.rename("in", "moved"), os.remove("moved"), os.remove("moved")`, want: list(true, true, nil, "moved: No such file or directory", int64(2))},
		{name: "os.tmpname and getenv", body: `return os.tmpname(), os.getenv("SET"), os.getenv("UNSET"), os.getenv("SECRET")`, want: list("tmp_1", "value", nil, nil)},
		{name: "lfs.dir", in: "x", body: `lfs.mkdir("d") local t = {} for name in lfs.dir("") do t[#t + 1] = name end
			local it, d = lfs.dir("") local first = d:next() d:close() return t, first, d:next(), (pcall(lfs.dir, "none"))`, want: list(list("d", "in"), "d", nil, false)},
		{name: "lfs folders", body: `return lfs.mkdir("d"), lfs.rmdir("d"), lfs.currentdir()`, want: list(true, true, "/work")},
		{name: "lfs fails", body: `return lfs.rmdir("none")`, want: list(nil, "No such file or directory", int64(2))},
		{name: "lfs.mkdir fails", in: "x", body: `return lfs.mkdir("in")`, want: list(nil, "File exists", int64(17))},
		{name: "lfs.attributes", in: "abc", body: `local a = lfs.attributes("in") local t = {} return a.mode, a.size, a.permissions, a.modification, a.nlink, lfs.attributes("in", "size"), lfs.attributes("", "mode"), lfs.attributes("in", t) == t, lfs.symlinkattributes("in", "mode"), (pcall(lfs.attributes, "in", "x"))`,
			want: list("file", int64(3), "rw-r-----", int64(1234), int64(1), int64(3), "directory", true, "file", false)},
		{name: "lfs.attributes fails", body: `return lfs.attributes("none")`, want: list(nil, "No such file or directory", int64(2))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, fs := withDisk(t)
			if tt.in != "" || strings.Contains(tt.body, `"in"`) {
				if err := os.WriteFile(filepath.Join(d.root, "in"), []byte(tt.in), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			f := script(t, "function run()\n"+tt.body+"\nend", fs)
			want(t, f.run(), tt.want)
			if tt.out != "" {
				if got := d.file(t, "out"); got != tt.out {
					t.Errorf("out holds %.100q, want %.100q", got, tt.out)
				}
			}
		})
	}
}

func TestUncaughtDenial(t *testing.T) {
	t.Parallel()
	_, fs := withDisk(t)
	f := script(t, "function run()\n  io.open('denied', 'w')\nend", fs)
	e := f.runErr()
	wantError(t, e, engine.KindDenied, "--allow-write=/denied")
	if stack(e) != "run:2" {
		t.Errorf("stack %s", stack(e))
	}
	want(t, e.Value, map[string]any{"grant": "write", "path": "/denied"})
}

func TestGathering(t *testing.T) {
	t.Parallel()
	d, fs := withDisk(t)
	f := script(t, `
		function run(mode)
			local f = io.open("out", "w")
			f:setvbuf(mode)
			for i = 1, 1000 do f:write("0123456789") end
			f:close()
		end`, fs)
	for mode, writes := range map[string]int{"no": 1000, "full": 1} {
		d.writes = 0
		f.run(mode)
		if d.writes != writes || len(d.file(t, "out")) != 10000 {
			t.Errorf("%s: %d writes, %d octets", mode, d.writes, len(d.file(t, "out")))
		}
	}
}

// Two calls read one file's lines: each line goes to one of them.
func TestSharedFile(t *testing.T) {
	t.Parallel()
	d, fs := withDisk(t)
	var b strings.Builder
	for range 20000 {
		b.WriteString("0123456789\n")
	}
	if err := os.WriteFile(filepath.Join(d.root, "in"), []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	f := script(t, `
		file = io.open("in")
		function run(done)
			local n = 0
			for l in file:lines() do
				assert(l == "0123456789", l)
				n = n + 1
			end
			done(n)
		end`, fs, async)
	first, second := f.start("run"), f.start("run")
	total := int64(0)
	for _, c := range []*fakeCall{first, second} {
		if c.wait().err != nil {
			t.Fatal(c.err)
		}
		total += c.results[0].(int64)
	}
	if total != 20000 {
		t.Errorf("%d lines", total)
	}
}

func TestReadingIsCancelled(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	f := script(t, `
		file = io.open("x")
		function run(done) done(file:read()) end`, async,
		hostFunc("runner.fs.open", func([]any) ([]any, error) { return list(int64(1)), nil }),
		hostFunc("runner.fs.read", func([]any) ([]any, error) { <-release; return list([]byte("line\n")), nil }))
	reads := f.start("run")
	waits := f.start("run")
	stopped := f.start("run")
	stopped.stop()
	reads.stop()
	close(release)
	want(t, waits.wait().results, list("line"))
}

// A file that a script forgets is closed when it is garbage.
func TestForgottenFiles(t *testing.T) {
	t.Parallel()
	d, fs := withDisk(t)
	f := script(t, `function run() for i = 1, 10 do io.open("out", "w"):write("x") end end`, fs)
	f.run()
	for {
		f.run() // leaves nothing of the last run on the stack
		runtime.GC()
		d.mu.Lock()
		n := len(d.handles)
		d.mu.Unlock()
		if n <= 10 {
			return
		}
		runtime.Gosched()
	}
}
