package js

import "github.com/dop251/goja"

// openLocales has toLocaleString take a locale: goja's is toString, which takes
// it for a radix. There are no locales, so that it says what toString does. It is
// for scripts that have the word: goja makes much for the sake of BigInt.
func (v *vm) openLocales() {
	if v.localesOpen {
		return
	}
	v.localesOpen = true
	for _, class := range []string{"Number", "BigInt"} {
		var proto *goja.Object
		var original goja.Value
		_ = v.guard(func() { // a script may have changed all of it
			if o, _ := v.rt.Get(class).(*goja.Object); o != nil {
				if proto, _ = o.Get("prototype").(*goja.Object); proto != nil {
					original = proto.Get("toString")
				}
			}
		})
		if !isFunction(original) {
			continue
		}
		toString := function(original)
		_ = proto.DefineDataProperty("toLocaleString", v.native("toLocaleString", 0, func(fc goja.FunctionCall) goja.Value {
			return toString(goja.FunctionCall{This: fc.This})
		}), yes, yes, no) // which a frozen one refuses
	}
}
