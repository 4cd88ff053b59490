package js

import "github.com/dop251/goja"

// Shorthands for making what scripts see. Only closures are handed to goja,
// never Go structs, which it would open up by reflection.

const (
	yes = goja.FLAG_TRUE
	no  = goja.FLAG_FALSE
)

// intrinsics are the parts of the language that the bindings rely on, taken
// before a script could put something else in their place.
type intrinsics struct {
	objectProto   *goja.Object
	functionProto *goja.Object
	errorProto    *goja.Object
	thrownProto   *goja.Object // of the errors that the bindings throw
	resultProto   *goja.Object // of what results() returns

	newError   *goja.Object
	newDate    *goja.Object
	newBytes   *goja.Object // Uint8Array
	newPromise *goja.Object

	ownNames callable     // Object.getOwnPropertyNames
	resolve  callable     // Promise.resolve
	then     callable     // Promise.prototype.then, as goja made it
	rethrow  *goja.Object // a function that throws what it is given
	settled  *goja.Object // a fulfilled promise

	apply     callable     // Function.prototype.apply
	collector *goja.Object // a function that stores its arguments in collected
	collected []goja.Value

	onFulfilled, onRejected *goja.Object // of the promise that a call returned

	doneShape  *goja.Object // what every done looks like
	setTimeout goja.Value
}

func (v *vm) openIntrinsics() {
	k := &v.known
	intrinsic := func(name string) *goja.Object { return v.rt.Get(name).(*goja.Object) }
	k.objectProto = v.rt.NewObject().Prototype()
	k.newError = intrinsic("Error")
	k.errorProto = k.newError.Get("prototype").(*goja.Object)
	k.thrownProto = v.rt.CreateObject(k.errorProto)
	k.resultProto = v.rt.CreateObject(k.objectProto)
	k.newDate = intrinsic("Date")
	k.newBytes = intrinsic("Uint8Array")
	k.newPromise = intrinsic("Promise")
	k.ownNames = function(intrinsic("Object").Get("getOwnPropertyNames"))
	v.openTypedSet()

	k.collector = v.native("", 0, func(fc goja.FunctionCall) goja.Value {
		k.collected = fc.Arguments
		return nil
	})
	k.functionProto = k.collector.Prototype()
	k.apply = function(k.collector.Get("apply"))
	k.doneShape = v.native("done", 0, noop)
	v.openPromises()
}

// openSymbols defines the symbols that goja lacks: what the bundler makes of
// async iteration and of using looks for them.
func (v *vm) openSymbols() {
	symbol := v.rt.Get("Symbol").(*goja.Object)
	for _, name := range []string{"asyncIterator", "dispose", "asyncDispose"} {
		if symbol.Get(name) == nil {
			must(symbol.DefineDataProperty(name, goja.NewSymbol("Symbol."+name), no, no, no))
		}
	}
}

// native returns a function for scripts, which returns undefined where fn
// returns nil. fn must not keep fc.Arguments.
func (v *vm) native(name string, length int, fn func(fc goja.FunctionCall) goja.Value) *goja.Object {
	o := v.rt.ToValue(func(fc goja.FunctionCall) goja.Value {
		if value := fn(fc); value != nil {
			return value
		}
		return goja.Undefined() // goja breaks on a nil where it calls fn directly
	}).(*goja.Object)
	// goja would show the name of the Go function.
	must(o.DefineDataProperty("name", v.rt.ToValue(name), no, yes, no))
	if length > 0 {
		must(o.DefineDataProperty("length", v.rt.ToValue(length), no, yes, no))
	}
	return o
}

// global defines a global function the way the language's own are.
func (v *vm) global(name string, length int, fn func(fc goja.FunctionCall) goja.Value) {
	v.hidden(v.rt.GlobalObject(), name, v.native(name, length, fn))
}

// lazy defines a property whose value is made when it is first read. Scripts
// may overwrite it like any other.
func (v *vm) lazy(o *goja.Object, name string, build func() goja.Value) {
	// One function is both the getter and the setter, which alone gets an
	// argument, and it has no name: most of these are never used, and each is made
	// for every worker.
	accessor := v.rt.ToValue(func(fc goja.FunctionCall) goja.Value {
		var value goja.Value
		if len(fc.Arguments) > 0 {
			value = fc.Arguments[0]
		} else {
			value = build()
		}
		v.hidden(o, name, value)
		return value
	}).(*goja.Object)
	must(accessor.Delete("name")) // which is that of the Go function
	must(o.DefineAccessorProperty(name, accessor, accessor, yes, no))
}

// once returns the object of that name, which build makes for the first caller.
func (v *vm) once(name string, build func() *goja.Object) *goja.Object {
	o := v.made[name]
	if o == nil {
		o = build()
		if v.made == nil {
			v.made = make(map[string]*goja.Object)
		}
		v.made[name] = o
	}
	return o
}

// method adds a function to an object.
func (v *vm) method(o *goja.Object, name string, length int, fn func(fc goja.FunctionCall) goja.Value) {
	v.hidden(o, name, v.native(name, length, fn))
}

// hidden sets a property that does not show up in enumerations.
func (v *vm) hidden(o *goja.Object, name string, value goja.Value) {
	must(o.DefineDataProperty(name, value, yes, yes, no))
}

// set sets a plain property of o. Unlike an assignment it never runs a setter
// that a script may have put on Object.prototype.
func (v *vm) set(o *goja.Object, name string, value goja.Value) {
	must(o.DefineDataProperty(name, value, yes, yes, yes))
}

// text returns a string for scripts. s must be UTF-8.
func (v *vm) text(s string) goja.Value { return v.rt.ToValue(s) }

// must is for what cannot fail: defining properties on objects that the
// bindings have just made.
func must(err error) {
	if err != nil {
		panic("js: a binding cannot be defined: " + err.Error())
	}
}

// isFunction tells whether a script can call value. Classes count as
// functions here, and fail when called, as in the language.
func isFunction(value goja.Value) bool {
	o, ok := value.(*goja.Object)
	if !ok {
		return false
	}
	switch o.ExportType() {
	case typeFunction, typeClass:
		return true
	case typeProxy:
		_, ok := goja.AssertFunction(o)
		return ok
	}
	return false
}

// function returns the Go side of a function, nil if isFunction says no.
func function(value goja.Value) callable {
	if !isFunction(value) {
		return nil
	}
	o := value.(*goja.Object)
	if fn, ok := o.Export().(func(goja.FunctionCall) goja.Value); ok {
		return fn
	}
	slow, _ := goja.AssertFunction(o)
	return func(fc goja.FunctionCall) goja.Value { // a proxy, a class
		value, err := slow(fc.This, fc.Arguments...)
		if err != nil {
			panic(err)
		}
		return value
	}
}
