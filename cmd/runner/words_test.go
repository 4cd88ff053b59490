//go:build unix

package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The words are those that a shell makes of the line, where it expands nothing.
func TestSplitWords(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"a", "  a  b\tc ", "a 'b c' d", `a "b c" d`, `a b\ c`, `a ''`, `a "" b`, `a'b'"c"d`,
		`a "b\"c" '\'`, `a "\x\\\$"`, `a \\ \'`, "a\\\nb c", "ssh box 'runner child --stdio'", `a '"' "'"`,
		"é ü", "a\u00a0b", "x 'a|b' \"c;d\" \\&",
	} {
		out, err := exec.Command("sh", "-c", `printf '%s\0' `+line).Output()
		if err != nil {
			t.Fatalf("%q: sh: %v", line, err)
		}
		want := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		got, err := splitWords(line)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v; a shell has %q", line, got, err, want)
		}
	}
}

func TestSplitWordsErrors(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"": "no command", " \t": "no command", "'' a": "no command",
		"a 'b": "not closed", `a "b`: "not closed", `a\`: "backslash",
		"a | b": "needs a shell", "a >b": "needs a shell", "a; b": "needs a shell", "a &": "needs a shell", "<a b": "needs a shell",
		"A=1 b": "env A=1", "~/b c": "whole path",
	} {
		if got, err := splitWords(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v; want an error with %q", line, got, err, want)
		}
	}
}
