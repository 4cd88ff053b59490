package js

import "testing"

// What is said of a locale is no radix.
func TestToLocaleString(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `function run() {
		const caught = (f) => { try { return f() } catch (e) { return e.name } };
		const to = Number.prototype.toLocaleString;
		return results(
			(1234.5).toLocaleString("en-US", { minimumFractionDigits: 2 }), (255).toLocaleString(16), (3).toLocaleString(),
			(10n).toLocaleString("de"), [1.5, 2n].toLocaleString("de"), caught(() => to.call("3")), to.length, to.name,
			Object.keys(Number.prototype).length,
		);
	}`)
	want := []any{"1234.5", "255", "3", "10", "1.5,2", "TypeError", int64(0), "toLocaleString", int64(0)}
	if got, err := w.call(); err != nil {
		t.Error(err)
	} else {
		equal(t, got, want)
	}
}

// A script may have changed what is opened late.
func TestLocalesOpenedLate(t *testing.T) {
	t.Parallel()
	for _, change := range []string{
		"Object.freeze(Number.prototype)", "delete globalThis.BigInt", "Number = 3",
		"Object.defineProperty(globalThis, 'Number', { get() { throw 1 } })", "delete Number.prototype.toString",
	} {
		w, _, err := requiring(t, false, map[string]string{"late.js": `module.exports = typeof "toLocaleString"`},
			change+`; function run() { return require("./late") }`)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := w.call(); err != nil || got[0] != "string" {
			t.Errorf("%s: %v, %v", change, got, err)
		}
	}
}
