package js

import (
	"testing"

	"scripthost.example/child/engine"
)

// A rejection that nobody handles says where it came from, whatever was running.
func TestUnhandledRejections(t *testing.T) {
	t.Parallel()
	const answered = true
	for name, c := range map[string]struct {
		script, message, at string
		late                bool // the call had been answered
	}{
		"error": {`
			Promise.reject(new Error("no"))`, "no", "run@test.js:2:19", false},
		"value": {`
			Promise.reject("no")`, "no", "run@test.js:2:18", false},
		"undefined": {`
			Promise.reject()`, "undefined was thrown", "run@test.js:2:18", false},
		"executor": {`
			new Promise((_, reject) => reject("no"))`, "no", "@test.js:2:37", false},
		"throwing executor": {`
			new Promise(() => { throw "no" })`, "no", "run@test.js:2:4", false},
		"async function": {`
			(async function f() { throw new Error("no") })()`, "no", "f@test.js:2:32", false},
		"async function, value": {`
			(async function f() { throw "no" })()`, "no", "run@test.js:2:39", false},
		"behind an await": {`
			(async function f() { await null; throw new Error("no") })()`, "no", "f@test.js:2:44", false},
		"then": {`
			Promise.resolve().then(function g() { throw new Error("no") })`, "no", "g@test.js:2:48", false},
		"timer": {`
			setTimeout(() => { Promise.reject(new Error("no")) }, 5); answer = false`, "no", "@test.js:2:38", false},
		"all": {`
			Promise.all([1, Promise.reject(new Error("no"))])`, "no", "run@test.js:2:35", false},
		"finally": {`
			Promise.reject(new Error("no")).finally(() => {})`, "no", "run@test.js:2:19", false},
		"cause": {`
			Promise.reject(new Error("no", { cause: new Error("why") }))`, "no", "run@test.js:2:19", false},
		"frozen": {`
			Promise.reject(Object.freeze(new TypeError("no")))`, "TypeError: no", "run@test.js:2:33", false},
		"getter that throws": {`
			Promise.reject({ get message() { throw 1 }, get stack() { throw 2 } })`,
			"an error was thrown whose message cannot be read: 1", "run@test.js:2:18", false},
		"after the answer, timer": {`
			setTimeout(() => { Promise.reject(new Error("no")) }, 5)`, "no", "@test.js:2:38", answered},
		"after the answer, await": {`
			(async function f() { await new Promise(r => setTimeout(r, 5)); throw new Error("no") })()`, "no", "f@test.js:2:74", answered},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for mode, cfg := range map[string]engine.Config{"sync": syncConfig, "async": asyncConfig} {
				w := loaded(t, cfg, `function run(done) { let answer = true; `+c.script+`
					if (!answer) return done ? undefined : new Promise(r => setTimeout(r, 50));
					if (done) done(1); else return 1 }`)
				got, err := w.call()
				if c.late {
					equal(t, err, nil)
					equal(t, got, []any{int64(1)})
				}
				switch {
				// What has been answered within the same entry stays so.
				case c.late || mode == "async" && len(w.late) > 0:
					equal(t, len(w.late), 1)
					err = w.late[0]
				default:
					equal(t, len(w.late), 0)
				}
				e := scriptError(t, err, engine.KindScript, c.message)
				if got := at(e, 0); got != c.at {
					t.Errorf("%s: at %s, want %s", mode, got, c.at)
				}
			}
		})
	}
}

// While the script loads, the first failure of no call is the script's own and
// the others are logged.
func TestUnhandledRejectionsWhileLoading(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		`Promise.reject(new Error("a")); Promise.reject(new Error("b"))`:                                         "a",
		`Promise.reject(new Error("b")); throw new Error("a")`:                                                   "a",
		`queueMicrotask(() => { throw new Error("a") }); Promise.resolve().then(() => { throw new Error("b") })`: "a",
	} {
		w := newWorld(t)
		e := scriptError(t, w.load(asyncConfig, script), engine.KindScript, want)
		if at(e, 0) == "nowhere" {
			t.Errorf("%s: no traceback", script)
		}
		equal(t, len(w.late), 1)
		scriptError(t, w.late[0], engine.KindScript, "b")
	}
	// Once it has been loaded, a timer of the top level fails nothing.
	w := loaded(t, asyncConfig, `setTimeout(() => { Promise.reject(new Error("a")) }, 5); function run(done) { done() }`)
	_, err := w.call()
	equal(t, err, nil)
	equal(t, len(w.late), 1)
	equal(t, at(scriptError(t, w.late[0], engine.KindScript, "a"), 0), "@test.js:1:35")
}

// A handler that comes before the entry is over is in time.
func TestHandledInTime(t *testing.T) {
	t.Parallel()
	for _, script := range []string{
		`const p = Promise.reject(1); p.catch(() => {})`,
		`const p = Promise.reject(1); queueMicrotask(() => p.catch(() => {}))`,
		`const p = Promise.reject(1); Promise.resolve().then(() => {}).then(() => p.catch(() => {}))`,
		`Promise.allSettled([Promise.reject(1)])`,
		`Promise.race([1, Promise.reject(1)])`,
		`(async () => { try { await Promise.reject(1) } catch {} })()`,
	} {
		for _, cfg := range []engine.Config{syncConfig, asyncConfig} {
			w := loaded(t, cfg, `function run(done) { `+script+`; if (done) done(1); else return 1 }`)
			got, err := w.call()
			equal(t, err, nil)
			equal(t, got, []any{int64(1)})
			equal(t, len(w.late), 0)
		}
	}
}
