package js

import (
	"maps"
	"slices"

	"github.com/dop251/goja"
)

// makeProcess makes process: the environment, and what packages call without
// asking. It says nothing of a version of Node, which this is not.
func (v *vm) makeProcess() *goja.Object {
	process := v.rt.NewObject()
	v.set(process, "env", v.rt.NewDynamicObject(&environment{v: v, known: make(map[string]goja.Value), own: make(map[string]bool)}))
	v.method(process, "cwd", 0, v.cwdNative)
	v.method(process, "nextTick", 1, func(fc goja.FunctionCall) goja.Value {
		fn, args := v.callback("process.nextTick", fc.Argument(0)), slices.Clone(fc.Arguments[1:])
		later := v.native("", 0, func(goja.FunctionCall) goja.Value {
			return fn(goja.FunctionCall{This: goja.Undefined(), Arguments: args})
		})
		return v.queueMicrotask(goja.FunctionCall{Arguments: []goja.Value{later}})
	})
	v.set(process, "argv", v.rt.NewArray())
	return process
}

// maxKnown bounds the variables that an environment remembers.
const maxKnown = 1024

// An environment is process.env: the parent's variables, as far as they are
// granted, under those that the script has set or deleted for itself. A variable
// is asked for once: programs look at the same few again and again.
type environment struct {
	v *vm
	// known are the variables that were looked at or set; nil is one that there
	// is not.
	known map[string]goja.Value
	own   map[string]bool // those of known that the script set or deleted
}

func (e *environment) Get(name string) goja.Value {
	if value, found := e.known[name]; found {
		return value
	}
	if probed[name] || e.v.known.objectProto.Get(name) != nil {
		return nil
	}
	value := e.ask(name)
	if len(e.known) < maxKnown {
		e.known[name] = value
	}
	return value
}

// ask returns the parent's value, nil if there is none.
func (e *environment) ask(name string) goja.Value {
	switch value := first(e.call("runner.env.get", validText(name))).(type) {
	case string:
		return e.v.text(value)
	case []byte:
		return e.v.text(validText(string(value)))
	}
	return nil
}

// call is a host call that can only fail together with the script's own call, or
// for want of room.
func (e *environment) call(name string, args ...any) []any {
	results, err := e.v.hostWait(name, args)
	if err != nil {
		o := e.v.newError("")
		e.v.fill(o, err)
		panic(o)
	}
	return results
}

// Set is for this script only. All values are strings, as in Node.
func (e *environment) Set(name string, value goja.Value) bool {
	e.keep(name, e.v.text(validText(value.String())))
	return true
}

func (e *environment) Has(name string) bool { return e.Get(name) != nil }

func (e *environment) Delete(name string) bool {
	e.keep(name, nil)
	return true
}

func (e *environment) keep(name string, value goja.Value) {
	e.known[name], e.own[name] = value, true
}

func (e *environment) Keys() []string {
	var keys []string
	list, _ := first(e.call("runner.env.list")).([]any)
	for _, item := range list {
		if name := validText(string(octetsOf(item))); !e.own[name] {
			keys = append(keys, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.own)) {
		if e.known[name] != nil {
			keys = append(keys, name)
		}
	}
	return keys
}
