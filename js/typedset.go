package js

import "github.com/dop251/goja"

// openTypedSet mends the method set of typed arrays: goja's looks at the first
// element of a source of another type, also if it has none, and panics.
func (v *vm) openTypedSet() {
	proto := v.known.newBytes.Get("prototype").(*goja.Object).Prototype()
	set := function(proto.Get("set"))
	v.hidden(proto, "set", v.native("set", 1, func(fc goja.FunctionCall) goja.Value {
		if o, ok := fc.Argument(0).(*goja.Object); ok && v.isEmptyView(o) {
			fc.Arguments[0] = v.rt.NewArray() // with which it does all the rest
		}
		return set(fc)
	}))
}

// isEmptyView tells whether o is a typed array without elements, and not one that
// is detached.
func (v *vm) isEmptyView(o *goja.Object) bool {
	if t := o.ExportType(); !isView(t) || t == typeBuffer || o.Get("0") != nil {
		return false
	}
	var octets []byte
	return v.rt.ExportTo(o, &octets) == nil && len(octets) == 0 // detach leaves what there is
}
