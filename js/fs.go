package js

import (
	"maps"
	"slices"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// The module fs offers a part of Node's, with Node's names, arguments, results
// and errors. The parent does the work, if it was granted.

// A fileCall is one use of fs: a host call, and what to make of its outcome.
type fileCall struct {
	host string
	args []any
	// result makes the host call's results into what the function returns; nil
	// for undefined.
	result func(results []any) goja.Value
	// syscall, path and dest are what Node's errors name. dest may be empty.
	syscall, path, dest string
	// open tells that it is about an open file, for which errors name no path.
	open bool
	// missing, if not nil, is what the function returns for a path that does
	// not exist.
	missing goja.Value
	// own tells that errors name syscall, whatever the parent was doing.
	own bool
	// then, if not nil, is told of the outcome and returns what is to be done next;
	// nil if that was the last host call, or the error is one.
	then func(results []any, err *engine.Error) *fileCall
	// refused, if not empty, is the code of the error that this is, without a host
	// call; failed, if not nil, is that of an earlier one.
	refused string
	failed  *engine.Error
}

// A fileFunction reads the arguments of a function of fs. It throws a TypeError
// for what the function does not take.
type fileFunction func(v *vm, fc goja.FunctionCall) fileCall

// fileFunctions are those of fs.promises; with Sync behind the name, of fs.
var fileFunctions = map[string]fileFunction{
	"readFile":   (*vm).fsReadFile,
	"writeFile":  func(v *vm, fc goja.FunctionCall) fileCall { return v.fsWriteFile(fc, "w") },
	"appendFile": func(v *vm, fc goja.FunctionCall) fileCall { return v.fsWriteFile(fc, "a") },
	"readdir":    (*vm).fsReaddir,
	"stat":       func(v *vm, fc goja.FunctionCall) fileCall { return v.fsStat(fc, "stat") },
	"lstat":      func(v *vm, fc goja.FunctionCall) fileCall { return v.fsStat(fc, "lstat") },
	"mkdir":      (*vm).fsMkdir,
	"rmdir":      func(v *vm, fc goja.FunctionCall) fileCall { return v.fsRemove(fc, "rmdir") },
	"unlink":     func(v *vm, fc goja.FunctionCall) fileCall { return v.fsRemove(fc, "unlink") },
	"rename":     (*vm).fsRename,
	"access":     (*vm).fsAccess,
	"copyFile":   (*vm).fsCopyFile,
	"rm":         (*vm).fsRm,
}

// makeFS makes the module fs.
func (v *vm) makeFS() *goja.Object {
	fs := v.rt.NewObject()
	for _, name := range slices.Sorted(maps.Keys(fileFunctions)) {
		prepare := fileFunctions[name]
		v.set(fs, name+"Sync", v.native(name+"Sync", 1, func(fc goja.FunctionCall) goja.Value {
			return v.fileSync(prepare(v, fc))
		}))
	}
	v.set(fs, "existsSync", v.native("existsSync", 1, v.fsExists))
	v.set(fs, "constants", v.fsConstants())
	v.lazy(fs, "promises", func() goja.Value { return v.once("fs/promises", v.makeFSPromises) })
	return fs
}

// makeFSPromises makes the module fs/promises, which is fs.promises.
func (v *vm) makeFSPromises() *goja.Object {
	fs := v.rt.NewObject()
	for _, name := range slices.Sorted(maps.Keys(fileFunctions)) {
		prepare := fileFunctions[name]
		v.set(fs, name, v.native(name, 1, func(fc goja.FunctionCall) goja.Value {
			return v.filePromise(prepare, fc)
		}))
	}
	v.set(fs, "constants", v.fsConstants())
	return fs
}

func (v *vm) fsConstants() goja.Value {
	o := v.rt.NewObject()
	for name, value := range map[string]int{"F_OK": 0, "X_OK": 1, "W_OK": 2, "R_OK": 4, "COPYFILE_EXCL": copyExclusive} {
		v.set(o, name, v.rt.ToValue(value))
	}
	return o
}

// outcome is what the function returns for results.
func (f *fileCall) outcome(results []any) goja.Value {
	if f.result == nil {
		return goja.Undefined()
	}
	return f.result(results)
}

// hasFailed tells whether f is an error, without a host call.
func (f *fileCall) hasFailed() bool { return f.refused != "" || f.failed != nil }

// fileSync does f while the whole VM waits.
func (v *vm) fileSync(f fileCall) goja.Value {
	for !f.hasFailed() {
		results, err := v.hostWait(f.host, f.args)
		if f.then != nil {
			if next := f.then(results, err); next != nil {
				f = *next
				continue
			}
		}
		if err == nil {
			return f.outcome(results)
		}
		if f.missing != nil && isMissing(err) {
			return f.missing
		}
		o := v.newError("")
		v.fillFileError(o, err, &f)
		panic(o)
	}
	o := v.newError("")
	v.refuseFile(o, &f)
	panic(o)
}

// filePromise does what a function of fs.promises is asked for. All errors
// reject the promise, those in the arguments too.
func (v *vm) filePromise(prepare fileFunction, fc goja.FunctionCall) goja.Value {
	var f fileCall
	if ex := v.rt.Try(func() { f = prepare(v, fc) }); ex != nil {
		p, _, reject := v.rt.NewPromise()
		if err := reject(ex.Value()); err != nil {
			panic(err)
		}
		return v.rt.ToValue(p)
	}
	promise, s := v.promise()
	v.fileStep(s, f)
	return promise
}

// fileStep does f, and what comes after it, for a promise.
func (v *vm) fileStep(s *settler, f fileCall) {
	if f.hasFailed() {
		s.settle(func() goja.Value {
			v.refuseFile(s.failure, &f)
			panic(s.failure)
		})
		return
	}
	v.services.HostCall(s.call, f.host, f.args, func(results []any, err error) {
		v.services.Post(s.call, func() {
			var fault *engine.Error
			if err != nil {
				fault = asError(err)
			}
			if f.then != nil {
				if next := f.then(results, fault); next != nil {
					v.fileStep(s, *next)
					return
				}
			}
			s.settle(func() goja.Value {
				if fault == nil {
					return f.outcome(results)
				}
				if f.missing != nil && isMissing(fault) {
					return f.missing
				}
				v.fillFileError(s.failure, fault, &f)
				panic(s.failure)
			})
		})
	})
}

// fsExists is existsSync: false for what cannot be there, but an error for
// what the script may not look at.
func (v *vm) fsExists(fc goja.FunctionCall) goja.Value {
	name, ok := fc.Argument(0).(goja.String)
	if !ok {
		return v.rt.ToValue(false)
	}
	path := name.String()
	_, err := v.hostWait("runner.fs.stat", []any{path})
	if err != nil && err.Kind != engine.KindScript {
		o := v.newError("")
		v.fillFileError(o, err, &fileCall{syscall: "access", path: path})
		panic(o)
	}
	return v.rt.ToValue(err == nil)
}
