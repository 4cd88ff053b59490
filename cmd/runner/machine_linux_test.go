package main

import (
	"os"
	"path/filepath"
	"testing"
)

// The least limit of all cgroups around the process counts.
func TestCgroupMemory(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write := func(dir, text string) {
		dir = filepath.Join(root, dir)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "memory.max"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a", "1000\n")
	write("a/b", "max\n")
	write("a/b/c", "500\n")
	write("a/d", "2000\n")
	for own, want := range map[string]int64{
		"0::/\n":                   3000,
		"0::/a\n":                  1000,
		"0::/a/b\n":                1000,
		"0::/a/b/c\n":              500,
		"0::/a/d\n":                1000,
		"0::/a/e\n":                1000, // without the controller
		"4:memory:/a\n0::/a/b/c\n": 500,
		"4:memory:/a\n":            3000, // of version 1 nothing is said
		"0::/../../a\n":            1000, // outside of the namespace
		"":                         3000,
	} {
		if got := cgroupMemory(root, own, 3000); got != want {
			t.Errorf("in %q it is %d, want %d", own, got, want)
		}
	}
}
