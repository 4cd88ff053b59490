package runner_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"scripthost.example/child/sandbox"
)

// docs/SECURITY.md tells of all layers that a worker puts on itself, in the order
// in which it does.
func TestSecurityLayers(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## What stops what\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var told, there []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(.+?)` \\|").FindAllStringSubmatch(section, -1) {
		told = append(told, m[1])
	}
	for _, l := range sandbox.Probe() {
		there = append(there, l.Name)
	}
	if !slices.Equal(told, there) {
		t.Errorf("it tells of\n%q\nand there are\n%q", told, there)
	}
}
