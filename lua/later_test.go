package lua

import (
	"errors"
	"strings"
	"testing"

	"scripthost.example/child/engine"
)

// What a later Lua than 5.1 has is told to be that, and nothing else is.
func TestLaterSyntax(t *testing.T) {
	t.Parallel()
	const (
		bits      = ": Lua 5.1 has no operators for bits"
		integers  = ": Lua 5.1 has no // for integers; write math.floor(a / b)"
		attribute = ": Lua 5.1 has no attributes of variables, such as <const>"
	)
	for source, hint := range map[string]string{
		"x = a // 2":               integers,
		"\n\nx = a//2":             integers,
		"x = a & 2":                bits,
		"x = a|2":                  bits,
		"x = ~a":                   bits,
		"x = a ~ 3":                bits,
		"x = a << 2":               bits,
		"x = a>>2":                 bits,
		"local x <const> = 5":      attribute,
		"local a, b <close> = 5":   attribute,
		"x = 1 local y<const> = 5": attribute,
		"x = a / / 2":              "",
		"x = = 1":                  "",
		"x = a < < 2":              "",
		"local x = 1 < < 2":        "",
		"local":                    "",
		"x = 'unfinished // & \n":  "",
		"if a ~= 1 ~= then":        "",
		"x = 1 2":                  "",
		"f(a > > 1)":               "",
		"<const>":                  "",
		"x = 'ä' // 'ö'":           integers,
		"x = 'ä' --[[//]] = = 'ö'": "",
	} {
		err := newVM(t).load(source)
		var e *engine.Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", source, err)
			continue
		}
		if hint != "" && !strings.HasSuffix(e.Message, hint) || hint == "" && strings.Contains(e.Message, "5.1") {
			t.Errorf("%q: %q, want %q", source, e.Message, hint)
		}
	}
}
