package js

import (
	"fmt"
	"reflect"
	"sync"
	"unsafe"

	"github.com/dop251/goja"
)

// internals reaches four things inside goja that its API does not offer.
//
// The first is a repair. When an interrupt or a stack overflow passes through
// an async function or a generator, goja leaves frames behind on its stacks.
// It then believes to be inside a script for ever after: it never tidies up
// again, and the room for recursion shrinks with every time.
//
// The second is the queue of microtasks, which goja throws away as a whole if
// one of them is stopped; in it may be the only thing that another call waits
// for. See vm.drain.
//
// The third is that an ArrayBuffer is detached, without its memory being let go;
// see detach.
//
// The fourth is the memory of goja's stack, which it lets go of whenever a script is left,
// to take it anew bit by bit: a good part of what a short call costs. See vm.lendStack.
//
// All depend on the layout of goja's structs, which go.mod pins. It is
// checked when a VM is made, so that an upgrade fails at once and loudly.
type internals struct {
	rt    *goja.Runtime
	jobs  *[]func()
	stack *[]goja.Value
}

// stacks are the fields of goja's vm that hold what is being run.
var stacks = []string{
	"prg", "pc", "stack", "sp", "args", "privEnv", "callStack", "iterStack", "refStack",
	"tryStack", "newTarget", "result", "curAsyncRunner",
}

// layoutError is nil if goja's structs look as internals expects.
var layoutError = sync.OnceValue(func() error { return checkLayout(reflect.TypeFor[goja.Runtime]()) })

func checkLayout(runtime reflect.Type) error {
	check := func(in reflect.Type, name string, ok func(reflect.Type) bool) (reflect.Type, error) {
		field, found := in.FieldByName(name)
		if !found || !ok(field.Type) {
			return nil, fmt.Errorf("js: this version of goja has another %s.%s than package js knows", in, name)
		}
		return field.Type, nil
	}
	structure := func(t reflect.Type) bool { return t.Kind() == reflect.Struct }
	pointer := func(t reflect.Type) bool { return t.Kind() == reflect.Pointer && structure(t.Elem()) }

	if _, err := check(runtime, "jobQueue", func(t reflect.Type) bool { return t == reflect.TypeFor[[]func()]() }); err != nil {
		return err
	}
	global, err := check(runtime, "global", structure)
	if err != nil {
		return err
	}
	stash, err := check(global, "stash", structure)
	if err != nil {
		return err
	}
	vm, err := check(runtime, "vm", pointer)
	if err != nil {
		return err
	}
	if _, err := check(vm.Elem(), "stash", func(t reflect.Type) bool { return t == reflect.PointerTo(stash) }); err != nil {
		return err
	}
	if _, err := check(vm.Elem(), "sb", func(t reflect.Type) bool { return t.Kind() == reflect.Int }); err != nil {
		return err
	}
	if _, err := check(vm.Elem(), "stack", func(t reflect.Type) bool {
		return t.Kind() == reflect.Slice && t.Elem() == reflect.TypeFor[goja.Value]()
	}); err != nil {
		return err
	}
	for _, name := range stacks {
		if _, err := check(vm.Elem(), name, func(reflect.Type) bool { return true }); err != nil {
			return err
		}
	}
	buffer, err := check(reflect.TypeFor[goja.ArrayBuffer](), "buf", pointer)
	if err != nil {
		return err
	}
	if _, err = check(buffer.Elem(), "detached", func(t reflect.Type) bool { return t.Kind() == reflect.Bool }); err != nil {
		return err
	}
	_, err = check(reflect.TypeFor[goja.Program](), "srcMap", func(t reflect.Type) bool {
		return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && t.Elem().NumField() == 2 &&
			t.Elem().Field(0).Name == "pc" && t.Elem().Field(0).Type.Kind() == reflect.Int &&
			t.Elem().Field(1).Name == "srcPos" && t.Elem().Field(1).Type.Kind() == reflect.Int
	})
	return err
}

// detach detaches b, and leaves it its memory. goja's own Detach takes that away,
// while some of the language's functions (map, from and of of typed arrays) go on
// writing to where it would have been when a callback of theirs has detached what
// they fill: to any address that a script likes. What they write so is lost, and
// all that looks whether a buffer is detached sees that it is.
func detach(b goja.ArrayBuffer) {
	buffer := reflect.ValueOf(b).FieldByName("buf").Elem()
	*(*bool)(unsafe.Pointer(buffer.FieldByName("detached").UnsafeAddr())) = true
}

// open fails if this version of goja is not known.
func (in *internals) open(rt *goja.Runtime) error {
	if err := layoutError(); err != nil {
		return err
	}
	in.rt = rt
	jobs := reflect.ValueOf(rt).Elem().FieldByName("jobQueue")
	in.jobs = (*[]func())(unsafe.Pointer(jobs.UnsafeAddr()))
	stack := reflect.ValueOf(rt).Elem().FieldByName("vm").Elem().FieldByName("stack")
	in.stack = (*[]goja.Value)(unsafe.Pointer(stack.UnsafeAddr()))
	return nil
}

// repair puts goja's stacks to what they are when nothing runs. It must be
// called only then.
func (in *internals) repair() {
	runtime := reflect.ValueOf(in.rt).Elem()
	vm := reflect.NewAt(runtime.FieldByName("vm").Type().Elem(), runtime.FieldByName("vm").UnsafePointer()).Elem()
	field := func(name string) reflect.Value {
		f := vm.FieldByName(name)
		return reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
	}
	for _, name := range stacks {
		field(name).SetZero()
	}
	field("sb").SetInt(-1)
	stash := runtime.FieldByName("global").FieldByName("stash")
	field("stash").Set(reflect.NewAt(stash.Type(), unsafe.Pointer(stash.UnsafeAddr())))
	*in.jobs = nil
}
