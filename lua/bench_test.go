package lua

import (
	"testing"

	"scripthost.example/child/engine"
)

// blackHole is a worker end that answers and forgets, and a codec whose
// payloads mean the same few arguments.
type blackHole struct {
	*fake
	frame []byte
	args  []any
}

func (b *blackHole) Frame() []byte                        { return b.frame[:0] }
func (b *blackHole) Answer(*engine.Call, []byte) error    { return nil }
func (b *blackHole) Event(*engine.Call, []byte) error     { return nil }
func (b *blackHole) Thaw([]byte) ([]any, error)           { return b.args, nil }
func (b *blackHole) Fail(_ *engine.Call, err error) error { b.t.Error(err); return nil }
func (b *blackHole) AppendFreeze(d []byte, v []any) ([]byte, error) {
	for _, x := range v {
		if s, ok := x.(string); ok {
			d = append(d, s...)
		}
	}
	return d, nil
}

func blackHoleVM(b *testing.B, source string, args []any, cfg engine.Config) *vm {
	b.Helper()
	hole := &blackHole{fake: &fake{t: b}, frame: make([]byte, 0, 1024), args: args}
	cfg.Codec, cfg.Services = hole, hole
	made, err := Engine().New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	if err := made.Load(engine.Source{Name: "bench.lua", Text: []byte(source)}); err != nil {
		b.Fatal(err)
	}
	return made.(*vm)
}

func BenchmarkNewVM(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		blackHoleVM(b, "", nil, engine.Config{})
	}
}

func BenchmarkStart(b *testing.B) {
	for _, bb := range []struct {
		name, source string
		args         []any
		cfg          engine.Config
	}{
		{"nothing/sync", `function run() end`, nil, engine.Config{}},
		{"echo/sync/text", `function run(...) return ... end`, list("hello"), engine.Config{Text: true}},
		{"echo/sync", `function run(...) return ... end`, list("hello"), engine.Config{}},
		{"echo/async", `function run(done, ...) done(...) end`, list("hello"), engine.Config{Async: true}},
		{"event/async", `function run(done, ...) done.event(...) done() end`, list("hello"), engine.Config{Async: true}},
		{"object/sync", `function run(...) return ... end`, list(map[string]any{"a": int64(1), "b": list("x", "y")}), engine.Config{}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			v := blackHoleVM(b, bb.source, bb.args, bb.cfg)
			fn, _ := v.Lookup("run")
			b.ReportAllocs()
			for b.Loop() {
				c := &engine.Call{ID: 1}
				v.Start(c, fn, nil)
			}
		})
	}
}

// BenchmarkLua measures what the VM's own parts cost, a thousand times each.
func BenchmarkLua(b *testing.B) {
	for _, bb := range []struct{ name, body string }{
		{"loop", ``},
		{"call", `f()`},
		{"pcall", `pcall(f)`},
		{"pcall error", `pcall(error, "x")`},
		{"pcall error deep", `pcall(g, 20)`},
		{"coroutine", `for x in coroutine.wrap(gen) do end`},
		{"yield", `co()`},
	} {
		b.Run(bb.name, func(b *testing.B) {
			v := blackHoleVM(b, `
				local function f() end
				local function g(n) if n == 0 then error("x") end g(n - 1) return 1 end
				local function gen() coroutine.yield(1) end
				local co = coroutine.wrap(function() while true do coroutine.yield() end end)
				function run() for i = 1, 1000 do `+bb.body+` end end`, nil, engine.Config{})
			fn, _ := v.Lookup("run")
			b.ReportAllocs()
			for b.Loop() {
				v.Start(&engine.Call{ID: 1}, fn, nil)
			}
		})
	}
}
