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
	if e.Kind != engine.KindScript || !strings.HasPrefix(e.Message, "TypeError") {
		return e
	}
	_ = v.guard(func() {
		text, ok := goja.AssertFunction(v.known.functionProto.Get("toString"))
		if !ok {
			return
		}
		if source, err := text(f.value); err == nil && firstParameter(source.String()) == doneParameter {
			e.Message += engine.WrittenForAsync
		}
	})
	return e
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
