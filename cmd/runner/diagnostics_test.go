package main

import "testing"

// The fields of a log record are shown as they are, each as one word.
func TestFieldText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value any
		want  string
	}{
		{"plain", "plain"},
		{"two words", `"two words"`},
		{1.5, "1.5"},
		{[]any{"a.lua:1 <a.lua:1>", "b & c"}, `["a.lua:1 <a.lua:1>","b & c"]`},
	} {
		if got := fieldText(tt.value); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.value, got, tt.want)
		}
	}
}
