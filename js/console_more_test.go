package js

import (
	"regexp"
	"testing"

	"scripthost.example/child/engine"
)

func TestConsoleHelpers(t *testing.T) {
	t.Parallel()
	info := func(lines ...string) (records []record) {
		for _, line := range lines {
			records = append(records, record{engine.LevelInfo, line, nil})
		}
		return records
	}
	warn := func(line string) []record { return []record{{engine.LevelWarn, line, nil}} }
	for script, want := range map[string][]record{
		`console.group("a"); console.log("b\nc"); console.group(); console.info("%s%d", "d", 1); console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log("e")`: info(
			"a", "  b\n  c", "    d1", "e"),
		`console.count(); console.count("x"); console.count(); console.countReset(); console.count()`: info("default: 1", "x: 1", "default: 2", "default: 1"),
		`console.countReset("y")`:                  warn("Warning: Count for 'y' does not exist"),
		`console.timeEnd("y")`:                     warn("Warning: No such label 'y' for console.timeEnd()"),
		`console.timeLog()`:                        warn("Warning: No such label 'default' for console.timeLog()"),
		`console.time("y"); console.time("y")`:     warn("Warning: Label 'y' already exists for console.time()"),
		`console.table(5); console.table("a")`:     info("5", "a"),
		`console.table([{a: 1, b: "x"}, {a: {}}])`: info("┌─────────┬────┬─────┐\n│ (index) │ a  │  b  │\n├─────────┼────┼─────┤\n│    0    │ 1  │ 'x' │\n│    1    │ {} │     │\n└─────────┴────┴─────┘"),
		`console.table([{a: 1, b: 2}], ["b"])`:     info("┌─────────┬───┐\n│ (index) │ b │\n├─────────┼───┤\n│    0    │ 2 │\n└─────────┴───┘"),
		`console.table({r: 1, s: [2]})`:            info("┌─────────┬───┬────────┐\n│ (index) │ 0 │ Values │\n├─────────┼───┼────────┤\n│    r    │   │   1    │\n│    s    │ 2 │        │\n└─────────┴───┴────────┘"),
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			w := loaded(t, syncConfig, "function run() { "+script+" }")
			_, err := w.call()
			equal(t, err, nil)
			equal(t, w.logs, want)
		})
	}
	w := loaded(t, syncConfig, `function run() { console.time("t"); console.timeLog("t", 1, "x"); console.timeEnd("t"); return true }`)
	_, err := w.call()
	equal(t, err, nil)
	equal(t, len(w.logs), 2)
	for i, pattern := range []string{`^t: \d+\.\d{3}ms 1 x$`, `^t: \d+\.\d{3}ms$`} {
		if !regexp.MustCompile(pattern).MatchString(w.logs[i].message) {
			t.Errorf("%q", w.logs[i].message)
		}
	}
}
