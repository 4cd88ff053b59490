package types

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"testing"
	"time"

	"scripthost.example/child"
	"scripthost.example/host"
	"scripthost.example/js"
	"scripthost.example/lua"
)

// The test binary plays the child.
func TestMain(m *testing.M) {
	child.Enter(lua.Engine(), js.Engine())
	os.Exit(m.Run())
}

// kindOf are what scripts say of the values of a type.
const (
	jsKinds = `function kind(x) {
		if (x === null) return 'null';
		if (x instanceof Uint8Array) return 'Uint8Array';
		if (x instanceof Date) return 'Date';
		if (Array.isArray(x)) return kind(x[0]) + '[]';
		return typeof x;
	}
	async function run(name) { return kind(await host[name]()) }
	async function field(name, key) { return kind((await host[name]())[key]) }`
	luaKinds = `local function kind(x)
		if x == json.null then return "userdata" end
		if type(x) == "number" then return x % 1 == 0 and "integer" or "number" end
		if type(x) == "table" and x[1] ~= nil then return kind(x[1]) .. "[]" end
		return type(x)
	end
	function run(name) return kind(host[name]()) end
	function field(name, key) return kind(host[name]()[key]) end`
)

// What a host function returns is in the script what its type is here.
func TestScriptsGetTheTypes(t *testing.T) {
	t.Parallel()
	p := Person{Scores: []float64{1.5}, Photo: []byte{1}, Raw: []byte("true")}
	functions := map[string]any{
		"text": func() string { return "" }, "octets": func() []byte { return []byte{255} }, "time": time.Now,
		"integer": func() uint16 { return 5 }, "fraction": func() float32 { return 1.5 }, "yes": func() bool { return true },
		"texts": func() []string { return []string{"a"} }, "times": func() []time.Time { return []time.Time{time.Now()} },
		"blobs": func() [][]byte { return [][]byte{{1}} },
	}
	for _, l := range []struct {
		language host.Language
		dialect  *dialect
		script   string
	}{{host.JS, tsDialect, jsKinds}, {host.Lua, luaDialect, luaKinds}} {
		t.Run(string(l.language), func(t *testing.T) {
			t.Parallel()
			all := map[string]any{"person": func() Person { return p }}
			for name, fn := range functions {
				all[name] = fn
			}
			script, err := host.Inline(l.language, l.script)
			if err != nil {
				t.Fatal(err)
			}
			w, err := host.Start(context.Background(), script, &host.Options{Host: all})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Kill()
			check := func(function string, want string, args ...any) {
				t.Helper()
				got, err := w.Function(function).Call(context.Background(), args...)
				if err != nil || fmt.Sprint(got) != "["+want+"]" {
					t.Errorf("%v is %v (%v), and its type is %s", args, got, err, want)
				}
			}
			types := newTypeWriter(l.dialect)
			for name, fn := range functions {
				check("run", types.signature(reflect.TypeOf(fn)).results[0], name)
			}
			for _, f := range types.fields(reflect.TypeFor[Person](), nil) {
				switch f.name {
				case "raw", "tags", "boss", "age", "weight": // any, and what is null or left out here
				default:
					check("field", f.typ, "person", f.name)
				}
			}
		})
	}
}
