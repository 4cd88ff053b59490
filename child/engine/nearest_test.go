package engine

import (
	"strings"
	"testing"
)

func TestDidYouMean(t *testing.T) {
	t.Parallel()
	names := []string{"print", "pairs", "require", "string", "x", strings.Repeat("l", 200)}
	for misspelt, want := range map[string]string{
		"pritn": "; did you mean 'print'?", "prin": "; did you mean 'print'?", "requier": "; did you mean 'require'?",
		"strng": "; did you mean 'string'?", "other": "", "y": "", "": "", strings.Repeat("l", 199): "", "print": "",
		"pars": "; did you mean 'pairs'?",
	} {
		if got := DidYouMean(misspelt, names); got != want {
			t.Errorf("%s: %q, want %q", misspelt, got, want)
		}
	}
}
