package js

import (
	"errors"
	"strings"
	"testing"

	"scripthost.example/child/engine"
)

func TestThrownErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ script, message, at0, at1 string }{
		"error": {"function run() {\n  throw new Error('no') }", "no", "run@test.js:2:9", ""},
		"nested": {"function f() {\n  throw new Error('no') }\nfunction run() {\n    f() }", "no",
			"f@test.js:2:9", "run@test.js:4:6"},
		"type":        {"const run = () => null.x", "TypeError: Cannot read property 'x' of undefined", "run@test.js:1:24", ""},
		"reference":   {"const run = () =>\n nope()", "ReferenceError: nope is not defined", "", ""},
		"own name":    {"class E extends Error { name = 'E' }; function run() { throw new E('no') }", "E: no", "", ""},
		"no message":  {"function run() { throw new RangeError() }", "RangeError", "", ""},
		"plain empty": {"function run() { throw new Error() }", "Error", "", ""},
		"native": {"function run() {\n  return JSON.parse('{') }", "SyntaxError: Unexpected end of JSON input at position 1 (line 1 column 2)",
			"run@test.js:2:20", ""},
		"through native": {"function run() { [1].map(() => {\n  throw Error('no') }) }", "no",
			"@test.js:2:14", "run@test.js:1:25"},
		"after await": {"async function run() {\n await null; throw Error('no') }", "no", "run@test.js:2:25", ""},
		"rejected":    {"function run() {\n return Promise.reject(new Error('no')) }", "no", "run@test.js:2:24", ""},
		"old style": {"function E() {}; E.prototype = Object.create(Error.prototype); E.prototype.name = 'E';\n" +
			"function run() { const e = new E; e.message = 'no'; throw e }", "E: no", "run@test.js:2:53", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := loaded(t, syncConfig, c.script).call()
			var e *engine.Error
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			equal(t, e.Kind, engine.KindScript)
			equal(t, e.Language, "js")
			equal(t, e.Message, c.message)
			equal(t, e.HasValue, false)
			if c.at0 != "" {
				equal(t, at(e, 0), c.at0)
			}
			if c.at1 != "" {
				equal(t, at(e, 1), c.at1)
			}
		})
	}
}

func TestThrownValues(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]engine.Error{
		`undefined`:                     {Message: "undefined was thrown", HasValue: true},
		`null`:                          {Message: "null was thrown", HasValue: true},
		`"text"`:                        {Message: "text", Value: "text", HasValue: true},
		`""`:                            {Message: "an empty string was thrown", Value: "", HasValue: true},
		`42`:                            {Message: "42", Value: int64(42), HasValue: true},
		`false`:                         {Message: "false", Value: false, HasValue: true},
		`({code: 1, why: "x"})`:         {Message: "{ code: 1, why: 'x' }", Value: map[string]any{"code": int64(1), "why": "x"}, HasValue: true},
		`[1, [2]]`:                      {Message: "[ 1, [ 2 ] ]", Value: []any{int64(1), []any{int64(2)}}, HasValue: true},
		`NaN`:                           {Message: "NaN"},
		`({a: Infinity})`:               {Message: "{ a: Infinity }"},
		`(() => 1)`:                     {Message: "[Function: (anonymous)]"},
		`new Uint8Array([1])`:           {Message: "Uint8Array(1) [ 1 ]"},
		`({get a() { throw 1 }, b: 2})`: {Message: "an error was thrown whose message cannot be read: 1"},
		`Object.defineProperty(new Error, "message", {get() { throw new Error("deep") }})`: {
			Message: "an error was thrown whose message cannot be read: deep"},
	} {
		for how, script := range map[string]string{
			"throw":  "function run() {\n  throw (" + value + ") }",
			"reject": "const run = async () => { await null; throw (" + value + ") }",
		} {
			t.Run(how+" "+value, func(t *testing.T) {
				t.Parallel()
				_, err := loaded(t, syncConfig, script).call()
				e := scriptError(t, err, engine.KindScript, want.Message)
				equal(t, e.HasValue, want.HasValue)
				equal(t, e.Value, want.Value)
				if how == "throw" && e.Stack[0].Line == 0 {
					t.Errorf("no position: %v", e.Stack)
				}
			})
		}
	}
}

