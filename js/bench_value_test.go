package js

import (
	"testing"

	"scripthost.example/child/engine"
)

// benchValues are arguments as a codec thaws them, and code that makes the same.
func benchValues() []struct {
	name   string
	args   []any
	source string
} {
	return []struct {
		name   string
		args   []any
		source string
	}{
		{"nothing", nil, `undefined`},
		{"text", []any{"0123456789abcdef"}, `"0123456789abcdef"`},
		{"number", []any{int64(1234567)}, `1234567`},
		{"array of 10", []any{[]any{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}}, `["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]`},
		{"object of 5", []any{map[string]any{"a": int64(1), "b": int64(2), "c": int64(3), "d": int64(4), "e": int64(5)}}, `({a: 1, b: 2, c: 3, d: 4, e: 5})`},
	}
}

// BenchmarkThaw is a call of a function that takes arguments and returns nothing: what a
// codec has thawed becomes values of the VM. That of "nothing" is the call by itself.
func BenchmarkThaw(b *testing.B) {
	for _, value := range benchValues() {
		b.Run(value.name, func(b *testing.B) {
			benchmark(b, syncConfig, `const run = x => {}`, value.args...)
		})
	}
}

// BenchmarkFreeze is a call of a function that returns what it has, and takes nothing.
func BenchmarkFreeze(b *testing.B) {
	for _, value := range benchValues() {
		b.Run(value.name, func(b *testing.B) {
			benchmark(b, syncConfig, `const x = `+value.source+`; const run = () => x`)
		})
	}
}

// A value takes two allocations at most on its way into the VM, and two on its way out,
// beside what the call takes.
//
// Not parallel, because it counts what the whole process allocates.
func TestValueAllocates(t *testing.T) {
	const source = `
let many = [];
const none = () => {}, take = (...x) => {}, fill = (...x) => { many = x }, give = () => many;`
	count := func(args []any, name string) float64 {
		services := &bare{frame: make([]byte, 8, 1024), value: args}
		cfg := syncConfig
		cfg.Services, cfg.Codec = services, services
		m, err := Engine().New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Load(engine.Source{Name: "count.js", Text: []byte(source)}); err != nil {
			t.Fatal(err)
		}
		run := func(name string) func() {
			fn, err := m.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			return func() { m.Start(new(engine.Call), fn, nil) }
		}
		run("fill")()
		if name == "give" {
			services.value = nil
		}
		return testing.AllocsPerRun(100, run(name))
	}
	empty := count(nil, "none")
	for name, value := range map[string]any{"text": "0123456789abcdef", "whole number": int64(1 << 40), "number": 0.625, "boolean": true} {
		args := make([]any, 100)
		for i := range args {
			args[i] = value
		}
		for _, way := range []string{"take", "give"} {
			// The list of them is one more, and may grow a few times.
			if n := count(args, way) - empty; n > 2*100+15 {
				t.Errorf("%s, %s: %.0f allocations for 100 values", name, way, n)
			}
		}
	}
}
