package lua

import (
	"fmt"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// openJSON makes json.encode, json.decode, json.null, and the marks that tell empty arrays from empty
// objects: metatables, which mean nothing on a table that is not empty.
func (v *vm) openJSON() {
	v.meta.array = v.root.NewTable()
	v.meta.object = v.root.NewTable()
	v.null = &glua.LUserData{Env: v.globals, Metatable: v.metatable("json.null", fields{
		{"__tostring", constant("null")},
	})}
	lib := v.library("json", fields{
		{"encode", v.jsonEncode},
		{"decode", v.jsonDecode},
		{"array", func(L *glua.LState) int { return v.mark(L, v.meta.array) }},
		{"object", func(L *glua.LState) int { return v.mark(L, v.meta.object) }},
	})
	lib.RawSetString("null", v.null)
}

// jsonEncode is json.encode(value): its text, of UTF-8 and without white space,
// the keys of objects sorted.
func (v *vm) jsonEncode(L *glua.LState) int {
	x, bad := v.freezeValue(L.CheckAny(1), rules{})
	if bad != nil {
		v.throw(L, bad.named("the value"))
	}
	text, err := v.cfg.JSON.AppendFreeze(nil, []any{x})
	if err != nil {
		v.throw(L, serialiseFailure(err))
	}
	L.Push(glua.LString(text[1 : len(text)-1])) // the codec writes a list
	return 1
}

// jsonDecode is json.decode(text).
func (v *vm) jsonDecode(L *glua.LState) int {
	text := L.CheckString(1)
	list, err := v.cfg.JSON.Thaw([]byte("[" + text + "]"))
	if err == nil && len(list) != 1 {
		err = fmt.Errorf("json.decode: there are %d values, not one", len(list))
	}
	if err != nil {
		v.throw(L, serialiseFailure(err))
	}
	value, bad := v.toLua(list[0], 1) // null is json.null here, as inside tables
	if bad != nil {
		v.throw(L, bad.named("the value"))
	}
	L.Push(value)
	return 1
}

func serialiseFailure(err error) *engine.Error {
	return &engine.Error{Kind: engine.KindSerialise, Message: err.Error()}
}

// mark returns its argument, or a new table, marked.
func (v *vm) mark(L *glua.LState, meta *glua.LTable) int {
	tb := L.OptTable(1, nil)
	if tb == nil {
		tb = L.NewTable()
	}
	if tb.Metatable != glua.LNil && tb.Metatable != v.meta.array && tb.Metatable != v.meta.object {
		L.ArgError(1, "the table has a metatable of its own")
	}
	tb.Metatable = meta
	L.Push(tb)
	return 1
}
