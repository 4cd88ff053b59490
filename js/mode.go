package js

import (
	"strings"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// doneParameter is what the first parameter of a function is called that is
// written for the async mode.
const doneParameter = "done"

// hint adds to the error of a sync call of f that f seems to be written for the
// async mode. What scripts throw themselves is left alone, unless it is a
// TypeError, too.
func (v *vm) hint(f *scriptFunction, e *engine.Error) *engine.Error {
	switch {
	case e.Kind == engine.KindSerialise && v.cfg.Serialiser == nil: // an argument may be missing, which done has the place of
	case e.Kind != engine.KindScript, !strings.HasPrefix(e.Message, "TypeError"):
		return e
	}
	if v.takesDone(f) {
		e.Message += engine.WrittenForAsync
	}
	return e
}

// hintOfNothing logs that the first function that has returned nothing to a sync call
// seems to be written for the async mode: what it does with done later nobody sees. The
// others are not looked at, which would take time for each call.
func (v *vm) hintOfNothing(s *call, f *scriptFunction, ret goja.Value) {
	if v.nothing || ret != nil && !goja.IsUndefined(ret) {
		return
	}
	v.nothing = true
	if v.takesDone(f) {
		v.services.Log(s.of, engine.LevelWarn, f.name+" returned nothing"+engine.WrittenForAsync, nil)
	}
}

// takesDone tells whether the first parameter of a function is called done.
func (v *vm) takesDone(f *scriptFunction) (takes bool) {
	_ = v.guard(func() {
		text, ok := goja.AssertFunction(v.known.functionProto.Get("toString"))
		if !ok {
			return
		}
		source, err := text(f.value)
		takes = err == nil && firstParameter(source.String()) == doneParameter
	})
	return takes
}

// firstParameter returns the name of the first parameter of a function, whose
// source begins with its parameters. Patterns and native functions have none.
func firstParameter(source string) string {
	before, after, bracket := strings.Cut(source, "(")
	if head, _, arrow := strings.Cut(before, "=>"); arrow || !bracket {
		after = strings.TrimPrefix(strings.TrimSpace(head), "async ")
	}
	after = strings.TrimSpace(after)
	end := strings.IndexFunc(after, func(r rune) bool { return strings.ContainsRune(" \t\r\n,)=:/", r) })
	if end < 0 {
		return after
	}
	return after[:end]
}
