package js

import (
	"reflect"
	"sort"
	"strings"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/file"
)

// A compiled script is a program for its top level and one for each function and
// class in it. Each knows of some of its instructions from which place of the text
// they are: those that can throw. goja offers none of that, so this file looks
// inside, as internals.go does.

// A place says that instructions from pc on, up to those of the next place, are from
// what begins at an offset of the text.
type place struct{ pc, offset int }

// placesOf returns where a program has its places, in the order of pc.
func placesOf(p *goja.Program) *[]place {
	field := reflect.ValueOf(p).Elem().FieldByName("srcMap")
	return (*[]place)(unsafe.Pointer(field.UnsafeAddr()))
}

// fileOf returns the file that a program is from.
func fileOf(p *goja.Program) *file.File {
	return *fieldOf[*file.File](reflect.ValueOf(p).Elem(), "src")
}

// codeOfProgram returns the instructions of a program.
func codeOfProgram(p *goja.Program) reflect.Value {
	return reflect.ValueOf(p).Elem().FieldByName("code")
}

// levelOf returns what a level of a stack is in, nil for a native function, and its
// next instruction.
func levelOf(f *goja.StackFrame) (p *goja.Program, pc int) {
	in := reflect.ValueOf(f).Elem()
	return *fieldOf[*goja.Program](in, "prg"), *fieldOf[int](in, "pc")
}

// offsetAt returns the offset that an instruction is from. Those before the first place are
// from where that is: it is the same function.
func offsetAt(places []place, pc int) (offset int, ok bool) {
	if len(places) == 0 {
		return 0, false
	}
	i := sort.Search(len(places), func(i int) bool { return places[i].pc > pc }) - 1
	return places[max(i, 0)].offset, true
}

// eachProgram visits a program and those in it, always in the same order.
func eachProgram(root *goja.Program, visit func(*goja.Program)) {
	visit(root)
	code := codeOfProgram(root)
	for i := range code.Len() {
		if instruction := code.Index(i).Elem(); instruction.Kind() == reflect.Pointer {
			programsIn(instruction.Elem(), visit)
		}
	}
}

func programsIn(part reflect.Value, visit func(*goja.Program)) {
	switch part.Kind() {
	case reflect.Pointer:
		if part.Type() == reflect.TypeFor[*goja.Program]() && !part.IsNil() {
			eachProgram((*goja.Program)(part.UnsafePointer()), visit)
		}
	case reflect.Struct:
		for i := range part.NumField() {
			programsIn(part.Field(i), visit)
		}
	}
}

// unshift has the places in the first line of a script not count what was put before
// its text there, this many octets. All other lines are as they are.
func unshift(root *goja.Program, before int) {
	text := fileOf(root).Source()
	line, _, _ := strings.Cut(text, "\n")
	if before == 0 || before > len(line) || isIdle(line[before:]) {
		return
	}
	eachProgram(root, func(p *goja.Program) {
		places := *placesOf(p)
		for i := range places {
			if at := &places[i].offset; *at >= before && *at <= len(line) {
				*at -= before
			}
		}
	})
}

// isIdle tells whether nothing can happen in a line, as in many a first one.
func isIdle(line string) bool {
	line = strings.TrimSpace(line)
	switch strings.TrimSuffix(line, ";") {
	case "", `"use strict"`, `'use strict'`:
		return true
	}
	return strings.HasPrefix(line, "//") || strings.HasPrefix(line, "/*") && !strings.Contains(line, "*/")
}
