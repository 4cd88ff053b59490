package enginetest

import (
	"bytes"
	"strings"

	"scripthost.example/wire"
)

// source replaces the worker's source.
func source(text string) func(*wire.Boot) {
	return func(b *wire.Boot) { b.Source = []byte(text) }
}

// loadCases are about sources that do not load.
func loadCases() []testCase {
	fine := worker{lua: `function run() end`, js: `function run() {}`}
	cases := []testCase{
		{
			name:    "syntax error",
			unready: true,
			worker: worker{
				lua: "function run()\n  return 1 +* 2\nend\n",
				js:  "function run() {\n  return 1 +* 2\n}\n",
			},
			run: func(p *Parent) {
				e, _ := p.Fatal(wire.ErrorScript)
				at := e.Stack
				if len(at) == 0 || at[0].File != "worker."+p.language || at[0].Line != 2 || at[0].Column < 11 || at[0].Column > 14 {
					p.t.Errorf("the error is at %+v, want line 2, about column 12", at)
				}
				if e.Message == "" || e.Language != p.language {
					p.t.Errorf("the error is %+v", e)
				}
			},
		},
		{
			name:    "syntax error at the end",
			unready: true,
			worker: worker{
				lua: "function run()\n  if true then\n",
				js:  "function run() {\n  if (true) {\n",
			},
			run: func(p *Parent) {
				e, _ := p.Fatal(wire.ErrorScript)
				if at := e.Stack; len(at) == 0 || at[0].File != "worker."+p.language || at[0].Line < 2 || at[0].Line > 3 {
					p.t.Errorf("the error is at %+v, want line 2 or 3", at)
				}
			},
		},
		{
			name:    "error while loading",
			unready: true,
			worker: worker{
				lua: "local function inner()\n  error('boom')\nend\ninner()\nfunction run() end",
				js:  "function inner() {\n  throw new Error('boom')\n}\ninner()\nfunction run() {}",
			},
			run: func(p *Parent) {
				e, _ := p.Fatal(wire.ErrorScript, "boom")
				checkStack(p, e, 2, 4)
			},
		},
		{
			name:    "a value that is no error thrown while loading",
			unready: true,
			worker: worker{
				lua: "error({code = 7})",
				js:  "throw {code: 7}",
			},
			run: func(p *Parent) {
				e, _ := p.Fatal(wire.ErrorScript)
				if string(e.Value) != `{"code":7}` {
					p.t.Errorf("the value is %s", e.Value)
				}
			},
		},
		{
			name:    "host calls and log records while loading",
			unready: true,
			worker: worker{
				lua: `log.info("loading") local x = host.config("a") function run() return x end`,
				js:  `log.info('loading'); let x; host.config('a').then((y) => { x = y }); function run() { return x }`,
			},
			boot: func(b *wire.Boot) { b.Host = []string{"config"} },
			run: func(p *Parent) {
				if l := p.Logs("info", "loading"); l.Call != 0 {
					p.t.Errorf("the record belongs to call %d", l.Call)
				}
				h := p.HostCall(0, "config", "a")
				if p.language == js { // nobody waits for the promise
					p.Ready()
					p.Return(h, 42)
				} else {
					p.Return(h, 42)
					p.Ready()
				}
				p.Call(1)
				p.Result(1, 42)
			},
		},
		{
			name:    "events while loading",
			unready: true,
			worker: worker{
				lua: `event("too early") function run() end`,
				js:  `event('too early'); function run() {}`,
			},
			run: func(p *Parent) { p.Fatal(wire.ErrorScript, "event") },
		},
		{
			name:    "calls sent before READY",
			unready: true,
			worker: worker{
				lua: `local x = host.config() function run(y) return x, y end`,
				js:  `let x; async function setup() { x = await host.config() } function run(y) { return results(x, y) }`,
			},
			boot: func(b *wire.Boot) {
				b.Host = []string{"config"}
				if b.Language == js {
					withInit("setup")(b)
				}
			},
			run: func(p *Parent) {
				h := p.HostCall(0, "config")
				p.Call(1, 1)
				p.Call(2, 2)
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Return(h, "x")
				p.Ready()
				p.Result(2, "x", 2)
			},
		},
		{
			name:    "an interpreter's line",
			unready: true,
			worker:  fine,
			boot: func(b *wire.Boot) {
				b.Source = append([]byte("#!/usr/bin/env runner\n"), b.Source...)
			},
			run: func(p *Parent) { p.Ready() },
		},
		{
			name:    "a byte order mark",
			unready: true,
			worker:  fine,
			boot: func(b *wire.Boot) {
				b.Source = append([]byte("\ufeff"), b.Source...)
			},
			run: func(p *Parent) { p.Ready() },
		},
		{
			name:   "a source of 2 MB",
			worker: fine,
			boot: func(b *wire.Boot) {
				comment := map[string]string{lua: "-- ", js: "// "}[b.Language]
				line := comment + strings.Repeat("x", 80) + "\n"
				b.Source = append([]byte(strings.Repeat(line, 2<<20/len(line))), b.Source...)
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1)
			},
		},
	}
	for name, text := range map[string]string{
		"an empty source": "",
		"white space":     " \n\n\t\n",
	} {
		cases = append(cases, testCase{
			name: name, unready: true, worker: fine, boot: source(text),
			run: func(p *Parent) { p.Fatal(wire.ErrorScript, "run") },
		})
	}
	for name, text := range map[string]string{
		"Lua bytecode":    "\x1bLua\x51\x00\x01\x04\x08\x04\x08\x00",
		"an executable":   "\x7fELF\x02\x01\x01\x00" + strings.Repeat("\x00\xff\xfe", 100),
		"a picture":       "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
		"zeros":           strings.Repeat("\x00", 100),
		"no UTF-8 at all": string(bytes.Repeat([]byte{0xff, 0xfe}, 50)),
	} {
		cases = append(cases, testCase{
			name: "binary source: " + name, unready: true, worker: fine, boot: source(text),
			run: func(p *Parent) {
				e, _ := p.Fatal(wire.ErrorScript)
				if e.Message == "" || len(e.Stack) == 0 || e.Stack[0].File != "worker."+p.language {
					p.t.Errorf("the error does not say which file is wrong: %+v", e)
				}
			},
		})
	}
	return cases
}

// checkStack checks the innermost lines of a traceback.
func checkStack(p *Parent, e wire.Error, lines ...int) {
	p.t.Helper()
	if len(e.Stack) < len(lines) {
		p.t.Fatalf("the traceback is too short: %+v", e)
	}
	for i, line := range lines {
		if f := e.Stack[i]; f.File != "worker."+p.language || f.Line != line {
			p.t.Fatalf("level %d of the traceback is %s:%d, want worker.%s:%d: %+v", i, f.File, f.Line, p.language, line, e)
		}
	}
}
