package bundle

import (
	"strings"

	"scripthost.example/child/engine"
)

// offered are those of Node's modules that require has in a worker.
const offered = " assert assert/strict buffer crypto events fs fs/promises path path/posix process querystring" +
	" string_decoder timers timers/promises url util util/types vm "

// nodes are Node's modules whose names can do without "node:".
const nodes = " assert assert/strict async_hooks buffer child_process cluster console constants crypto" +
	" dgram diagnostics_channel dns dns/promises domain events fs fs/promises http http2 https inspector" +
	" inspector/promises module net os path path/posix path/win32 perf_hooks process punycode querystring" +
	" readline readline/promises repl stream stream/consumers stream/promises stream/web string_decoder sys" +
	" timers timers/promises tls trace_events tty url util util/types v8 vm wasi worker_threads zlib "

// testModule is what tests are written with.
const testModule = "runner:test"

// isOffered reports whether require finds Node's module name in a worker.
func isOffered(name string) bool { return strings.Contains(offered, " "+name+" ") }

// isNodes reports whether name is that of a module of Node's.
func isNodes(name string) bool { return strings.Contains(nodes, " "+name+" ") }

// builtIn resolves the name of a module of Node's. One that a worker lacks is an
// error for who imports it. A require is left to fail when it is called: it may
// never be, or may be meant to fail.
func builtIn(name string, k kind) (resolution, *engine.Error) {
	if k == byImport && !isOffered(strings.TrimPrefix(name, "node:")) {
		return empty, failure("%s is a part of Node.js that workers do not have: what imports it needs Node.js itself", quote(name))
	}
	return resolution{external: true, file: &file{path: name}}, nil
}
