package js

import (
	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// makeDone returns the function done for a call. Every call needs one and few
// need its members, so it is a proxy that makes them when they are read: that
// costs half of a function with as many properties.
func (s *call) makeDone() goja.Value {
	return s.vm.rt.ToValue(s.vm.rt.NewProxy(s.vm.known.doneShape, &goja.ProxyTrapConfig{
		Apply: func(_ *goja.Object, _ goja.Value, args []goja.Value) goja.Value {
			s.done(args)
			return goja.Undefined()
		},
		Get: func(shape *goja.Object, name string, _ goja.Value) goja.Value {
			if member := s.member(name); member != nil {
				return member
			}
			return shape.Get(name)
		},
		// The shape is the same for all calls: nothing of one call may stay there.
		Set:            func(*goja.Object, string, goja.Value, goja.Value) bool { return false },
		DefineProperty: func(*goja.Object, string, goja.PropertyDescriptor) bool { return false },
	}))
}

// done answers the call. Whatever is wrong is thrown, and the call is as
// before.
func (s *call) done(results []goja.Value) {
	v := s.vm
	if s.cancelled {
		return
	}
	if s.answered {
		v.throw(&engine.Error{Kind: engine.KindScript, Message: "done: the call has been answered already"})
	}
	frame, fault := v.freeze("result", results)
	if fault != nil {
		v.throw(fault)
	}
	switch err := v.services.Answer(s.of, frame); err {
	case nil:
		s.answered = true
	case engine.ErrAnswered:
		v.throw(&engine.Error{Kind: engine.KindScript, Message: "done: the call has been answered already"})
	default:
		v.throw(asError(err))
	}
}

// member returns a member of done, nil if it has none of that name.
func (s *call) member(name string) goja.Value {
	if member, made := s.members[name]; made {
		return member
	}
	var member goja.Value
	switch name {
	case "fail":
		member = s.vm.native(name, 1, s.doneFail)
	case "event":
		member = s.vm.native(name, 0, s.doneEvent)
	case "cancelled":
		member = s.vm.native(name, 0, func(goja.FunctionCall) goja.Value {
			return s.vm.rt.ToValue(s.isCancelled())
		})
	case "signal":
		member = s.makeSignal()
	case "toString": // which String(done), done + 1 and the like come to
		member = s.vm.native(name, 0, func(goja.FunctionCall) goja.Value {
			panic(s.vm.rt.NewTypeError("done cannot be made into text or a number" + engine.WrittenForSync))
		})
	default:
		return nil
	}
	if s.members == nil {
		s.members = make(map[string]goja.Value)
	}
	s.members[name] = member
	return member
}

func (s *call) doneFail(fc goja.FunctionCall) goja.Value {
	v := s.vm
	if s.cancelled {
		return nil
	}
	if s.answered {
		v.throw(&engine.Error{Kind: engine.KindScript, Message: "done.fail: the call has been answered already"})
	}
	var stack []goja.StackFrame
	reason := fc.Argument(0)
	if len(fc.Arguments) == 0 {
		reason = v.newError("done.fail was called without a reason")
	} else if !v.isError(reason) {
		stack = v.rt.CaptureCallStack(0, nil)
	}
	v.fail(s.of, v.thrown(reason, stack))
	return nil
}

func (s *call) doneEvent(fc goja.FunctionCall) goja.Value {
	if s.cancelled {
		return nil
	}
	s.vm.sendEvent(s.of, fc.Arguments)
	return nil
}

func (s *call) isCancelled() bool {
	return s.cancelled || s.vm.services.Cancelled(s.of)
}
