package js

import (
	"strconv"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// freeze returns a frame with the payload of values. It is called inside the
// VM, since it may run getters: what these throw passes through it. role is
// what the script calls the values: "result", "argument".
func (v *vm) freeze(role string, values []goja.Value) ([]byte, *engine.Error) {
	if v.freezer != nil {
		return v.freezeScripted(values)
	}
	if v.stream != nil {
		return v.freezeStreamed(role, values)
	}
	frame := v.services.Frame()
	if v.octetCodec != nil {
		if frame, ok := v.appendOctets(frame, values); ok {
			return frame, nil
		}
	}
	// Getters may send events, which freeze too.
	out := v.scratch[:0]
	v.scratch = nil
	defer func() {
		clear(out)
		v.scratch = out
	}()
	for i, value := range values {
		var x any
		var err *valueError
		if v.cfg.Text {
			x, err = v.exportText(value)
		} else {
			x, err = v.exporter().export(value)
		}
		if err != nil {
			return nil, v.refused(err, role, i)
		}
		out = append(out, x)
	}
	frame, err := v.cfg.Codec.AppendFreeze(frame, out)
	if err != nil {
		return nil, serialiseError(err)
	}
	return frame, nil
}

// appendOctets is freeze for strings, and what is written out as such. It reports false,
// and appends nothing, if that is not for the codec to do one by one.
func (v *vm) appendOctets(frame []byte, values []goja.Value) ([]byte, bool) {
	appended := frame
	for _, value := range values {
		switch value.(type) {
		case nil, *goja.Object, *goja.Symbol:
			return frame, false
		}
		s := value.String()
		text, ok := value.(goja.String)
		if ok && loneSurrogate(text, s) || !ok && (goja.IsUndefined(value) || goja.IsNull(value)) {
			return frame, false
		}
		if appended, ok = v.octetCodec.AppendOctets(appended, s); !ok {
			return frame, false
		}
	}
	return appended, true
}

func (v *vm) exporter() *exporter { return &exporter{v: v, binary: v.cfg.Binary} }

// refused is the error for the value at index i among those of a role.
func (v *vm) refused(err *valueError, role string, i int) *engine.Error {
	return &engine.Error{
		Kind: engine.KindSerialise, Language: language,
		Message: err.about(role + " " + strconv.Itoa(i+1)),
	}
}

// exportText returns value as the serialiser "string" carries it: a string as
// the script would print it, or octets.
func (v *vm) exportText(value goja.Value) (any, *valueError) {
	x := exporter{v: v, binary: true}
	switch value := value.(type) {
	case goja.String:
		s := value.String()
		if loneSurrogate(value, s) {
			return nil, x.refuse("is a string with half a surrogate pair, which UTF-8 cannot carry")
		}
		return s, nil
	case *goja.Object:
		if isOctets(value) {
			return v.octets(value), nil
		}
		if isFunction(value) {
			return nil, x.refuse("is %s, which no serialiser carries", describe(value))
		}
		return nil, x.refuse("is %s, and the serialiser string carries only strings, numbers, booleans and Uint8Arrays:"+
			" use JSON.stringify or another serialiser", describe(value))
	case *goja.Symbol:
		return nil, x.refuse("is a symbol, which cannot be carried")
	case nil:
		return nil, x.refuse("is undefined, and the serialiser string carries only strings, numbers, booleans and Uint8Arrays: use another serialiser")
	default:
		if goja.IsUndefined(value) || goja.IsNull(value) {
			return nil, x.refuse("is %s, and the serialiser string carries only strings, numbers, booleans and Uint8Arrays: use another serialiser", value)
		}
		return value.String(), nil
	}
}

// describe says what kind of object o is without running any script.
func describe(o *goja.Object) string {
	switch o.ExportType() {
	case typeFunction, typeClass:
		return "a function"
	case typePromise:
		return "a Promise"
	case typeTime:
		return "a Date"
	}
	if isArray(o) {
		return "an array"
	}
	return "an object"
}

// serialiseError gives a codec's error its kind, if it has none.
func serialiseError(err error) *engine.Error {
	if e, ok := err.(*engine.Error); ok {
		return e
	}
	return &engine.Error{Kind: engine.KindSerialise, Message: err.Error(), Language: language}
}

// asError is for errors of the services, which are *engine.Error where the
// script is to blame.
func asError(err error) *engine.Error {
	if e, ok := err.(*engine.Error); ok {
		return e
	}
	return &engine.Error{Kind: engine.KindScript, Message: err.Error(), Language: language}
}
