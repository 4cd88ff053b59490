package js

import (
	"strings"
	"testing"

	"scripthost.example/child/engine"
)

// Error.captureStackTrace is there as npm packages use it.
func TestCaptureStackTrace(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `class Mine extends Error {
	constructor(message) {
		super(message);
		this.name = "Mine";
		Error.captureStackTrace(this, Mine);
	}
}
function plain() {
	const o = { toString: () => "Plain: p" };
	const gives = Error.captureStackTrace(o);
	return results(o.stack, Object.keys(o).join(), typeof gives);
}
function wrong() { Error.captureStackTrace(1) }
function run(what) { return { plain, wrong, thrown() { throw new Mine("m") } }[what]() }`)
	got, err := w.call("plain")
	if err != nil || len(got) != 3 || got[1] != "toString" || got[2] != "undefined" {
		t.Fatalf("%v, %v", got, err)
	}
	if stack := got[0].(string); !strings.HasPrefix(stack, "Plain: p\n\tat plain (test.js:10:") {
		t.Errorf("the stack is %q", stack)
	}
	_, err = w.call("thrown")
	if e := scriptError(t, err, engine.KindScript, "Mine: m"); e.Stack[0].Position() != "test.js:3:8" {
		t.Errorf("the stack is %v", e.Stack)
	}
	_, err = w.call("wrong")
	scriptError(t, err, engine.KindScript, "TypeError: Error.captureStackTrace: the first argument must be an object")
}
