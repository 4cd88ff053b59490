package host

import (
	"strings"
	"testing"
)

// The text of an ExitError has what a program said last, or what Go's runtime
// says first.
func TestExitErrorSaysWhy(t *testing.T) {
	t.Parallel()
	for stderr, want := range map[string]string{
		"":                            "the worker exited with status 255",
		"\n \n":                       "the worker exited with status 255",
		"\r\nConnection refused\r\n":  "the worker exited with status 255 (it said: Connection refused)",
		"@@@@@@\n@ CHANGED! @\nmore.": "the worker exited with status 255 (it said: @ CHANGED! @ / more.)",
		"Traceback (most recent call last):\n  File \"w.py\", line 1\nValueError: no\n": "the worker exited with status 255 (it said: ValueError: no)",
		"=====\nкоманда не найдена\n":                                                   "the worker exited with status 255 (it said: команда не найдена)",
		"one\ntwo\nthree\nfour\n":                                                       "the worker exited with status 255 (it said: two / three / four)",
		"note: x\nfatal error: out of memory\n\ngoroutine 1\n":                          "the worker exited with status 255 (it said: fatal error: out of memory)",
		strings.Repeat("x", 1000):                                                       "the worker exited with status 255 (it said: …" + strings.Repeat("x", 300) + ")",
	} {
		if got := (&ExitError{Code: 255, Stderr: stderr}).Error(); got != want {
			t.Errorf("%q: got %q, want %q", stderr, got, want)
		}
	}
}
