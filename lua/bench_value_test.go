package lua

import (
	"testing"

	"scripthost.example/child/engine"
)

// values are arguments as a codec thaws them, and code that makes the same.
func values() []struct {
	name   string
	args   []any
	source string
} {
	return []struct {
		name   string
		args   []any
		source string
	}{
		{"nothing", nil, ``},
		{"text", list("0123456789abcdef"), `("0123456789abcdef")`},
		{"number", list(int64(1234567)), `1234567`},
		{"array of 10", list(list("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")), `{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}`},
		{"object of 5", list(map[string]any{"a": int64(1), "b": int64(2), "c": int64(3), "d": int64(4), "e": int64(5)}), `{a = 1, b = 2, c = 3, d = 4, e = 5}`},
	}
}

// BenchmarkThaw is a call of a function that takes arguments and returns nothing: what a
// codec has thawed becomes values of the VM. That of "nothing" is the call by itself.
func BenchmarkThaw(b *testing.B) {
	for _, value := range values() {
		b.Run(value.name, func(b *testing.B) {
			benchmarkStart(b, `function run(x) end`, value.args)
		})
	}
}

// BenchmarkFreeze is a call of a function that returns what it has, and takes nothing.
func BenchmarkFreeze(b *testing.B) {
	for _, value := range values() {
		b.Run(value.name, func(b *testing.B) {
			source := value.source
			if source == "" {
				source = "nil"
			}
			benchmarkStart(b, `local x = `+source+` function run() return x end`, nil)
		})
	}
}

func benchmarkStart(b *testing.B, source string, args []any) {
	v := blackHoleVM(b, source, args, engine.Config{})
	fn, err := v.Lookup("run")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		v.Start(&engine.Call{ID: 1}, fn, nil)
	}
}

// A value takes two allocations at most on its way into the VM, and two on its way out,
// beside what the call takes and what a table is made of.
//
// Not parallel, because it counts what the whole process allocates.
func TestValueAllocates(t *testing.T) {
	const source = `
local many = {}
function none() end
function take(...) end
function give() return unpack(many) end
function fill(...) many = {...} end`
	count := func(args []any, name string) float64 {
		hole := &blackHole{fake: &fake{t: t}, frame: make([]byte, 0, 1<<16), args: args}
		made, err := Engine().New(engine.Config{Codec: hole, Services: hole})
		if err != nil {
			t.Fatal(err)
		}
		if err := made.Load(engine.Source{Name: "count.lua", Text: []byte(source)}); err != nil {
			t.Fatal(err)
		}
		run := func(name string) func() {
			fn, err := made.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			return func() { made.Start(&engine.Call{ID: 1}, fn, nil) }
		}
		run("fill")()
		if name == "give" {
			hole.args = nil
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
