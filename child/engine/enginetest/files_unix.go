//go:build unix

package enginetest

import (
	"os"
	"path/filepath"
	"syscall"

	"scripthost.example/wire"
)

// fileWith returns an open file with a text in it, to be read and written.
func (p *Parent) fileWith(text string) *os.File {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	return f
}

// pipe returns the two ends of a pipe, which block or do not.
func (p *Parent) pipe(blocking bool) (read, write *os.File) {
	p.t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { read.Close(); write.Close() })
	if blocking {
		for _, f := range []*os.File{read, write} {
			raw, err := f.SyscallConn()
			if err != nil {
				p.t.Fatal(err)
			}
			raw.Control(func(fd uintptr) { err = syscall.SetNonblock(int(fd), false) })
			if err != nil {
				p.t.Fatal(err)
			}
		}
	}
	return read, write
}

func (p *Parent) write(f *os.File, text string) {
	p.t.Helper()
	if _, err := f.WriteString(text); err != nil {
		p.t.Fatal(err)
	}
}

// waitingForFiles are workers whose calls wait for a file, having said so, but
// for those with an argument.
var waitingForFiles = worker{
	lua: `function run(done, x)
			if x then done(x) return end
			done.event("waiting")
			done(files.receive():read("*a"))
		end`,
	js: jsText + `async function run(done, x) {
			if (x) return done(x);
			done.event('waiting');
			done(await all(await files.receive()));
		}`,
}

// fileCases are about files that are passed.
func fileCases() []testCase {
	cases := append(noFileCases(), receiveCases()...)
	cases = append(cases, refusedFileCases()...)
	return append(cases, passedFileCases()...)
}

