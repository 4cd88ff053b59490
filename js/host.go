package js

import (
	"slices"
	"strings"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// makeHost makes the global host, with the functions of the parent. A name
// with dots is reached through objects: "db.get" is host.db.get.
func (v *vm) makeHost() goja.Value {
	names := v.cfg.HostFunctions
	if v.cfg.Tools != nil { // some are for the tools
		names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return strings.HasPrefix(name, "runner.") })
	}
	return v.hostObject("host", names)
}

// hostObject makes the object at path, with functions whose names start there.
func (v *vm) hostObject(path string, names []string) *goja.Object {
	h := &hostNames{v: v, path: path, members: make(map[string]goja.Value)}
	below := make(map[string][]string)
	for _, name := range names {
		first, rest, dotted := strings.Cut(name, ".")
		if dotted {
			below[first] = append(below[first], rest)
		} else {
			h.members[first] = v.hostFunction(strings.TrimPrefix(path+".", "host.") + first)
		}
	}
	for first, names := range below {
		inner := v.hostObject(path+"."+first, names)
		if fn, both := h.members[first].(*goja.Object); both {
			for _, name := range inner.Keys() {
				v.set(fn, name, inner.Get(name))
			}
			continue
		}
		h.members[first] = inner
	}
	for name := range h.members {
		h.names = append(h.names, name)
	}
	slices.Sort(h.names)
	return v.rt.NewDynamicObject(h)
}

// hostFunction makes the function that calls the parent's of that name.
func (v *vm) hostFunction(name string) *goja.Object {
	last := name[strings.LastIndexByte(name, '.')+1:]
	return v.native(last, 0, v.hostFunctionFor(name, "host."+name))
}

// hostFunctionFor is the Go side of it; shown is what errors call it.
func (v *vm) hostFunctionFor(name, shown string) callable {
	return func(fc goja.FunctionCall) goja.Value {
		x := exporter{v: v, binary: true}
		args := make([]any, len(fc.Arguments))
		for i, value := range fc.Arguments {
			arg, err := x.export(value)
			if err != nil {
				fault := v.refused(err, "argument", i)
				fault.Message = shown + ": " + fault.Message
				v.throw(fault)
			}
			args[i] = owned(arg)
		}
		return v.hostPromise(name, args, func(results []any) goja.Value {
			switch len(results) {
			case 0:
				return goja.Undefined()
			case 1:
				return v.toJS(results[0])
			}
			return v.toJS(results)
		}, nil)
	}
}

// hostPromise makes a host call of the running call, and returns a promise for
// what outcome makes of its results. explain, if not nil, words the Error that
// it is rejected with otherwise.
func (v *vm) hostPromise(name string, args []any, outcome func(results []any) goja.Value,
	explain func(o *goja.Object, err *engine.Error)) goja.Value {
	if explain == nil {
		explain = v.fill
	}
	promise, s := v.promise()
	v.services.HostCall(s.call, name, args, func(results []any, err error) {
		v.services.Post(s.call, func() {
			s.settle(func() goja.Value {
				if err != nil {
					explain(s.failure, asError(err))
					panic(s.failure)
				}
				return outcome(results)
			})
		})
	})
	return promise
}

// hostWait is a host call for which the script, and all others of this VM,
// wait.
func (v *vm) hostWait(name string, args []any) ([]any, *engine.Error) {
	type reply struct {
		results []any
		err     error
	}
	var got *reply
	c := v.ctx.call
	err := v.services.Wait(c, func(wake func()) {
		answer := new(reply)
		got = answer
		v.services.HostCall(c, name, args, func(results []any, err error) {
			*answer = reply{results: results, err: err}
			wake()
		})
	})
	if err != nil {
		v.abort(err)
	}
	if got.err != nil {
		return nil, asError(got.err)
	}
	return got.results, nil
}

// owned is an exported value with octets of its own: a host call may be under
// way while the script changes them.
func owned(x any) any {
	switch x := x.(type) {
	case []byte:
		return slices.Clone(x)
	case []any:
		for i := range x {
			x[i] = owned(x[i])
		}
	case map[string]any:
		for key := range x {
			x[key] = owned(x[key])
		}
	}
	return x
}

// hostNames is the object host, or one in it: reading a name that is not there
// throws an error that says which there are.
type hostNames struct {
	v       *vm
	path    string
	members map[string]goja.Value
	names   []string // of members, sorted
}

func (h *hostNames) Get(name string) goja.Value {
	if member, found := h.members[name]; found {
		return member
	}
	if probed[name] || h.v.known.objectProto.Get(name) != nil {
		return nil
	}
	if len(h.names) == 0 {
		panic(h.v.rt.NewTypeError("%s.%s is not a function of the parent, which offers none", h.path, name))
	}
	panic(h.v.rt.NewTypeError("%s.%s is not a function of the parent; there are: %s%s",
		h.path, name, strings.Join(h.names, ", "), engine.DidYouMean(name, h.names)))
}

// probed are the names that the language or its libraries look for in any
// object.
var probed = map[string]bool{"then": true, "toJSON": true, "inspect": true, "nodeType": true}

func (h *hostNames) Set(string, goja.Value) bool { return false }
func (h *hostNames) Has(name string) bool        { return h.members[name] != nil }
func (h *hostNames) Delete(string) bool          { return false }
func (h *hostNames) Keys() []string              { return h.names }
