package enginetest

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"scripthost.example/wire"
)

// comparing are workers that say whether their first argument is what the second
// one, an expression, evaluates to.
var comparing = worker{
	lua: `local function same(a, b)
			if type(a) ~= "table" or type(b) ~= "table" then return rawequal(a, b) or (a ~= a and b ~= b and type(a) == type(b)) end
			for k, v in pairs(a) do if not same(v, b[k]) then return false end end
			for k in pairs(b) do if a[k] == nil then return false end end
			return #a == #b
		end
		function run(x, source) return same(x, assert(loadstring("return " .. source))()) end`,
	js: `function same(a, b) {
			if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return Object.is(a, b);
			if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
			if (a instanceof Date) return Object.is(a.getTime(), b.getTime());
			const keys = Object.keys(a);
			return keys.length === Object.keys(b).length && (!Array.isArray(a) || a.length === b.length) &&
				keys.every((k) => Object.hasOwn(b, k) && same(a[k], b[k]));
		}
		function run(x, source) { return same(x, (0, eval)('(' + source + ')')) }`,
}

// checkSeen has a script compare values of the parent's with the same ones in
// its language.
func checkSeen(p *Parent, serialiser string) {
	m := model{p.language, serialiser}
	rapid.Check(p.t, func(t *rapid.T) {
		v := drawValue(t, 3)
		if levels(v) > 100 { // which parsers have limits for
			return
		}
		var bad, in, out []location
		m.unsent(v, nil, &bad)
		if m.through(v, nil, &in, &out); len(bad) > 0 || len(in) > 0 {
			return // which checkEcho is about
		}
		source := m.expression(v, false)
		p.Call(1, v, source)
		if got, fail := p.answer(); fail.Kind != "" || len(got) != 1 || got[0] != true {
			t.Fatalf("%s\nis not\n%s\nin the script: %v %+v", show([]any{v}), source, got, fail)
		}
	})
}

// expression writes what a script sees of a value of the parent's.
func (m model) expression(v any, nested bool) string {
	switch v := v.(type) {
	case nil:
		if m.language == js {
			return "null"
		}
		if nested {
			return "json.null"
		}
		return "nil"
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return m.integer(fmt.Sprint(v), v > maxExact || v < -maxExact)
	case uint64:
		return m.integer(fmt.Sprint(v), v > maxExact)
	case float64:
		switch {
		case math.IsNaN(v):
			return "(0/0)"
		case math.IsInf(v, 0):
			return fmt.Sprintf("(%d/0)", int(math.Copysign(1, v)))
		}
		return "(" + strconv.FormatFloat(v, 'e', -1, 64) + ")"
	case string:
		return m.quote(v)
	case []byte:
		if m.language == lua {
			return m.quote(string(v))
		}
		return "new Uint8Array([" + strings.Trim(strings.ReplaceAll(fmt.Sprint(v), " ", ","), "[]") + "])"
	case time.Time:
		if m.language == lua || m.serialiser == "json" {
			return m.quote(v.Format(time.RFC3339Nano))
		}
		return fmt.Sprintf("new Date(%d)", v.UnixMilli())
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = m.expression(item, true)
		}
		if m.language == lua {
			return "{" + strings.Join(items, ", ") + "}"
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]any:
		var fields []string
		for key, item := range v {
			if m.language == lua {
				fields = append(fields, "["+m.quote(key)+"] = "+m.expression(item, true))
			} else {
				fields = append(fields, "["+m.quote(key)+"]: "+m.expression(item, true))
			}
		}
		if m.language == lua {
			return "{" + strings.Join(fields, ", ") + "}"
		}
		return "({" + strings.Join(fields, ", ") + "})"
	}
	panic(fmt.Sprintf("a %T is drawn, and nothing says what it is in a script", v))
}

func (m model) integer(digits string, large bool) string {
	if m.language == js && large {
		digits += "n"
	}
	return "(" + digits + ")"
}

// checkHost has a script pass on to a function of the parent's what another one
// has returned. These travel in CBOR, whatever the serialiser of calls is.
func checkHost(p *Parent) {
	m := model{p.language, "cbor"}
	rapid.Check(p.t, func(t *rapid.T) {
		v := drawValue(t, 4)
		want := m.echo(v)
		if want.stage == "parent" {
			return
		}
		p.Call(1)
		p.Return(p.HostCall(1, "give"), v)
		if want.stage != "" {
			// An argument here is what the script gets from the function, and a
			// result what it passes on.
			_, fail := p.answer()
			if fail.Kind != wire.ErrorSerialise {
				t.Fatalf("%s\nis taken (%+v), and should be\n%v", show([]any{v}), fail, want)
			}
			return
		}
		h := p.AnyHostCall()
		if h.Name != "take" || len(h.Args) != 1 || !equal(h.Args[0], want.value) {
			t.Fatalf("%s\nis passed on as\n%s\nand should be\n%v", show([]any{v}), show(h.Args), want)
		}
		p.Return(h)
		if got, fail := p.answer(); fail.Kind != "" || len(got) != 1 || got[0] != "end" {
			t.Fatalf("the call ends with %s %+v", show(got), fail)
		}
	})
}
