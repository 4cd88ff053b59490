package js

import (
	"github.com/dop251/goja"
)

// makeResults is the global function results: it marks several values as the
// results of a call, where a plain array would be the one result.
func (v *vm) makeResults(fc goja.FunctionCall) goja.Value {
	items := make([]any, len(fc.Arguments))
	for i, value := range fc.Arguments {
		items[i] = value
	}
	marked := v.rt.NewArray(items...)
	must(marked.SetPrototype(v.known.resultProto))
	return marked
}

// results returns the results that a function's return value stands for.
func (v *vm) results(ret goja.Value) []goja.Value {
	if goja.IsUndefined(ret) {
		return nil
	}
	if o, ok := ret.(*goja.Object); ok && v.marked(o) {
		items, _ := v.items(o)
		return items
	}
	return []goja.Value{ret}
}

func (v *vm) marked(o *goja.Object) bool {
	return o.ExportType() == typeArray && o.Prototype() == v.known.resultProto
}
