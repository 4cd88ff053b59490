package fleet

import (
	"strings"
	"testing"
)

func TestCheckName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"tidy":                   "",
		"a_b-C9":                 "",
		strings.Repeat("x", 128): "",
		"":                       "a plugin needs a name",
		strings.Repeat("x", 129): "it may have 128",
		"-x":                     "must not begin with -",
		"a.b":                    `only: "a.b"`,
		"a b":                    `only: "a b"`,
		"*":                      `only: "*"`,
		">":                      `only: ">"`,
		"ä":                      `only: "ä"`,
	} {
		err := CheckName("plugin", name)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
}
