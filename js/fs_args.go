package js

import (
	"github.com/dop251/goja"
)

// Reading the arguments of the functions in fs, as Node reads them.

// wrongType throws the TypeError for an argument of the wrong type.
func (v *vm) wrongType(what, want string, got goja.Value) {
	o := v.rt.NewTypeError("The %s must be %s. Received %s", what, want, v.inspect(got))
	v.set(o, "code", v.text("ERR_INVALID_ARG_TYPE"))
	panic(o)
}

func (v *vm) pathArgument(name string, value goja.Value) string {
	s, ok := value.(goja.String)
	if !ok {
		v.wrongType(quoteArgument(name), "of type string", value)
	}
	return s.String()
}

func quoteArgument(name string) string { return `"` + name + `" argument` }

// fileOptions are the options that the functions in fs take.
type fileOptions struct {
	encoding      charset // noCharset for octets
	flag          string
	mode          int64
	recursive     bool
	force         bool
	withFileTypes bool
	noThrow       bool // throwIfNoEntry: false
}

// options reads an options argument: an object, or the encoding alone. The
// fields of defaults are kept where it says nothing.
func (v *vm) options(value goja.Value, defaults fileOptions) fileOptions {
	o := defaults
	switch value := value.(type) {
	case goja.String:
		o.encoding = v.encoding(value)
		return o
	case *goja.Object:
		if encoding := value.Get("encoding"); present(encoding) {
			o.encoding = v.encoding(encoding)
		}
		if flag := value.Get("flag"); present(flag) {
			o.flag = v.display(flag)
		}
		if mode := value.Get("mode"); present(mode) {
			o.mode = v.mode(mode)
		}
		o.recursive = truthy(value.Get("recursive"))
		o.force = truthy(value.Get("force"))
		o.withFileTypes = truthy(value.Get("withFileTypes"))
		if entry := value.Get("throwIfNoEntry"); entry != nil && !goja.IsUndefined(entry) {
			o.noThrow = !entry.ToBoolean()
		}
		return o
	}
	if present(value) {
		v.wrongType(quoteArgument("options"), "of type string or an object", value)
	}
	return o
}

func present(value goja.Value) bool {
	return value != nil && !goja.IsUndefined(value) && !goja.IsNull(value)
}

func truthy(value goja.Value) bool { return value != nil && value.ToBoolean() }

// mode is a file's permission bits: a number, or a string in octal.
func (v *vm) mode(value goja.Value) int64 {
	if s, ok := value.(goja.String); ok {
		var mode int64
		for _, digit := range s.String() {
			if digit < '0' || digit > '7' || mode > 0o7777 {
				v.wrongType(quoteArgument("mode"), "a number or a string of octal digits", value)
			}
			mode = mode<<3 | int64(digit-'0')
		}
		return mode
	}
	if !goja.IsNumber(value) {
		v.wrongType(quoteArgument("mode"), "a number or a string of octal digits", value)
	}
	return value.ToInteger()
}

// encoding checks the name of a text encoding: noCharset stands for octets.
func (v *vm) encoding(value goja.Value) charset {
	name := v.display(value)
	if name == "buffer" {
		return noCharset
	}
	if c := charsetNamed(name); c != noCharset {
		return c
	}
	o := v.rt.NewTypeError("The encoding %s is not supported: there are utf8, utf16le, latin1, ascii, hex, base64 and base64url", v.inspect(value))
	v.set(o, "code", v.text("ERR_INVALID_ARG_VALUE"))
	panic(o)
}

// contents returns octets as text, or as a Buffer.
func (v *vm) contents(b []byte, encoding charset) goja.Value {
	if encoding == noCharset {
		return v.newBuffer(b)
	}
	return v.textFrom(encoding, b)
}

// data returns what a script wants written, as octets that it cannot change.
func (v *vm) data(value goja.Value, encoding charset) []byte {
	switch value := value.(type) {
	case goja.String:
		return encoding.encode(value)
	case *goja.Object:
		if isOctets(value) {
			return owned(v.octets(value)).([]byte)
		}
	}
	v.wrongType(quoteArgument("data"), "of type string or an instance of Uint8Array or ArrayBuffer", value)
	return nil
}
