package js

import (
	"strings"
	"testing"

	"scripthost.example/child/engine"
)

const upperCase = `
	const freeze = (...values) => values.map(v => String(v).toUpperCase()).join(",");
	const thaw = octets => String.fromCharCode(...octets).split(",");
`

func custom(t *testing.T, async bool, source, script string) (*world, error) {
	w := newWorld(t)
	return w, w.load(engine.Config{
		Async: async, Binary: true, Serialiser: &engine.Source{Name: "ser.js", Text: []byte(source)},
	}, script)
}

func TestCustomSerialiser(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]string{
		"array":          `return [freeze, thaw]`,
		"object":         `return { freeze, thaw }`,
		"module.exports": `module.exports = { freeze, thaw }`,
		"exports":        `exports.freeze = freeze; exports.thaw = thaw // and a comment`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, err := custom(t, false, upperCase+end, `function run(a, b) { event(b); return results(b, a) }`)
			if err != nil {
				t.Fatal(err)
			}
			fn, _ := w.vm.Lookup("run")
			c := new(engine.Call)
			w.vm.Start(c, fn, []byte("x,y"))
			got, err := w.outcome(c)
			equal(t, err, nil)
			equal(t, got, []any{"Y,X"})
			equal(t, w.events[0].args, []any{"Y"})

			w, err = custom(t, true, upperCase+end, `function run(done, a, b) { setTimeout(() => done(b, a), 5) }`)
			equal(t, err, nil)
			fn, _ = w.vm.Lookup("run")
			c = new(engine.Call)
			w.vm.Start(c, fn, []byte("x,y"))
			w.run()
			got, err = w.outcome(c)
			equal(t, err, nil)
			equal(t, got, []any{"Y,X"})
		})
	}
}

func TestCustomSerialiserFails(t *testing.T) {
	t.Parallel()
	const must = "the serialiser must return [freeze, thaw], or export two functions freeze and thaw"
	for source, want := range map[string]string{
		``:                      must,
		`return 5`:              must,
		`return [() => 1]`:      must,
		`throw new Error("no")`: "no",
		`return [`:              "SyntaxError: Unexpected end of input",
		`return (`:              "SyntaxError: Unexpected end of input",
	} {
		_, err := custom(t, false, source, ``)
		e := scriptError(t, err, engine.KindScript, want)
		if e.Stack[0].File != "ser.js" {
			t.Errorf("%v", e.Stack)
		}
	}
	_, err := custom(t, false, `    throw new Error("position")`, ``)
	equal(t, at(scriptError(t, err, engine.KindScript, "position"), 0), "@ser.js:1:11")
	_, err = custom(t, false, `    = 1`, ``)
	equal(t, at(scriptError(t, err, engine.KindScript, "SyntaxError: Unexpected token ="), 0), "@ser.js:1:5")
	_, err = custom(t, false, "\nreturn [freeze,", ``)
	equal(t, at(scriptError(t, err, engine.KindScript, "SyntaxError: Unexpected end of input"), 0), "@ser.js:2:16")

	for source, want := range map[string]string{
		`return [() => { throw new TypeError("frozen") }, () => []]`: "TypeError: frozen",
		`return [() => 5, () => []]`:                                 "what freeze returned is neither a Uint8Array nor a string",
		`return [() => Symbol(), () => []]`:                          "what freeze returned is a symbol, which cannot be carried",
		`return [() => "", () => { throw new Error("thawed") }]`:     "thawed",
		`return [() => "", () => 5]`:                                 "what thaw returned is not an array",
	} {
		for _, async := range []bool{false, true} {
			w, err := custom(t, async, source, `function run(done) { if (!done) return 1; try { done(1) } finally { event } }`)
			if err != nil {
				t.Fatal(err)
			}
			fn, _ := w.vm.Lookup("run")
			c := new(engine.Call)
			w.vm.Start(c, fn, nil)
			_, err = w.outcome(c)
			scriptError(t, err, engine.KindSerialise, want)
		}
	}
}

// What stops the script stops the serialiser too, as itself.
func TestCustomSerialiserInterrupted(t *testing.T) {
	t.Parallel()
	w, err := custom(t, false, `return [() => { for (;;); }, () => []]`, `function run() { event }`)
	if err != nil {
		t.Fatal(err)
	}
	fn, _ := w.vm.Lookup("run")
	c := new(engine.Call)
	go w.vm.Interrupt(deadline)
	w.vm.Start(c, fn, nil)
	_, err = w.outcome(c)
	scriptError(t, err, engine.KindDeadline, "time is up")
}

func TestSerialiserOctets(t *testing.T) {
	t.Parallel()
	w, err := custom(t, false, `return [b => b, b => [b.length, b]]`, `const run = (n, b) => { b[0] = 7; return b }`)
	if err != nil {
		t.Fatal(err)
	}
	fn, _ := w.vm.Lookup("run")
	c := new(engine.Call)
	payload := []byte("\x00\xff")
	w.vm.Start(c, fn, payload)
	got, err := w.outcome(c)
	equal(t, err, nil)
	equal(t, got, []any{"\x07\xff"})
	equal(t, string(payload), "\x00\xff")
	if strings.Contains(string(payload), "\x07") {
		t.Error("the payload was changed")
	}
}
