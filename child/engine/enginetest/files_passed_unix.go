//go:build unix

package enginetest

import (
	"os"

	"scripthost.example/wire"
)

// passedFileCases are about what can be done with a file.
func passedFileCases() []testCase {
	lines := worker{
		lua: `function run(done, x)
				if x then done(x) return end
				local f = files.receive()
				done.event("reading")
				done(f:read("*l") or "end", f:read("*l") or "end")
				f:close()
			end`,
		js: jsText + `async function run(done, x) {
				if (x) return done(x);
				const f = await files.receive();
				done.event('reading');
				done(text(await f.read()).trim() || 'end', text(await f.read()) || 'end');
				await f.close();
			}`,
	}
	breaking := worker{
		lua: `function run(text)
				local f = files.receive()
				local ok, message, errno
				repeat ok, message, errno = f:write(text) until not ok
				return message, errno, f:close()
			end`,
		js: `async function run(text) {
				const f = await files.receive();
				for (;;) {
					try { await f.write(text) } catch (e) {
						await f.close();
						return results(e.message, e.code, e.errno, e.syscall, 'path' in e);
					}
				}
			}`,
	}
	cases := []testCase{
		{
			name: "a regular file", files: true,
			worker: worker{
				lua: `function run()
						local f = files.receive()
						local n, rest = f:read("*n", "*l")
						local start, all = f:seek("set"), f:read("*a")
						local same = f:write("!", 5) == f
						local size = f:seek("end")
						local open, closed = io.type(f), f:close()
						return n, rest, start, all, same, size, open, closed, io.type(f), (pcall(f.close, f)), (pcall(f.read, f))
					end`,
				js: jsText + `async function run() {
						const f = await files.receive();
						const a = await f.read(2), b = await f.read(), end = await f.read(5), n = await f.write('!5');
						const m = await f.write(new Uint8Array([63]));
						const closed = await f.close();
						const again = await f.close();
						let code, message;
						try { await f.read() } catch (e) { code = e.code; message = e.message }
						return results(text(a), text(b), end instanceof Uint8Array, end.length, n, m,
							closed === undefined, again === undefined, code, message);
					}`,
			},
			run: func(p *Parent) {
				f := p.fileWith("12 line\nrest")
				path := f.Name()
				p.Pass(f)
				p.Call(1)
				p.Result(1, each(p, map[string][]any{
					lua: {12, " line", 0, "12 line\nrest", true, 14, "file", true, "closed file", false, false},
					js:  {"12", " line\nrest", true, 0, 2, 1, true, true, "EBADF", "EBADF: bad file descriptor, read"},
				})...)
				got, err := os.ReadFile(path)
				if want := each(p, map[string]string{lua: "12 line\nrest!5", js: "12 line\nrest!5?"}); err != nil || string(got) != want {
					p.t.Errorf("the file holds %q (%v), want %q", got, err, want)
				}
			},
		},
		{
			name: "writing to a file that is open for reading", files: true,
			worker: breaking,
			run: func(p *Parent) {
				r, err := os.Open(os.DevNull)
				if err != nil {
					p.t.Fatal(err)
				}
				p.Pass(r)
				p.Call(1, "x")
				p.Result(1, each(p, map[string][]any{
					lua: {"Bad file descriptor", 9, true},
					js:  {"EBADF: bad file descriptor, write", "EBADF", -9, "write", false},
				})...)
			},
		},
		{
			name: "wrong arguments", files: true,
			worker: worker{js: `async function run() {
				const f = await files.receive();
				const codes = [];
				for (const attempt of [() => f.read('1'), () => f.read(0), () => f.read(-1), () => f.write(), () => f.write({})])
					await attempt().catch((e) => codes.push(e instanceof TypeError && e.code));
				return codes;
			}`},
			run: func(p *Parent) {
				p.Pass(p.fileWith("x"))
				p.Call(1)
				p.Result(1, []any{"ERR_INVALID_ARG_TYPE", "ERR_OUT_OF_RANGE", "ERR_OUT_OF_RANGE", "ERR_INVALID_ARG_TYPE", "ERR_INVALID_ARG_TYPE"})
			},
		},
		{
			name: "operations are done in their order", files: true,
			worker: worker{js: `async function run(n) {
				const f = await files.receive();
				const writes = [];
				for (let i = 0; i < n; i++) writes.push(f.write(i % 10 + ''));
				await Promise.all([...writes, f.close()]);
			}`},
			run: func(p *Parent) {
				f := p.fileWith("")
				path := f.Name()
				p.Pass(f)
				p.Call(1, 50)
				p.Result(1)
				if got, err := os.ReadFile(path); err != nil || string(got) != "01234567890123456789012345678901234567890123456789" {
					p.t.Errorf("the file holds %q (%v)", got, err)
				}
			},
		},
		{
			name: "a socket, both ways", files: true,
			worker: worker{
				lua: `function run() local f = files.receive() local line = f:read("*l") f:write("got " .. line .. "\n") return f:read("*l") end`,
				js: jsText + `async function run() {
					const f = await files.receive();
					const reads = [f.read(4), f.read(7)]; // which wait, and hold up no write
					await f.write('got one\n');
					await reads[0];
					return text(await reads[1]).trim() }`,
			},
			run: func(p *Parent) {
				near, far := fdPair(p.t)
				mine, other := os.NewFile(uintptr(near), "mine"), os.NewFile(uintptr(far), "other")
				defer mine.Close()
				p.Pass(other)
				p.Call(1)
				answer := make([]byte, len("got one\n"))
				if p.language == lua {
					p.write(mine, "one\nbehind\n")
				}
				if _, err := mine.Read(answer); err != nil || string(answer) != "got one\n" {
					p.t.Fatalf("the worker wrote %q (%v)", answer, err)
				}
				if p.language == js {
					p.write(mine, "one\n")
					p.write(mine, "behind\n")
				}
				p.Result(1, "behind")
			},
		},
	}
	for name, blocking := range map[string]bool{"a pipe that blocks": true, "a pipe that does not block": false} {
		cases = append(cases,
			testCase{
				name: "reading from " + name, files: true, async: true,
				worker: lines,
				run: func(p *Parent) {
					r, w := p.pipe(blocking)
					p.Pass(r)
					p.Call(1)
					p.CallEvent(1, "reading")
					p.Call(2, "beside")
					p.Result(2, "beside")
					p.write(w, "one\n")
					w.Close()
					p.Result(1, "one", "end")
					p.Drain()
					p.Drained()
				},
			},
			testCase{
				name: "cancelled while reading from " + name, files: true, async: true,
				worker: lines,
				run: func(p *Parent) {
					r, w := p.pipe(blocking)
					p.Pass(r)
					p.Call(1)
					p.CallEvent(1, "reading")
					p.Cancel(1)
					p.Fails(1, wire.ErrorCancelled)
					p.Call(2, "beside")
					p.Result(2, "beside")
					w.Close()
				},
			},
			testCase{
				name: "nobody reads any more from " + name, files: true,
				worker: breaking,
				run: func(p *Parent) {
					r, w := p.pipe(blocking)
					p.Pass(w)
					p.Call(1, text(200_000)) // more than a pipe takes at once
					r.Close()
					p.Result(1, each(p, map[string][]any{
						lua: {"Broken pipe", 32, true},
						js:  {"EPIPE: broken pipe, write", "EPIPE", -32, "write", false},
					})...)
				},
			})
	}
	return cases
}
