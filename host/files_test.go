//go:build unix

package host

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// opened is an open file with this in it.
func opened(t *testing.T, content string) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "passed")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

var receiver = source{
	Lua: `
		local first = {}
		function setup(n)
			for i = 1, tonumber(n) do
				local f = files.receive()
				first[i] = f:read("*a")
				f:close()
			end
		end
		function run(what)
			if what == "first" then return unpack(first) end
			local f = files.receive()
			if what == "write" then f:write("hello\n") f:close() return end
			local all = f:read("*a")
			f:close()
			return all
		end`,
	JS: `
		const first = [];
		const text = (b) => Array.from(b, (c) => String.fromCharCode(c)).join("");
		async function setup(n) {
			for (let i = 0; i < n; i++) {
				const f = await files.receive();
				first.push(text(await f.read()));
				await f.close();
			}
		}
		async function run(what) {
			if (what === "first") return results(...first);
			const f = await files.receive();
			if (what === "write") { await f.write("hello\n"); await f.close(); return; }
			const all = text(await f.read());
			await f.close();
			return all;
		}`,
}

// Files arrive in the order in which they were sent, those of InitFiles first,
// and need not stay open here.
func TestFilesPassed(t *testing.T) {
	t.Parallel()
	receiver.each(t, func(t *testing.T, script *Script) {
		w := start(t, script, &Options{
			Init: "setup", InitArgs: []any{2}, InitFiles: []*os.File{opened(t, "a"), opened(t, "b"), opened(t, "c")},
		})
		if out := mustCall(t, w, "first"); fmt.Sprint(out) != "[a b]" {
			t.Errorf("init received %q", out)
		}
		if out := mustCall(t, w, "read"); out[0] != "c" {
			t.Errorf("received %q, want the last of InitFiles", out)
		}
		// The request first, then the file.
		for i := range 5 {
			answer := goCallback(w, "read")
			f := opened(t, fmt.Sprint("file ", i))
			if err := w.SendFile(f); err != nil {
				t.Fatal(err)
			}
			f.Close()
			if got, want := <-answer, fmt.Sprintf("[file %d] <nil>", i); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		// A pipe that both ends of which are used.
		r, wr, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		answer := goCallback(w, "write")
		if err := w.SendFile(wr); err != nil {
			t.Fatal(err)
		}
		wr.Close()
		if got, err := io.ReadAll(r); string(got) != "hello\n" || err != nil {
			t.Errorf("through the pipe came %q, %v", got, err)
		}
		if got := <-answer; got != "[] <nil>" {
			t.Errorf("got %s", got)
		}
		mustClose(t, w)
	})
}

// A command with sockets gets files as this program's own workers do.
func TestFilesPassedToCommand(t *testing.T) {
	t.Parallel()
	receiver.each(t, func(t *testing.T, script *Script) {
		w := start(t, script, &Options{Command: self(false), InitFiles: []*os.File{opened(t, "a")}})
		if out := mustCall(t, w, "read"); out[0] != "a" {
			t.Errorf("received %q", out)
		}
		mustClose(t, w)
	})
}

func TestFilesRefused(t *testing.T) {
	t.Parallel()
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	closed := opened(t, "")
	closed.Close()
	w := startFault(t, "echo", nil)
	for name, test := range map[string]struct {
		file *os.File
		is   error
		says string
	}{
		"nil":    {nil, nil, "nil"},
		"folder": {dir, nil, "folder"},
		"closed": {closed, os.ErrClosed, "closed"},
	} {
		for how, err := range map[string]error{
			"SendFile": w.SendFile(test.file),
			"InitFiles": func() error {
				w, err := Start(testContext(t), faultScript("echo"), unhurried(&Options{InitFiles: []*os.File{test.file}}))
				if err == nil {
					w.Kill()
				}
				return err
			}(),
		} {
			if err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s, %s: %v", how, name, err)
			}
		}
	}
	// None of that has hurt.
	if out := mustCall(t, w, "x"); out[0] != "x" {
		t.Errorf("got %q", out)
	}
	mustClose(t, w)
	if err := w.SendFile(opened(t, "")); !errors.Is(err, ErrClosed) {
		t.Errorf("after the end: %v", err)
	}

	stdio := startFault(t, "echo", &Options{Command: self(true), Stdio: true})
	if err := stdio.SendFile(opened(t, "")); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "standard input and output") {
		t.Errorf("over stdio: %v", err)
	}
}

// A worker that does not receive what it is sent does not make its parent wait.
func TestFilesNotReceived(t *testing.T) {
	t.Parallel()
	f := opened(t, "x")
	w := startFault(t, "echo", nil)
	for i := 0; ; i++ {
		if err := w.SendFile(f); errors.Is(err, ErrBusy) {
			if i < 100 {
				t.Errorf("only %d files could be sent", i)
			}
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if i > 100_000 {
			t.Fatal("there is no end")
		}
	}
	if out := mustCall(t, w, "x"); out[0] != "x" {
		t.Errorf("got %q", out)
	}
	mustClose(t, w)
}

// A worker that was reached otherwise says that there are no files.
func TestFilesOverStdio(t *testing.T) {
	t.Parallel()
	receiver.each(t, func(t *testing.T, script *Script) {
		w := start(t, script, &Options{Command: self(true), Stdio: true})
		if _, err := w.Call(testContext(t), "read"); !errors.As(err, new(*ScriptError)) || !strings.Contains(err.Error(), "standard input and output") {
			t.Errorf("got %v", err)
		}
		mustClose(t, w)
	})
}

// Who waits for a file when there will be none is told so: a worker that is closed ends,
// with the files that were on their way, and a pool's worker gets those of InitFiles.
func TestFilesEnd(t *testing.T) {
	t.Parallel()
	receiver.each(t, func(t *testing.T, script *Script) {
		w := start(t, script, &Options{})
		if err := w.SendFile(opened(t, "sent")); err != nil {
			t.Fatal(err)
		}
		type answer struct {
			out []any
			err error
		}
		answers := make(chan answer, 2)
		for range 2 {
			w.Go(func(out []any, err error) { answers <- answer{out, err} }, "read")
		}
		mustClose(t, w)
		if a := <-answers; a.err != nil || fmt.Sprint(a.out) != "[sent]" {
			t.Errorf("the file that was sent: %v, %v", a.out, a.err)
		}
		if a := <-answers; !errors.As(a.err, new(*ScriptError)) || !strings.Contains(a.err.Error(), "no more files can be received") {
			t.Errorf("the next one: %v, %v", a.out, a.err)
		}
		if err := w.SendFile(opened(t, "late")); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}

		p := startPool(t, script, &PoolOptions{Max: 1, Options: Options{
			Init: "setup", InitArgs: []any{1}, InitFiles: []*os.File{opened(t, "a"), opened(t, "b")},
		}})
		if out, err := p.Call(testContext(t), "read"); err != nil || fmt.Sprint(out) != "[b]" {
			t.Errorf("in a pool: %v, %v", out, err)
		}
		if out, err := p.Call(testContext(t), "read"); err == nil || !strings.Contains(err.Error(), "no more files can be received") {
			t.Errorf("in a pool, the next one: %v, %v", out, err)
		}
	})
}
