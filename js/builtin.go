package js

import (
	"strings"

	"github.com/dop251/goja"
)

// builtIn returns a module that is there without a file, made when it is first
// asked for; nil if there is none of that name. It is the whole table of them.
func (v *vm) builtIn(name string) *goja.Object {
	if name == testModule {
		if v.cfg.Tools == nil || !v.cfg.Tools.Test {
			panic(v.rt.NewTypeError("%s is for tests, which 'runner test' runs", testModule))
		}
		return v.testAPI()
	}
	switch strings.TrimPrefix(name, "node:") {
	case "fs":
		return v.once("fs", v.makeFS)
	case "fs/promises":
		return v.once("fs/promises", v.makeFSPromises)
	case "process":
		return v.once("process", v.makeProcess)
	case "buffer":
		return v.once("buffer", v.makeBufferModule)
	case "crypto":
		return v.once("crypto", func() *goja.Object { return v.part("crypto").Get("crypto").(*goja.Object) })
	case "path", "events", "querystring", "string_decoder", "timers", "util", "assert":
		return v.part(strings.TrimPrefix(name, "node:"))
	case "vm":
		return v.once("vm", v.makeVMModule)
	case "path/posix":
		return v.part("path")
	case "url":
		return v.part("urlmodule")
	case "util/types":
		return v.once("util/types", func() *goja.Object { return v.part("util").Get("types").(*goja.Object) })
	case "assert/strict":
		return v.once("assert/strict", func() *goja.Object { return v.part("assert").Get("strict").(*goja.Object) })
	case "timers/promises":
		return v.once("timers/promises", func() *goja.Object { return v.part("timers").Get("promises").(*goja.Object) })
	}
	return nil
}

// ofNode tells whether a name, which is not built in here, is that of a module
// of Node's.
func ofNode(name string) bool {
	if strings.HasPrefix(name, "node:") {
		return true
	}
	name, _, _ = strings.Cut(name, "/")
	switch name {
	case "assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto", "dgram",
		"diagnostics_channel", "dns", "domain", "events", "fs", "http", "http2", "https", "inspector", "module", "net",
		"os", "path", "perf_hooks", "process", "punycode", "querystring", "readline", "repl", "stream", "string_decoder",
		"sys", "timers", "tls", "trace_events", "tty", "url", "util", "v8", "vm", "wasi", "worker_threads", "zlib":
		return true
	}
	return false
}
