package main

import (
	"bytes"
	"os"
	"testing"
)

// The committed page is what the committed results make.
func TestCommitted(t *testing.T) {
	t.Parallel()
	r, err := read("results.json")
	if err != nil {
		t.Fatal(err)
	}
	want, err := readme(r)
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string][]byte{"README.md": want, "plot.svg": plot(r)} {
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not that of results.json (%v): go -C bench run . -update -from results.json", file, err)
		}
	}
}
