package js

import "github.com/dop251/goja"

// makeWorker makes the global worker: what a script can know of its worker.
func (v *vm) makeWorker() goja.Value {
	mode := "sync"
	if v.cfg.Async {
		mode = "async"
	}
	o := v.rt.NewObject()
	v.set(o, "pid", v.rt.ToValue(v.cfg.PID))
	v.set(o, "name", v.text(validText(v.cfg.Name)))
	v.set(o, "mode", v.text(mode))
	v.method(o, "retire", 0, func(goja.FunctionCall) goja.Value {
		v.services.Retire()
		return nil
	})
	return o
}
