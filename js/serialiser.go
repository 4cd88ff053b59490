package js

import (
	"slices"
	"strings"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// loadSerialiser runs the source of a custom serialiser as the body of a
// function, which may return [freeze, thaw] or {freeze, thaw}, or export them.
func (v *vm) loadSerialiser(src engine.Source) *engine.Error {
	text, fault := scriptText(src)
	if fault != nil {
		return fault
	}
	const before, after = "(function (module, exports) {", "\n})"
	program, _, fault := v.compile(src.Name, before+text+after, nil)
	if fault != nil {
		unwrap(fault, text, len(before))
		return fault
	}
	v.unwrapped(src.Name, program, len(before))
	fault = v.do(nil, func() {
		module := v.newModule()
		exports := module.Get("exports")
		returned := function(v.runProgram(program))(goja.FunctionCall{Arguments: []goja.Value{module, exports}})
		if goja.IsUndefined(returned) {
			returned = module.Get("exports")
		}
		o, ok := returned.(*goja.Object)
		if !ok {
			return
		}
		if isArray(o) {
			v.freezer, v.thawer = function(o.Get("0")), function(o.Get("1"))
		} else {
			v.freezer, v.thawer = function(o.Get("freeze")), function(o.Get("thaw"))
		}
	})
	v.report()
	if fault != nil {
		return fault
	}
	if v.freezer == nil || v.thawer == nil {
		return &engine.Error{
			Kind: engine.KindScript, Language: language,
			Message: "the serialiser must return [freeze, thaw], or export two functions freeze and thaw",
			Stack:   []engine.Frame{{File: src.Name, Line: 1, Column: 1}},
		}
	}
	return nil
}

// unwrap makes the position of a syntax error that of the text alone.
func unwrap(fault *engine.Error, text string, before int) {
	if len(fault.Stack) == 0 {
		return
	}
	at := &fault.Stack[0]
	if lines := 1 + strings.Count(text, "\n"); at.Line > lines { // what comes after
		at.Line, at.Column = lines, len(text)-strings.LastIndexByte(text, '\n')
		fault.Message = "SyntaxError: Unexpected end of input"
	} else if at.Line == 1 {
		at.Column -= before
	}
}

// freezeScripted is freeze with a custom serialiser. Whatever goes wrong in
// that is of kind serialise.
func (v *vm) freezeScripted(values []goja.Value) ([]byte, *engine.Error) {
	var octets []byte
	var refused *valueError
	ex := v.rt.Try(func() {
		frozen := v.freezer(goja.FunctionCall{This: goja.Undefined(), Arguments: slices.Clone(values)})
		octets, refused = v.frozenOctets(frozen)
	})
	if ex != nil {
		return nil, v.serialiserError(v.thrown(ex.Value(), ex.Stack()))
	}
	if refused != nil {
		return nil, &engine.Error{Kind: engine.KindSerialise, Language: language, Message: refused.about("what freeze returned")}
	}
	return append(v.services.Frame(), octets...), nil
}

func (v *vm) frozenOctets(frozen goja.Value) ([]byte, *valueError) {
	x := exporter{v: v, binary: true}
	exported, err := x.export(frozen)
	if err != nil {
		return nil, err
	}
	switch octets := exported.(type) {
	case []byte:
		return octets, nil
	case string:
		return []byte(octets), nil
	}
	return nil, x.refuse("is neither a Uint8Array nor a string")
}

// thawScripted is thaw with a custom serialiser.
func (v *vm) thawScripted(c *engine.Call, payload []byte, room int) ([]goja.Value, *engine.Error) {
	var values []goja.Value
	var refused *engine.Error
	fault := v.do(c, func() {
		octets := v.bytes(slices.Clone(payload))
		thawed, ok := v.thawer(goja.FunctionCall{This: goja.Undefined(), Arguments: []goja.Value{octets}}).(*goja.Object)
		if !ok || !isArray(thawed) {
			refused = &engine.Error{Kind: engine.KindSerialise, Language: language, Message: "what thaw returned is not an array"}
			return
		}
		items, err := v.items(thawed)
		if err != nil {
			refused = &engine.Error{Kind: engine.KindSerialise, Language: language, Message: err.about("what thaw returned")}
			return
		}
		values = append(make([]goja.Value, room), items...)
	})
	v.report()
	if fault != nil {
		return nil, v.serialiserError(fault)
	}
	return values, refused
}

// serialiserError is an error of the custom serialiser's functions. One that
// stops the script stays what it is.
func (v *vm) serialiserError(err *engine.Error) *engine.Error {
	if err.Kind == engine.KindScript {
		err.Kind = engine.KindSerialise
	}
	return err
}
