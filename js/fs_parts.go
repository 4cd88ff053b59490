package js

import (
	"math"
	"runtime"
	"slices"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// What does not fit one host call is read and written in parts of open files.

// maxWhole is the most octets that a file has that is read as a whole, as in Node.
const maxWhole = math.MaxInt32

// parts are the files that are open for one use of fs.
type parts struct {
	v    *vm
	call fileCall // what it returns, and what errors tell of
	open []openPart
}

// An openPart is one of the files.
type openPart struct {
	handle  int64
	dropped runtime.Cleanup // closes it if the script is stopped meanwhile
}

// isTooLarge tells whether err is that a file does not fit one host call, and that it
// can be read in parts.
func isTooLarge(err *engine.Error) bool {
	if err == nil || err.Kind != engine.KindLimit {
		return false
	}
	details, _ := err.Value.(map[string]any)
	return stringOf(details["limit"]) == "file size" && numberOf(details["size"]) <= maxWhole
}

// step is a host call, after which next says what comes; nil if that was the last.
func (p *parts) step(name string, args []any, next func(results []any, err *engine.Error) *fileCall) *fileCall {
	call := p.call
	call.host, call.args, call.then = "runner.fs."+name, args, next
	return &call
}

// with opens one more file, in the way that flag says.
func (p *parts) with(path, flag string, mode int64, next func(handle int64) *fileCall) *fileCall {
	return p.step("open", []any{path, flag, mode}, func(results []any, err *engine.Error) *fileCall {
		if err != nil {
			return p.fail(err)
		}
		handle := int64(numberOf(first(results)))
		p.open = append(p.open, openPart{handle, runtime.AddCleanup(p, p.v.closeDropped, handle)})
		return next(handle)
	})
}

// read reads a part, which is empty at the end of the file.
func (p *parts) read(handle int64, next func(part []byte) *fileCall) *fileCall {
	return p.step("read", []any{handle, int64(readMax)}, func(results []any, err *engine.Error) *fileCall {
		if err != nil {
			return p.fail(err)
		}
		return next(octetsOf(first(results)))
	})
}

// write writes data in as many parts as it takes.
func (p *parts) write(handle int64, data []byte, next func() *fileCall) *fileCall {
	if len(data) == 0 {
		return next()
	}
	n := len(data)
	if most := p.v.cfg.MaxData; most > 0 {
		n = min(n, most)
	}
	return p.step("write", []any{handle, data[:n]}, func(_ []any, err *engine.Error) *fileCall {
		if err != nil {
			return p.fail(err)
		}
		return p.write(handle, data[n:], next)
	})
}

// close closes the file that was opened last.
func (p *parts) close(next func(err *engine.Error) *fileCall) *fileCall {
	last := p.open[len(p.open)-1]
	p.open = p.open[:len(p.open)-1]
	last.dropped.Stop()
	return p.step("close", []any{last.handle}, func(_ []any, err *engine.Error) *fileCall { return next(err) })
}

// end closes all files, as the last that there is to do.
func (p *parts) end() *fileCall {
	return p.close(func(err *engine.Error) *fileCall {
		switch {
		case err != nil:
			return p.fail(err)
		case len(p.open) == 0:
			return nil
		}
		return p.end()
	})
}

// fail closes all files, and fails with err.
func (p *parts) fail(err *engine.Error) *fileCall {
	if len(p.open) == 0 {
		failed := p.call
		failed.failed = err
		return &failed
	}
	return p.close(func(*engine.Error) *fileCall { return p.fail(err) })
}

// readParts reads a file for call, which returns what whole makes of it. tooLarge is
// the error of a file that has grown beyond what can be read.
func (v *vm) readParts(call fileCall, path string, tooLarge *engine.Error, whole func(data []byte) goja.Value) *fileCall {
	var data []byte
	call.result = func([]any) goja.Value { return whole(data) }
	p := &parts{v: v, call: call}
	return p.with(path, "r", 0, func(handle int64) *fileCall {
		var take func(part []byte) *fileCall
		take = func(part []byte) *fileCall {
			switch {
			case len(part) == 0:
				return p.end()
			case len(data)+len(part) > maxWhole:
				return p.fail(tooLarge)
			}
			data = append(data, part...)
			return p.read(handle, take)
		}
		return p.read(handle, take)
	})
}

// inParts tells whether data has to be written in parts, to a file that is opened by
// flag.
func (v *vm) inParts(data []byte, flag string) bool {
	most := v.cfg.MaxData
	return most > 0 && len(data) > most && slices.Contains([]string{"w", "a", "wx", "ax"}, flag)
}

// writeParts writes data to a file for call.
func (v *vm) writeParts(call fileCall, path string, data []byte, flag string, mode int64) *fileCall {
	p := &parts{v: v, call: call}
	return p.with(path, flag, mode, func(handle int64) *fileCall { return p.write(handle, data, p.end) })
}

// copyParts copies a file for call.
func (v *vm) copyParts(call fileCall, from, to, flag string, mode int64) *fileCall {
	p := &parts{v: v, call: call}
	return p.with(from, "r", 0, func(source int64) *fileCall {
		return p.with(to, flag, mode, func(target int64) *fileCall {
			var take func(part []byte) *fileCall
			take = func(part []byte) *fileCall {
				if len(part) == 0 {
					return p.end()
				}
				return p.write(target, part, func() *fileCall { return p.read(source, take) })
			}
			return p.read(source, take)
		})
	})
}
