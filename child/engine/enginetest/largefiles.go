package enginetest

import (
	"maps"
	"strings"

	"scripthost.example/wire"
)

// A disk is the files of a parent that takes and hands over little at once.
type disk struct {
	most  int               // octets that a host call may have
	files map[string]string // by path
	open  map[int64]*opened
	last  int64
	calls []string // the names of the host calls so far
}

// An opened is an open file.
type opened struct {
	path string
	at   int
}

// serve answers host calls until call is answered.
func (d *disk) serve(p *Parent, call uint32, want ...any) {
	p.t.Helper()
	for {
		f := p.Next()
		control, kind, _ := wire.Split(f.ID)
		if !control || kind != wire.KindHostCall {
			if f.ID != call {
				p.t.Fatalf("there is %s, and not the result of call %d", describe(f), call)
			}
			p.values("result", f.Payload, want)
			return
		}
		if len(f.Payload) > d.most {
			p.t.Errorf("a host call has %d bytes, and the limit is %d", len(f.Payload), d.most)
		}
		d.answer(p, p.hostCall(f))
	}
}

// answer carries a host call out.
func (d *disk) answer(p *Parent, h HostCall) {
	p.t.Helper()
	d.calls = append(d.calls, strings.TrimPrefix(h.Name, "runner.fs."))
	text := func(i int) string {
		if b, ok := h.Args[i].([]byte); ok {
			return string(b)
		}
		return h.Args[i].(string)
	}
	handle, _ := h.Args[0].(int64)
	file := d.open[handle]
	switch h.Name {
	case "runner.fs.stat":
		p.Return(h, map[string]any{"type": "file", "mode": 0o644, "size": len(d.files[text(0)])})
	case "runner.fs.readfile":
		if data := d.files[text(0)]; len(data) > d.most {
			p.Throw(h, wire.Error{Kind: wire.ErrorLimit, Message: "too large", Value: []byte(`{"limit":"file size","size":5000,"max":900}`)})
		} else {
			p.Return(h, []byte(data))
		}
	case "runner.fs.writefile":
		d.files[text(0)] = text(1)
		p.Return(h)
	case "runner.fs.open":
		if text(1) == "w" {
			d.files[text(0)] = ""
		}
		d.last++
		d.open[d.last] = &opened{path: text(0)}
		p.Return(h, d.last)
	case "runner.fs.read":
		rest := d.files[file.path][file.at:]
		part := rest[:min(len(rest), d.most-100, int(h.Args[1].(int64)))]
		file.at += len(part)
		p.Return(h, []byte(part))
	case "runner.fs.write":
		if file.path == "full" && len(d.files["full"]) > 0 {
			p.Throw(h, wire.Error{Kind: wire.ErrorScript, Message: "No space left on device", Value: []byte(`{"code":"ENOSPC","errno":28,"syscall":"write"}`)})
			return
		}
		d.files[file.path] += text(1)
		p.Return(h, len(text(1)))
	case "runner.fs.close":
		delete(d.open, handle)
		p.Return(h)
	default:
		p.t.Fatalf("the host call %s was not expected", h.Name)
	}
}

// largeFileCases are about files that no payload can carry.
func largeFileCases() []testCase {
	workers := worker{
		lua: `
			function read(path) local f = io.open(path) local s = f:read("*a") f:close() return s end
			function lines(path) local n = 0 for l in io.lines(path) do n = n + #l end return n end
			function write(path, s) local f = io.open(path, "w") local ok, e, n = f:write(s) f:close() return ok and "" or e end
			function gathered(path, s) local f = io.open(path, "w") f:setvbuf("full") for i = 1, #s, 100 do f:write(s:sub(i, i + 99)) end f:close() return "" end
			function copy(from, to) return write(to, read(from)) end`,
		js: `const fs = require('fs');
			exports.read = path => fs.readFileSync(path, 'utf8');
			exports.lines = path => fs.readFileSync(path, 'utf8').split('\n').join('').length;
			exports.write = (path, s) => { try { fs.writeFileSync(path, s); return '' } catch (e) { return e.message } };
			exports.gathered = async (path, s) => { await fs.promises.writeFile(path, s); return '' };
			exports.copy = (from, to) => { try { fs.copyFileSync(from, to); return '' } catch (e) { return e.message } };`,
	}
	const most = 1000
	large := strings.Repeat("0123456789 some line\n", 500)
	lines := len(large) - strings.Count(large, "\n")
	const full = "No space left on device"
	inJS := "ENOSPC: no space left on device, "
	return []testCase{{
		name: "larger than a payload", worker: workers,
		boot: func(b *wire.Boot) { b.Limits.Payload, b.Function = most, "read" },
		run: func(p *Parent) {
			d := &disk{most: most, files: map[string]string{"large": large, "small": "few"}, open: map[int64]*opened{}}
			// Results and arguments are bound by the same limit: large ones are made here.
			p.CallNamed(1, "lines", "large")
			d.serve(p, 1, lines)
			p.CallNamed(2, "copy", "large", "copied")
			d.serve(p, 2, "")
			p.CallNamed(3, "copy", "small", "few")
			d.serve(p, 3, "")
			p.CallNamed(4, "write", "written", large[:900])
			d.serve(p, 4, "")
			p.CallNamed(5, "gathered", "gathered", large[:900])
			d.serve(p, 5, "")
			want := map[string]string{"large": large, "copied": large, "small": "few", "few": "few", "written": large[:900], "gathered": large[:900]}
			if !maps.Equal(d.files, want) {
				p.t.Errorf("the files are %q", d.files)
			}
			p.CallNamed(6, "write", "full", large[:900])
			d.serve(p, 6, each(p, map[string]any{lua: full, js: inJS + "write 'full'"}))
			p.CallNamed(7, "copy", "large", "full")
			d.serve(p, 7, each(p, map[string]any{lua: full, js: inJS + "copyfile 'large' -> 'full'"}))
			if len(d.open) > 0 {
				p.t.Errorf("%d files were left open: %q", len(d.open), d.calls)
			}
		},
	}}
}
