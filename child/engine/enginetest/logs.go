package enginetest

import (
	"fmt"
	"strings"

	"scripthost.example/wire"
)

// logCases are about log records.
func logCases() []testCase {
	return []testCase{
		{
			name: "levels and fields",
			worker: worker{
				lua: `function run() for _, level in ipairs{"debug", "info", "warn", "error"} do
					log[level]("a " .. level, {n = 1, s = "text", b = true, list = {1, 2}, inner = {x = 1.5}}) end log.info("bare") end`,
				js: `function run() { for (const level of ['debug', 'info', 'warn', 'error'])
					log[level]('a ' + level, {n: 1, s: 'text', b: true, list: [1, 2], inner: {x: 1.5}}); log.info('bare') }`,
			},
			run: func(p *Parent) {
				p.Call(5)
				for _, level := range []string{"debug", "info", "warn", "error"} {
					l := p.Logs(level)
					if l.Message != "a "+level || l.Call != 5 {
						p.t.Errorf("the record is %+v", l)
					}
					want := map[string]any{"n": 1.0, "s": "text", "b": true, "list": []any{1.0, 2.0}, "inner": map[string]any{"x": 1.5}}
					if !equal(l.Fields, want) {
						p.t.Errorf("the fields are %v, want %v", l.Fields, want)
					}
				}
				if l := p.Logs("info"); l.Message != "bare" || len(l.Fields) != 0 {
					p.t.Errorf("the record is %+v", l)
				}
				p.Result(5)
			},
		},
		{
			name: "print or console",
			worker: worker{
				lua: `function run() print("a", 1, true, nil) print() end`,
				js:  `function run() { console.log('a', 1, true, null); console.log(); console.debug('d'); console.info('i'); console.warn('w'); console.error('e') }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				if l := p.Logs("info"); l.Message != each(p, map[string]string{lua: "a\t1\ttrue\tnil", js: "a 1 true null"}) || l.Call != 1 {
					p.t.Errorf("the record is %+v", l)
				}
				if l := p.Logs("info"); l.Message != "" {
					p.t.Errorf("the record is %+v", l)
				}
				if p.language == js {
					for _, level := range []string{"debug", "info", "warn", "error"} {
						p.Logs(level, level[:1])
					}
				}
				p.Result(1)
			},
		},
		{
			name:  "of a call and of none",
			async: true,
			worker: worker{
				lua: `timer.after(0, function() log.info("of none") end) function run(done) timer.after(0, function() log.info("of the call") done() end) end`,
				js:  `setTimeout(() => log.info('of none'), 0); function run(done) { setTimeout(() => { log.info('of the call'); done() }, 0) }`,
			},
			run: func(p *Parent) {
				if l := p.Logs("info", "of none"); l.Call != 0 {
					p.t.Errorf("the record is %+v", l)
				}
				p.Call(7)
				if l := p.Logs("info", "of the call"); l.Call != 7 {
					p.t.Errorf("the record is %+v", l)
				}
				p.Result(7)
			},
		},
		{
			name: "what cannot be carried",
			worker: worker{
				lua: `function run() local t = {} t.t = t log.info("a\255b", {f = print, t = t, nan = 0/0, ["k\255"] = "v\255"}) log.info(nil) log.info({}) return 1 end`,
				js:  `function run() { const t = {}; t.t = t; log.info('a', {f: () => 1, t, nan: NaN, big: 10n, s: Symbol('x')}); log.info(null); log.info({}); console.log(t, () => 1, Symbol('x')); return 1 }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				for range each(p, map[string]int{lua: 3, js: 4}) {
					p.Logs("info")
				}
				p.Result(1, 1)
			},
		},
		{
			// A record may be longer than the frame of a LOG.
			name: "10 MB in one record",
			boot: payload(100_000),
			worker: worker{
				lua: `function run() print(string.rep("long ", 2000000)) log.info("fields", {x = string.rep("y", 5000000)}) return 1 end`,
				js:  `function run() { console.log('long '.repeat(2000000)); log.info('fields', {x: 'y'.repeat(5000000)}); return 1 }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				if l := p.Logs("info", "long long"); len(l.Message) > wire.ControlRoom {
					p.t.Errorf("the record has %d bytes", len(l.Message))
				}
				p.Logs("info", "fields")
				p.Result(1, 1)
			},
		},
		{
			name: "very many records",
			worker: worker{
				lua: `function run(n) local x = string.rep("x", 1000) for i = 1, n do print(i, x) end return n end`,
				js:  `function run(n) { const x = 'x'.repeat(1000); for (let i = 1; i <= n; i++) console.log(i, x); return n }`,
			},
			run: func(p *Parent) {
				const n = 3000
				p.Call(1, n)
				for i := 1; i <= n; i++ {
					if l := p.Logs("info"); !strings.HasPrefix(l.Message, fmt.Sprint(i)) {
						p.t.Fatalf("record %d is %+v", i, l)
					}
				}
				p.Result(1, n)
			},
		},
	}
}
