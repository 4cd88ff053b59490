package runner_test

import "testing"

// The commands of the page about finding mistakes do what it says, with its worker.
func TestDebuggingPage(t *testing.T) {
	t.Parallel()
	const page = "docs/DEBUGGING.md"
	dir := t.TempDir()
	for _, b := range blocks(t, page) {
		if b.language == "lua" {
			writeFile(t, dir, "worker.lua", b.text)
		}
	}
	runConsoles(t, page, dir, nil)
}
