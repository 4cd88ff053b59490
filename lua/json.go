package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// openMarks makes what values can be told from others by: json.null, and the
// marks of empty arrays and empty objects, metatables that mean nothing on a
// table that is not empty.
func (v *vm) openMarks() {
	v.meta.array = v.root.NewTable()
	v.meta.object = v.root.NewTable()
	v.null = &glua.LUserData{Env: v.globals, Metatable: v.metatable("json.null", fields{
		{"__tostring", constant("null")},
	})}
}

func (v *vm) openJSON() {
	lib := v.library("json", fields{
		{"encode", v.jsonEncode},
		{"decode", v.jsonDecode},
		{"array", v.markArray},
		{"object", v.markObject},
	})
	lib.RawSetString("null", v.null)
}

// jsonEncode is json.encode(value [, options]): its text, of UTF-8, the keys of
// objects sorted. Without options.indent it has no white space.
func (v *vm) jsonEncode(L *glua.LState) int {
	value := L.CheckAny(1)
	indent := checkIndent(L, 2)
	w := v.cfg.JSON.Writer(v.text[:0])
	if bad := v.write(w, value, rules{finite: true}, 0); bad != nil {
		v.throw(L, bad.named("json.encode: the value"))
	}
	text := w.Frozen()
	v.keep(text)
	if indent != "" {
		text = indented(text, indent)
	}
	L.Push(glua.LString(text))
	return 1
}

// keep keeps the buffer of a text for the next one, if it is not too large.
func (v *vm) keep(text []byte) {
	const largest = 64 << 10
	if cap(text) <= largest {
		v.text = text
	}
}

// maxIndent is the longest indentation of a level.
const maxIndent = 16

// checkIndent returns what argument n, a table of options, has as indent: a
// number of spaces, or a string of spaces and tabs.
func checkIndent(L *glua.LState, n int) string {
	options := L.OptTable(n, nil)
	if options == nil {
		return ""
	}
	indent := ""
	options.ForEach(func(key, value glua.LValue) {
		if key != glua.LString("indent") {
			L.ArgError(n, "there is no option "+key.String()+": the only one is indent")
		}
		switch value := value.(type) {
		case glua.LNumber:
			if value >= 0 && value <= maxIndent && isWhole(float64(value)) {
				indent = strings.Repeat(" ", int(value))
				return
			}
		case glua.LString:
			if len(value) <= maxIndent && strings.Trim(string(value), " \t") == "" {
				indent = string(value)
				return
			}
		}
		L.ArgError(n, "indent must be a number of spaces, up to 16, or a string of that many spaces and tabs")
	})
	return indent
}

// indented spreads a JSON text that has no white space over lines.
func indented(text []byte, indent string) []byte {
	out := make([]byte, 0, 2*len(text))
	depth := 0
	line := func() {
		out = append(out, '\n')
		for range depth {
			out = append(out, indent...)
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			start := i
			for i++; text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			out = append(out, text[start:i+1]...)
		case '[', '{':
			out = append(out, c)
			if text[i+1] == c+2 { // its end
				i++
				out = append(out, c+2)
				continue
			}
			depth++
			line()
		case ']', '}':
			depth--
			line()
			out = append(out, c)
		case ',':
			out = append(out, c)
			line()
		case ':':
			out = append(out, ": "...)
		default:
			out = append(out, c)
		}
	}
	return out
}

// jsonDecode is json.decode(text).
func (v *vm) jsonDecode(L *glua.LState) int {
	b := &v.in
	defer b.done()
	text := append(v.text[:0], L.CheckString(1)...)
	v.keep(text)
	if err := v.cfg.JSON.ParseInto(text, b); err != nil {
		v.throw(L, serialiseFailure(err))
	}
	if b.bad != nil {
		v.throw(L, b.bad.named("json.decode: the value"))
	}
	L.Push(b.values[0]) // null is json.null, as inside tables
	return 1
}

func serialiseFailure(err error) *engine.Error {
	return &engine.Error{Kind: engine.KindSerialise, Message: err.Error()}
}

// markArray is json.array.
func (v *vm) markArray(L *glua.LState) int {
	return v.mark(L, v.meta.array, "an array", glua.LTNumber)
}

// markObject is json.object.
func (v *vm) markObject(L *glua.LState) int {
	return v.mark(L, v.meta.object, "an object", glua.LTString)
}

// mark returns its argument, or a new table, marked as what, which may have keys of
// one type only.
func (v *vm) mark(L *glua.LState, meta *glua.LTable, what string, keys glua.LValueType) int {
	tb := L.OptTable(1, nil)
	if tb == nil {
		tb = L.NewTable()
	}
	if tb.Metatable != glua.LNil && tb.Metatable != v.meta.array && tb.Metatable != v.meta.object {
		L.ArgError(1, "the table has a metatable of its own")
	}
	for key, _ := tb.Next(glua.LNil); key != glua.LNil; key, _ = tb.Next(key) {
		if key.Type() != keys {
			L.ArgError(1, "the table has the key "+v.keyName(key)+", which "+what+" cannot have")
		}
	}
	tb.Metatable = meta
	L.Push(tb)
	return 1
}
