package main

import (
	"io"
	"os"
	"strings"
	"testing"
)

// The commands of the pages about the bench measure something.
func TestDocumented(t *testing.T) {
	t.Parallel()
	n := 0
	for _, page := range []string{"README.md", "../CONTRIBUTING.md", "../docs/PERFORMANCE.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, rest := range strings.Split(string(text), "go -C bench run .")[1:] {
			line, _, _ := strings.Cut(rest, "\n")
			if end := strings.IndexAny(line, "#`\""); end >= 0 {
				line = line[:end]
			}
			if strings.HasPrefix(line, "/counts") {
				continue
			}
			n++
			s, err := parse(arguments(t, line), io.Discard)
			if err != nil {
				t.Errorf("%s: %s: %v", page, line, err)
				continue
			}
			if len(selected(subjects(), rows(fullSize()), s.only)) == 0 {
				t.Errorf("%s: %s measures nothing", page, line)
			}
		}
	}
	if n < 8 {
		t.Errorf("there are %d commands only", n)
	}
}

// arguments splits a line as a shell does where nothing but quotes is special.
func arguments(t *testing.T, line string) []string {
	t.Helper()
	parts := strings.Split(line, "'")
	if len(parts)%2 == 0 {
		t.Errorf("%s has half a quotation", line)
	}
	var all []string
	for i, part := range parts {
		if i%2 == 1 {
			all = append(all, part)
		} else {
			all = append(all, strings.Fields(part)...)
		}
	}
	return all
}
