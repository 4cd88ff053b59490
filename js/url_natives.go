package js

import "github.com/dop251/goja"

// urlNatives are what the classes URL and URLSearchParams are made of.
func (v *vm) urlNatives() natives {
	return natives{
		// parse returns the parts of a URL, or a string that says why it is none.
		"parse": func(fc goja.FunctionCall) goja.Value {
			var base *urlRecord
			if b := fc.Argument(1); !goja.IsUndefined(b) {
				var why string
				if base, why = parseURL(b.String(), nil); why != "" {
					return v.text("the base is not a URL: " + why)
				}
			}
			u, why := parseURL(fc.Argument(0).String(), base)
			if why != "" {
				return v.text(why)
			}
			return v.texts(u.parts())
		},
		// set returns the parts of a URL after an assignment.
		"set": func(fc goja.FunctionCall) goja.Value {
			u, why := parseURL(fc.Argument(0).String(), nil)
			if why != "" { // not of what parse or set has returned
				panic(v.rt.NewTypeError("Invalid URL: %s", why))
			}
			u.set(fc.Argument(1).String(), fc.Argument(2).String())
			return v.texts(u.parts())
		},
		"parseForm": func(fc goja.FunctionCall) goja.Value { return v.texts(parseForm(fc.Argument(0).String())) },
		"formatForm": func(fc goja.FunctionCall) goja.Value {
			items, err := v.items(fc.Argument(0).(*goja.Object))
			if err != nil {
				panic(v.rt.NewTypeError("URLSearchParams: there are too many of them"))
			}
			list := make([]string, len(items))
			for i, item := range items {
				list[i] = item.String()
			}
			return v.text(formatForm(list))
		},
		"wellFormed": v.wellFormedNative,
	}
}

// wellFormedNative replaces halves of surrogate pairs in a string.
func (v *vm) wellFormedNative(fc goja.FunctionCall) goja.Value {
	return v.text(fc.Argument(0).String())
}

// texts returns an array of strings.
func (v *vm) texts(list []string) goja.Value {
	values := make([]any, len(list))
	for i, s := range list {
		values[i] = v.text(s)
	}
	return v.rt.NewArray(values...)
}
