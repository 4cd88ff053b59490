package host

import "testing"

// The text of an ExitError has the first line of standard error that says
// something.
func TestExitErrorSaysWhy(t *testing.T) {
	t.Parallel()
	for stderr, want := range map[string]string{
		"":                            "the worker exited with status 255",
		"\n \n":                       "the worker exited with status 255",
		"\r\nConnection refused\r\n":  "the worker exited with status 255 (it said: Connection refused)",
		"@@@@@@\n@ CHANGED! @\nmore.": "the worker exited with status 255 (it said: @ CHANGED! @)",
		"Traceback (most recent call last):\n  File \"w.py\", line 1\nValueError: no\n": "the worker exited with status 255 (it said: ValueError: no)",
		"=====\nкоманда не найдена\n":                                                   "the worker exited with status 255 (it said: команда не найдена)",
	} {
		if got := (&ExitError{Code: 255, Stderr: stderr}).Error(); got != want {
			t.Errorf("%q: got %q, want %q", stderr, got, want)
		}
	}
}
