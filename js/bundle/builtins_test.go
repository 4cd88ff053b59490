package bundle

import (
	"strings"
	"testing"
)

// What the bundler takes for there is what require finds, and nothing else.
func TestBuiltIns(t *testing.T) {
	t.Parallel()
	const text = `
		exports.run = (names) => names.filter((name) => {
			try { return require('node:' + name) !== undefined } catch { return false }
		}).join(" ")`
	w, err := tree{"main.cts": text}.start(t, nil)
	names := []any{}
	for _, name := range strings.Fields(nodes) {
		names = append(names, name)
	}
	if found := run(t, w, err, names); found[0] != strings.TrimSpace(offered) {
		t.Errorf("require finds %q, and the bundler offers %q", found[0], strings.TrimSpace(offered))
	}
}
