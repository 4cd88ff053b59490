package main

import (
	"strings"
	"testing"
)

func TestExcerpt(t *testing.T) {
	t.Parallel()
	long := "  return " + strings.Repeat("abcdefgh ", 30)
	for _, test := range []struct {
		name, line     string
		number, column int
		want           string
	}{
		{"a column", "  local x = = 1", 7, 13, "    7 | local x = = 1\n      |           ^\n"},
		{"no column", "\tlocal x = y.z\r\n", 12, 0, "    12 | local x = y.z\n       | ^~~~~~~~~~~~~\n"},
		{"behind the end", "return (", 1, 9, "    1 | return (\n      |         ^\n"},
		{"a column that is not there", "x = 1", 1, 900, "    1 | x = 1\n      | ^~~~~\n"},
		{"a column below 0", "x = 1", 1, -3, "    1 | x = 1\n      | ^~~~~\n"},
		{"a tab before it", "a\tb", 1, 3, "    1 | a    b\n      |      ^\n"},
		{"letters of two octets", "ü = ü.x", 1, 6, "    1 | ü = ü.x\n      |     ^\n"},
		{"control characters", "a\x1b[2Jb", 1, 6, "    1 | a\\x1b[2Jb\n      |         ^\n"},
		{"octets that are not text", "a\xffb", 1, 3, "    1 | a\\xffb\n      |      ^\n"},
		{"in the middle of a letter", "ü", 1, 2, "    1 | \\xc3\\xbc\n      |     ^\n"},
		{"an empty line", "  \t", 1, 1, ""},
		{"one letter", "x", 1, 0, "    1 | x\n      | ^\n"},
	} {
		if got := excerpt(test.line, test.number, test.column, false); got != test.want {
			t.Errorf("%s:\n%swant\n%s", test.name, got, test.want)
		}
	}
	for _, column := range []int{0, 1, 10, 60, 200, 270} {
		for line := range strings.Lines(excerpt(long, 1, column, false)) {
			if n := width(strings.TrimSuffix(line, "\n")); n > excerptWidth+len("    1 | ") {
				t.Errorf("column %d: %d columns: %s", column, n, line)
			}
		}
	}
	if got := excerpt("x = = 1", 1, 5, true); !strings.Contains(got, "\x1b[1;31m^\x1b[0m\n") {
		t.Errorf("there is no colour: %q", got)
	}
}

// A place is shown once, and only one that is in the text.
func TestExcerptOnce(t *testing.T) {
	t.Parallel()
	d := &diagnostics{source: typedText{"typed", "one\ntwo"}}
	at := func(file string, line int) string {
		return d.excerpt(&report{Stack: []frame{{File: file, Line: line}}})
	}
	for i, test := range []struct {
		file  string
		line  int
		shown bool
	}{
		{"typed", 2, true}, {"typed", 2, false}, {"typed", 1, true}, {"typed", 3, false},
		{"typed", 1 << 40, false}, {"/etc/passwd", 1, false}, {"", 1, false},
	} {
		if got := at(test.file, test.line); (got != "") != test.shown {
			t.Errorf("%d: %q", i, got)
		}
	}
	d.showFrom(typedText{"typed", "three"})
	if at("typed", 1) == "" {
		t.Error("a place in another text is not shown")
	}
	if (&diagnostics{}).excerpt(&report{Stack: []frame{{File: "x", Line: 1}}}) != "" {
		t.Error("without a text something is shown")
	}
}

// Each input has a name of its own, and the oldest are forgotten.
func TestTypedTexts(t *testing.T) {
	t.Parallel()
	var typed typedTexts
	if name := typed.set("f("); name != "repl#1" {
		t.Error(name)
	}
	typed.set("f(\n)") // it went on
	typed.next()
	typed.set("g()")
	typed.next()
	if text, ok := typed.named("repl#1"); !ok || text.text != "f(\n)" {
		t.Errorf("%q, %v", text, ok)
	}
	if _, ok := typed.named("repl#3"); ok {
		t.Error("there is an input that was not typed")
	}
	for range maxTyped {
		typed.set("x")
		typed.next()
	}
	if _, ok := typed.named("repl#2"); ok || len(typed.list) != maxTyped || typed.size != maxTyped {
		t.Errorf("%v: %d inputs of %d bytes", ok, len(typed.list), typed.size)
	}
	typed.set(strings.Repeat("x", maxTypedSize+1))
	if len(typed.list) != 1 || typed.size != maxTypedSize+1 {
		t.Errorf("%d inputs of %d bytes", len(typed.list), typed.size)
	}
}
