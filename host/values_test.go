//go:build unix

package host

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"scripthost.example/wire"
)

// What goes through encoding/json is not changed on the way.
func TestNormalise(t *testing.T) {
	t.Parallel()
	type text struct{ S string }
	for _, test := range []struct {
		in   any
		want string // of %#v, empty for an error
	}{
		{text{"caf\u00e9 \ufffd"}, `map[string]interface {}{"S":"café �"}`},
		{text{`a \ufffd b`}, `map[string]interface {}{"S":"a \\ufffd b"}`},
		{text{"\xff"}, ""},
		{[]string{"a", "\xff"}, ""},
		{map[string]string{"\xff": "a"}, ""},
		{[]uint64{math.MaxUint64}, `[]interface {}{0xffffffffffffffff}`},
		{[]int64{math.MinInt64, math.MaxInt64}, `[]interface {}{-9223372036854775808, 9223372036854775807}`},
		{(*text)(nil), `<nil>`},
		{json64("9007199254740993"), `9007199254740993`},
	} {
		out, err := normalise([]any{test.in})
		switch {
		case test.want == "":
			var se *SerialiseError
			if !errors.As(err, &se) {
				t.Errorf("%#v: got %#v, %v", test.in, out, err)
			}
		case err != nil:
			t.Errorf("%#v: %v", test.in, err)
		case fmt.Sprintf("%#v", out[0]) != test.want:
			t.Errorf("%#v: got %#v", test.in, out[0])
		}
	}
}

// A value that is nested too deep, or is in itself, is refused as that, whatever
// else is in it.
func TestTooDeepIsWhatIsWrong(t *testing.T) {
	t.Parallel()
	deep := any(math.Inf(1))
	for range wire.MaxDepth + 10 {
		deep = []any{deep}
	}
	cycle := []any{nil, nil}
	cycle[0], cycle[1] = cycle, cycle // so that looking at all of it would take for ever
	for name, v := range map[string]any{"deep": deep, "cycle": cycle, "in a map": map[string]any{"x": deep}} {
		values, err := normalise([]any{v})
		if err == nil {
			_, err = wire.CBOR().AppendFreeze(nil, values)
		}
		if err == nil || !strings.Contains(err.Error(), "value [0]") || !strings.Contains(err.Error(), "nested deeper than 512") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type json64 string

func (j json64) MarshalJSON() ([]byte, error) { return []byte(j), nil }

func TestAssign(t *testing.T) {
	t.Parallel()
	type name string
	for _, test := range []struct {
		in, dst any
		want    string // of %v, empty for an error
	}{
		{int64(math.MaxInt64), new(int), "9223372036854775807"},
		{uint64(math.MaxUint64), new(uint64), "18446744073709551615"},
		{uint64(math.MaxUint64), new(int64), ""},
		{uint64(math.MaxUint64), new(any), "18446744073709551615"},
		{int64(-1), new(uint), ""},
		{300.0, new(uint8), ""},
		{2.5, new(int), ""},
		{3.0, new(int), "3"},
		{1e300, new(float32), ""},
		{math.NaN(), new(float64), "NaN"},
		{math.NaN(), new(float32), ""},
		{[]byte("\xff"), new(string), "\xff"},
		{"\xff", new(string), "\xff"},
		{"\xff", new(name), ""},
		{"ok", new(name), "ok"},
		{[]any{[]byte("\xff")}, new([][]byte), "[[255]]"},
		{[]any{[]byte("\xff")}, new([]string), ""},
		{map[string]any{"k": []byte("\xff")}, new(map[string]string), ""},
		{"x", new(error), ""},
	} {
		err := assign(test.in, test.dst)
		var got string
		switch d := test.dst.(type) {
		case *int:
			got = fmt.Sprint(*d)
		case *uint:
			got = fmt.Sprint(*d)
		case *int64:
			got = fmt.Sprint(*d)
		case *uint64:
			got = fmt.Sprint(*d)
		case *float64:
			got = fmt.Sprint(*d)
		case *string:
			got = *d
		case *name:
			got = string(*d)
		case *any:
			got = fmt.Sprint(*d)
		case *[][]byte:
			got = fmt.Sprint(*d)
		}
		if (err != nil) != (test.want == "") || err == nil && got != test.want {
			t.Errorf("%T %v into %T: got %q, %v", test.in, test.in, test.dst, got, err)
		}
	}
}

// A list that contains itself is refused, and not looked at forever.
func TestListInItself(t *testing.T) {
	t.Parallel()
	list := make([]any, 2)
	list[0], list[1] = list, list
	w := startFault(t, "echo", &Options{Serialiser: CBOR})
	var se *SerialiseError
	if _, err := w.Call(testContext(t), list); !errors.As(err, &se) {
		t.Errorf("got %v", err)
	}
	mustClose(t, w)
}

// A script's octets reach Go as they are, or not at all.
func TestOctetsForHostFunctions(t *testing.T) {
	t.Parallel()
	type name string
	type person struct{ Name string }
	type blob struct{ Data []byte }
	const octets = "\xff\x00z"
	got := make(chan any, 1)
	script, err := Inline(Lua, `function run(name, x)
		if name == "list" then x = {x} elseif name == "person" then x = {Name = x} elseif name == "blob" then x = {Data = x} end
		return host[name](x)
	end`)
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, script, &Options{Host: map[string]any{
		"text":   func(s string) { got <- s },
		"bytes":  func(b []byte) { got <- string(b) },
		"blob":   func(b blob) { got <- string(b.Data) },
		"name":   func(n name) { got <- string(n) },
		"list":   func(l []string) { got <- l[0] },
		"person": func(p person) { got <- p.Name },
	}})
	for _, fn := range []string{"text", "bytes", "blob"} {
		mustCall(t, w, fn, octets)
		if s := <-got; s != octets {
			t.Errorf("%s got %q", fn, s)
		}
	}
	for _, fn := range []string{"name", "list", "person"} {
		if _, err := w.Call(testContext(t), fn, octets); err == nil {
			t.Errorf("%s got %q", fn, <-got)
		} else if !strings.Contains(err.Error(), "argument 1") {
			t.Errorf("%s: %v", fn, err)
		}
		mustCall(t, w, fn, "text")
		if s := <-got; s != "text" {
			t.Errorf("%s got %q", fn, s)
		}
	}
	mustClose(t, w)
}
