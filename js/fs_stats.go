package js

import (
	"github.com/dop251/goja"
)

// fileTypes are the types of files that the parent tells apart, with the bits
// that stand for them in a file's mode.
var fileTypes = map[string]int64{
	"file": 0o100000, "directory": 0o040000, "link": 0o120000,
	"fifo": 0o010000, "socket": 0o140000, "device": 0o020000,
}

const typeBits = 0o170000

// typeTests are the methods by which scripts ask for the type of a file.
var typeTests = map[string]string{
	"isFile": "file", "isDirectory": "directory", "isSymbolicLink": "link",
	"isFIFO": "fifo", "isSocket": "socket", "isCharacterDevice": "device", "isBlockDevice": "",
}

// stats makes the object that stat returns.
func (v *vm) stats(fields map[string]any) goja.Value {
	o := v.rt.CreateObject(v.once("Stats", v.makeStats))
	number := func(name string, n float64) { v.set(o, name, v.rt.ToValue(n)) }
	for _, name := range []string{"dev", "ino", "nlink", "uid", "gid", "size", "blocks", "blksize"} {
		number(name, numberOf(fields[name]))
	}
	number("rdev", 0)
	number("mode", numberOf(fields["mode"])+float64(fileTypes[stringOf(fields["type"])]))
	for _, name := range []string{"atime", "mtime", "ctime"} {
		number(name+"Ms", numberOf(fields[name])*1000)
	}
	number("birthtimeMs", numberOf(fields["ctime"])*1000)
	return o
}

// makeStats makes the prototype of what stats makes.
func (v *vm) makeStats() *goja.Object {
	proto := v.rt.NewObject()
	for method, kind := range typeTests {
		bits, known := fileTypes[kind]
		v.method(proto, method, 0, func(fc goja.FunctionCall) goja.Value {
			mode := fc.This.ToObject(v.rt).Get("mode")
			return v.rt.ToValue(known && mode != nil && mode.ToInteger()&typeBits == bits)
		})
	}
	for _, name := range []string{"atime", "mtime", "ctime", "birthtime"} {
		getter := v.native(name, 0, func(fc goja.FunctionCall) goja.Value {
			ms := fc.This.ToObject(v.rt).Get(name + "Ms")
			if ms == nil {
				return goja.Undefined()
			}
			return v.construct(v.known.newDate, ms)
		})
		must(proto.DefineAccessorProperty(name, getter, nil, yes, yes))
	}
	return proto
}

// dirent makes an entry of what readdir returns with the option withFileTypes.
func (v *vm) dirent(folder string, name goja.Value, kind string) goja.Value {
	o := v.rt.CreateObject(v.once("Dirent", v.makeDirent))
	v.set(o, "name", name)
	v.set(o, "parentPath", v.text(folder))
	v.hidden(o, "type", v.text(kind))
	return o
}

// makeDirent makes the prototype of what dirent makes.
func (v *vm) makeDirent() *goja.Object {
	proto := v.rt.NewObject()
	for method, want := range typeTests {
		v.method(proto, method, 0, func(fc goja.FunctionCall) goja.Value {
			got, _ := fc.This.ToObject(v.rt).Get("type").(goja.String)
			return v.rt.ToValue(want != "" && got != nil && got.String() == want)
		})
	}
	return proto
}
