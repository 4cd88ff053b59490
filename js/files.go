package js

import (
	"runtime"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// How much a read of a passed file returns at most: unless the script says, and
// whatever it says.
const (
	readDefault = 64 << 10
	readMax     = 1 << 20
)

// makeFiles makes the global files: what the parent passes.
func (v *vm) makeFiles() goja.Value {
	o := v.rt.NewObject()
	v.method(o, "receive", 0, v.filesReceive)
	return o
}

// filesReceive returns a promise for the next file that the parent passes.
func (v *vm) filesReceive(goja.FunctionCall) goja.Value {
	promise, s := v.promise()
	v.services.HostCall(s.call, "runner.files.receive", nil, func(results []any, err error) {
		v.services.Post(s.call, func() { v.received(s, results, err) })
	})
	return promise
}

// received settles the promise of a receive. A call that has been cancelled, or
// is stopped just now, leaves the file for whoever receives next.
func (v *vm) received(s *settler, results []any, err error) {
	handle, ok := first(results).(int64)
	taken := false
	s.settle(func() goja.Value {
		if err == nil && v.services.Cancelled(s.call) {
			err = &engine.Error{Kind: engine.KindCancelled, Message: "the call was cancelled"}
		}
		if err != nil {
			v.fill(s.failure, asError(err))
			panic(s.failure)
		}
		taken = true
		return v.newPassedFile(handle)
	})
	if ok && !taken {
		v.services.HostCall(nil, "runner.files.putback", []any{handle}, func([]any, error) {})
	}
}

// A passedFile is what the script's object stands for.
type passedFile struct {
	handle  int64
	closed  bool
	dropped runtime.Cleanup // closes the handle of a file that nobody closed
}

// newPassedFile returns the object of a file that was passed.
func (v *vm) newPassedFile(handle int64) *goja.Object {
	f := &passedFile{handle: handle}
	f.dropped = runtime.AddCleanup(f, v.closeDropped, handle)
	o := v.rt.NewObject()
	must(o.DefineDataPropertySymbol(goja.SymToStringTag, v.text("PassedFile"), no, yes, no))
	for name, prepare := range map[string]fileFunction{
		"read":  f.read,
		"write": f.write,
	} {
		v.method(o, name, 1, func(fc goja.FunctionCall) goja.Value { return v.filePromise(prepare, fc) })
	}
	v.method(o, "close", 0, func(fc goja.FunctionCall) goja.Value {
		if f.closed { // as in Node
			return v.known.resolve(goja.FunctionCall{This: v.known.newPromise})
		}
		return v.filePromise(f.close, fc)
	})
	return o
}

// closeDropped closes the handle of a file that has become garbage.
func (v *vm) closeDropped(handle int64) {
	v.services.Post(nil, func() {
		v.services.HostCall(nil, "runner.fs.close", []any{handle}, func([]any, error) {})
	})
}

func (f *passedFile) read(v *vm, fc goja.FunctionCall) fileCall {
	n := int64(readDefault)
	if size := fc.Argument(0); !goja.IsUndefined(size) {
		if !goja.IsNumber(size) {
			v.wrongType(quoteArgument("size"), "of type number", size)
		}
		if n = size.ToInteger(); n < 1 {
			o := v.rt.NewTypeError("The %s must be at least 1. Received %s", quoteArgument("size"), v.inspect(size))
			v.set(o, "code", v.text("ERR_OUT_OF_RANGE"))
			panic(o)
		}
	}
	return fileCall{
		host: "runner.fs.read", args: []any{f.handle, min(n, readMax)}, syscall: "read", open: true,
		result: func(results []any) goja.Value { return v.bytes(octetsOf(first(results))) },
	}
}

func (f *passedFile) write(v *vm, fc goja.FunctionCall) fileCall {
	data := v.data(fc.Argument(0), utf8Charset)
	return fileCall{
		host: "runner.fs.write", args: []any{f.handle, data}, syscall: "write", open: true,
		result: func(results []any) goja.Value { return v.rt.ToValue(numberOf(first(results))) },
	}
}

func (f *passedFile) close(*vm, goja.FunctionCall) fileCall {
	f.closed = true
	f.dropped.Stop()
	return fileCall{host: "runner.fs.close", args: []any{f.handle}, syscall: "close", open: true}
}