// receiveCases are about who gets which file, and when.
func receiveCases() []testCase {
	return []testCase{
		{
			name: "in the order of sending", files: true,
			worker: receiving,
			run: func(p *Parent) {
				p.Pass(p.fileWith("one"))
				p.Call(1, 3)
				p.Pass(p.fileWith("two"))
				p.Pass(p.fileWith(""))
				p.Pass(p.fileWith("four"))
				p.Result(1, "one", "two", "")
				p.Call(2, 1)
				p.Result(2, "four")
			},
		},
		{
			name: "several calls wait, and others run", files: true, async: true,
			worker: waitingForFiles,
			run: func(p *Parent) {
				for id := uint32(1); id <= 3; id++ {
					p.Call(id)
					p.CallEvent(id, "waiting")
				}
				p.Call(9, "beside")
				p.Result(9, "beside")
				for id, text := range []string{1: "one", 2: "two", 3: "three"} {
					if text != "" {
						p.Pass(p.fileWith(text))
						p.Result(uint32(id), text)
					}
				}
			},
		},
		{
			name: "sync calls simply wait", files: true,
			worker: receiving,
			run: func(p *Parent) {
				p.Call(1, 1)
				p.Call(2, 0)
				p.Ping(1)
				p.Pong(1) // nothing of the second call before it
				p.Pass(p.fileWith("one"))
				p.Result(1, "one")
				p.Result(2)
			},
		},
		{
			name: "a cancelled call leaves its file to the next", files: true, async: true,
			worker: waitingForFiles,
			run: func(p *Parent) {
				for id := uint32(1); id <= 3; id++ {
					p.Call(id)
					p.CallEvent(id, "waiting")
				}
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Pass(p.fileWith("first"))
				p.Result(2, "first")
				p.Cancel(3)
				p.Fails(3, wire.ErrorCancelled)
				p.Pass(p.fileWith("second"))
				p.Call(4)
				p.CallEvent(4, "waiting")
				p.Result(4, "second")
				p.Drain()
				p.Drained()
			},
		},
		{
			name: "a cancelled sync call leaves its file to the next", files: true,
			worker: receiving,
			run: func(p *Parent) {
				p.Call(1, 1)
				p.Ping(1)
				p.Pong(1)
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Pass(p.fileWith("first"))
				p.Call(2, 1)
				p.Result(2, "first")
			},
		},
		{
			name: "while loading", files: true, unready: true,
			worker: worker{
				lua: `local f = files.receive() function run() return f:read("*a") end`,
				js:  jsText + `const f = files.receive(); async function run() { return await all(await f) }`,
			},
			run: func(p *Parent) {
				p.Pass(p.fileWith("loaded"))
				p.Ready()
				p.Call(1)
				p.Result(1, "loaded")
			},
		},
		{
			name: "in init", files: true, unready: true,
			worker: worker{
				lua: `local kept function init() kept = files.receive():read("*a") end function run() return kept end`,
				js:  jsText + `let kept; async function init() { kept = await all(await files.receive()) } function run() { return kept }`,
			},
			boot: withInit("init"),
			run: func(p *Parent) {
				p.Pass(p.fileWith("of init"))
				p.Ready()
				p.Call(1)
				p.Result(1, "of init")
			},
		},
		{
			name: "while draining", files: true, async: true,
			worker: waitingForFiles,
			run: func(p *Parent) {
				p.Call(1)
				p.CallEvent(1, "waiting")
				p.Drain()
				p.Ping(1)
				p.Pong(1) // and not that nothing can answer the call
				p.Pass(p.fileWith("late"))
				p.Result(1, "late")
				p.Drained()
			},
		},
		{
			name: "the socket ends", files: true, async: true,
			worker: worker{
				lua: `function run(done) done.event("waiting") local ok, e = pcall(files.receive) done(ok, e.kind, e.message) end`,
				js: `async function run(done) {
					done.event('waiting');
					try { await files.receive() } catch (e) { done(false, e.kind, e.message) } }`,
			},
			run: func(p *Parent) {
				const message = "no more files can be received: the parent has closed the socket that it passes them over"
				p.Call(1)
				p.CallEvent(1, "waiting")
				p.Call(2)
				p.CallEvent(2, "waiting")
				p.Cancel(2)
				p.Fails(2, wire.ErrorCancelled)
				p.CloseFiles()
				p.Result(1, false, "script", message)
				p.Call(3)
				p.CallEvent(3, "waiting")
				p.Result(3, false, "script", message)
			},
		},
		{
			name: "files that were sent before the socket ended", files: true,
			worker: receiving,
			run: func(p *Parent) {
				p.Pass(p.fileWith("one"))
				p.Pass(p.fileWith("two"))
				p.CloseFiles()
				p.Call(1, 2)
				p.Result(1, "one", "two")
				p.Call(2, 1)
				p.Fails(2, wire.ErrorScript, "no more files")
			},
		},
		{
			name: "the parent is gone", files: true, async: true,
			worker: waitingForFiles,
			run: func(p *Parent) {
				p.Call(1)
				p.CallEvent(1, "waiting")
				p.Close()
				if p.Served() == nil {
					p.t.Error("Serve returned no error")
				}
			},
		},
		{
			name: "a file is no result", files: true,
			worker: worker{
				lua: `function run() return files.receive() end`,
				js:  `async function run() { return await files.receive() }`,
			},
			run: func(p *Parent) {
				p.Pass(p.fileWith("x"))
				p.Call(1)
				p.Fails(1, wire.ErrorSerialise)
			},
		},
	}
}

// refusedFileCases are about messages that bring no file.
func refusedFileCases() []testCase {
	var cases []testCase
	for _, c := range []struct {
		name string
		send func(p *Parent)
		word string
	}{
		{"a folder", func(p *Parent) {
			f, err := os.Open(p.t.TempDir())
			if err != nil {
				p.t.Fatal(err)
			}
			p.Pass(f)
		}, "a folder"},
		{"nothing", func(p *Parent) { p.PassMessage([]byte{0}) }, "nothing"},
		{"two files at once", func(p *Parent) {
			one, two := p.fileWith("1"), p.fileWith("2")
			defer one.Close()
			defer two.Close()
			p.PassMessage([]byte{0}, one, two)
		}, "several"},
		{"many files at once", func(p *Parent) {
			var many [20]*os.File
			for i := range many {
				many[i] = p.fileWith("x")
				defer many[i].Close()
			}
			p.PassMessage([]byte{0}, many[:]...)
		}, "several"},
		{"another byte", func(p *Parent) {
			f := p.fileWith("1")
			defer f.Close()
			p.PassMessage([]byte{1}, f)
		}, "does not know"},
	} {
		cases = append(cases, testCase{
			name: c.name + " instead of a file", files: true,
			worker: receiving,
			run: func(p *Parent) {
				c.send(p)
				p.Pass(p.fileWith("behind"))
				p.Call(1, 1)
				p.Fails(1, wire.ErrorScript, c.word)
				p.Call(1, 1)
				p.Result(1, "behind")
			},
		})
	}
	return cases
}
