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
		proto := v.rt.Get(class).(*goja.Object).Get("prototype").(*goja.Object)
		toString := function(proto.Get("toString"))
		v.method(proto, "toLocaleString", 0, func(fc goja.FunctionCall) goja.Value {
			return toString(goja.FunctionCall{This: fc.This})
		})
	}
}
