package js

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/dop251/goja"
)

// A regExpOpening is the set-up of RegExp, in scripts that have use for it.
type regExpOpening struct {
	syntaxError *goja.Object
	construct   func([]goja.Value, *goja.Object) *goja.Object // goja's
}

// openRegExp has RegExp know \p{…} and \P{…}, which goja takes for a p. It is for
// scripts that have the word, or a literal with a property. The function and its
// prototype stay what they are; only what goja does in them is another.
func (v *vm) openRegExp() {
	if v.regExp != nil {
		return
	}
	constructor := v.rt.Get("RegExp").(*goja.Object)
	code := codeOf(constructor)
	construct := *code.construct
	v.regExp = &regExpOpening{syntaxError: v.rt.Get("SyntaxError").(*goja.Object), construct: construct}

	withProperties := func(args []goja.Value, newTarget *goja.Object) *goja.Object {
		args, source := v.patternArguments(args)
		o := construct(args, newTarget)
		if source != nil {
			*sourceOf(o) = source
		}
		return o
	}
	*code.construct = withProperties
	*code.call = func(fc goja.FunctionCall) goja.Value {
		pattern := fc.Argument(0)
		if likeRegExp(pattern) && goja.IsUndefined(fc.Argument(1)) &&
			pattern.(*goja.Object).Get("constructor") == goja.Value(constructor) {
			return pattern
		}
		return withProperties(fc.Arguments, nil)
	}

	code = codeOf(constructor.Get("prototype").(*goja.Object).Get("compile").(*goja.Object))
	compile := *code.call
	*code.call = func(fc goja.FunctionCall) goja.Value {
		if isRegExp(fc.Argument(0)) || !isRegExp(fc.This) {
			return compile(fc) // which copies, or fails
		}
		args, source := v.patternArguments(fc.Arguments)
		this := compile(goja.FunctionCall{This: fc.This, Arguments: args})
		if source != nil {
			*sourceOf(this.(*goja.Object)) = source
		}
		return this
	}
}

// patternArguments returns the arguments of RegExp with \p{…} written as goja
// knows it. Then the source is what it has been; else it is nil.
func (v *vm) patternArguments(args []goja.Value) ([]goja.Value, goja.String) {
	given := goja.FunctionCall{Arguments: args}
	pattern, flags := given.Argument(0), given.Argument(1)
	var source goja.String
	o, isObject := pattern.(*goja.Object)
	switch {
	case goja.IsUndefined(pattern):
		return args, nil
	case isObject && likeRegExp(o) && isRegExp(o):
		if goja.IsUndefined(flags) {
			return args, nil // goja copies it
		}
		source = *sourceOf(o)
	case isObject && likeRegExp(o):
		source = v.asString(orUndefined(o.Get("source")))
		if goja.IsUndefined(flags) {
			flags = orUndefined(o.Get("flags"))
		}
	default:
		source = v.asString(pattern)
	}
	if !hasProperty(source.String()) && (!isObject || isRegExp(o)) {
		return args, nil
	}
	letters := ""
	if !goja.IsUndefined(flags) {
		letters = v.asString(flags).String()
	}
	text := patternText(source)
	if !strings.Contains(letters, "u") || !hasProperty(text) {
		return []goja.Value{source, v.rt.ToValue(letters)}, nil
	}
	plain, fault := expandPattern(text, standIn)
	if fault == nil {
		// What is wrong with the rest is found without showing ranges.
		v.regExp.construct([]goja.Value{v.rt.ToValue(plain), v.rt.ToValue(letters)}, nil)
		text, fault = v.expandPattern(text)
	}
	if fault != nil {
		panic(v.construct(v.regExp.syntaxError, v.text(validText(wrongPattern(source.String(), letters, fault).what))))
	}
	return []goja.Value{v.rt.ToValue(text), v.rt.ToValue(letters)}, source
}

// expandPattern is [expandPattern] with Unicode's sets, which it keeps.
func (v *vm) expandPattern(source string) (string, *propertyError) {
	return expandPattern(source, func(name string) (codeSet, *propertyError) {
		if set, ok := v.codeSets[name]; ok {
			return set, nil
		}
		set, fault := unicodeProperty(name)
		if fault == nil {
			if v.codeSets == nil {
				v.codeSets = make(map[string]codeSet)
			}
			v.codeSets[name] = set
		}
		return set, fault
	})
}

// patternText returns a source as Go has text: the halves of a pair that are
// alone are written as escapes.
func patternText(source goja.String) string {
	text := source.String()
	if !strings.Contains(text, "\uFFFD") {
		return text
	}
	var b strings.Builder
	for i := 0; i < source.Length(); i++ {
		r := rune(source.CharAt(i))
		if utf16.IsSurrogate(r) {
			pair := rune(0xFFFD)
			if i+1 < source.Length() {
				pair = utf16.DecodeRune(r, rune(source.CharAt(i+1)))
			}
			if pair == 0xFFFD {
				fmt.Fprintf(&b, `\u%04x`, r)
				continue
			}
			r = pair
			i++
		}
		b.WriteRune(r)
	}
	return b.String()
}

// likeRegExp tells whether the language takes value for a regular expression.
func likeRegExp(value goja.Value) bool {
	o, ok := value.(*goja.Object)
	if !ok {
		return false
	}
	if match := o.GetSymbol(goja.SymMatch); match != nil && !goja.IsUndefined(match) {
		return match.ToBoolean()
	}
	return isRegExp(value)
}

// asString returns what the language makes a string of. It throws for a symbol.
func (v *vm) asString(value goja.Value) goja.String {
	value = value.ToString() // which makes a primitive value of it
	switch value := value.(type) {
	case goja.String:
		return value
	case *goja.Symbol:
		panic(v.rt.NewTypeError("Cannot convert a Symbol value to a string"))
	}
	return v.rt.ToValue(value.String()).(goja.String)
}

// orUndefined is for what an object may lack.
func orUndefined(value goja.Value) goja.Value {
	if value == nil {
		return goja.Undefined()
	}
	return value
}