func TestCauses(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `
		function run(how) {
			switch (how) {
			case "chain": throw new Error("a", { cause: new TypeError("b", { cause: { code: 3 } }) });
			case "cycle": { const e = new Error("a"); e.cause = e; throw e }
			case "none": throw new Error("a", { cause: undefined });
			}
		}`)
	_, err := w.call("chain")
	e := scriptError(t, err, engine.KindScript, "a")
	b := scriptError(t, e.Cause, engine.KindScript, "TypeError: b")
	c := scriptError(t, b.Cause, engine.KindScript, "{ code: 3 }")
	equal(t, c.Value, map[string]any{"code": int64(3)})
	_, err = w.call("cycle")
	depth := 0
	for e := scriptError(t, err, engine.KindScript, "a"); e != nil; e = e.Cause {
		depth++
	}
	equal(t, depth, maxCauses+1)
	_, err = w.call("none")
	equal(t, scriptError(t, err, engine.KindScript, "a").Cause == nil, true)
}

// What goes wrong in the engine is not the script's doing, and scripts cannot
// catch it.
func TestGoPanicsPass(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `function run() { try { event(1) } catch {} finally { return 1 } }`)
	w.onEvent = func(*engine.Call) {
		var values []int
		values[len(values)]++ // a runtime error
	}
	defer func() {
		x := recover()
		if err, ok := x.(error); !ok || !strings.Contains(err.Error(), "index out of range") {
			t.Errorf("got %v", x)
		}
	}()
	w.call()
	t.Error("Start returned")
}

func TestOverflow(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `
		const depth = n => n === 0 ? 0 : 1 + depth(n - 1);
		async function deeper(n) { await null; return deeper2(n) }
		function deeper2(n) { return 1 + deeper2(n) }
		async function nested(n) { return n === 0 ? deeper2(0) : await nested(n - 1) }
		function* generated(n) { if (n === 0) deeper2(0); for (const x of generated(n - 1)) yield x }
		function run(how) {
			switch (how) {
			case "fits": return depth(10000);
			case "plain": try { return depth(1e9) } catch { return "caught" } finally { return "finally" }
			case "async": return deeper(1);
			case "nested": return nested(150);
			case "generator": return [...generated(150)];
			}
		}`)
	got, err := w.call("fits")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, []any{int64(10000)})
	for _, how := range []string{"plain", "async", "nested", "generator"} {
		_, err = w.call(how)
		e := scriptError(t, err, engine.KindScript, "RangeError: Maximum call stack size exceeded")
		equal(t, len(e.Stack), maxFrames)
	}
	got, err = w.call("fits")
	equal(t, err, nil)
	equal(t, got, []any{int64(10000)})
}

func TestInvalidUTF8InMessages(t *testing.T) {
	t.Parallel()
	w := loaded(t, engine.Config{Binary: true, HostFunctions: []string{"f"}}, `
		async function run() { try { await host.f() } catch (e) { return e.message } }`)
	w.host = func(string, []any) ([]any, error) {
		return nil, &engine.Error{Kind: engine.KindScript, Message: "bad \xff ö \x00"}
	}
	got, err := w.call()
	equal(t, err, nil)
	equal(t, got, []any{`bad \xff ö ` + "\x00"})
}

// What is described of an error ends, whatever it leads to.
func TestThrownCircles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ script, message string }{
		"inside its own cause":    {`const e = new Error("no"); e.cause = { list: [e] }; throw e`, "no"},
		"its own cause":           {`const e = new Error("no"); e.cause = e; throw e`, "no"},
		"objects between causes":  {`let e = new Error("no"); for (let i = 0; i < 1e4; i++) e = new Error("no", { cause: { e } }); throw e`, "no"},
		"getters that throw such": {`const evil = () => Object.defineProperty(new Error(), "message", { get() { throw evil() } }); throw evil()`, unreadable},
		"a getter that throws":    {`throw Object.defineProperty(new Error(), "message", { get() { throw new Error("why") } })`, unreadable + ": why"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := loaded(t, syncConfig, "function run() { "+c.script+" }").call()
			var e *engine.Error
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			equal(t, e.Message, c.message)
		})
	}
}
