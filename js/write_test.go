package js_test

import (
	"testing"

	"scripthost.example/child"
	"scripthost.example/child/engine/enginetest"
	"scripthost.example/js"
)

// A script that gives all objects a getter runs it for the objects that are written,
// and for nothing else: a number is written outside the VM, where nobody would catch
// what the getter throws.
func TestInheritedGetters(t *testing.T) {
	t.Parallel()
	for _, async := range []bool{false, true} {
		p := enginetest.NewParent(t, func(conn child.Conn) error { return child.Serve(conn, js.Engine()) })
		p.Boot(enginetest.NewBoot("js", `
			let got = 0
			function define(of, name) {
				Object.defineProperty(of, name, {get() { got++; throw new Error('from a getter') }})
			}
			define(Object.prototype, 'toJSON')
			define(Array.prototype, Symbol.toStringTag)
			function run(a, b) {
				const [done, what] = b === undefined ? [x => x, a] : [a, b]
				return done(what === 'number' ? got : {})
			}`, async))
		p.Ready()
		p.Call(1, "number")
		p.Result(1, 0)
		p.Call(2, "object")
		if e := p.Error(2); e.Message != "from a getter" {
			t.Errorf("async %v: %v", async, e)
		}
		p.Drain()
		p.Drained()
	}
}
