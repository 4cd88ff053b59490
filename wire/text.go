package wire

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// ValidText returns s with each octet that is not UTF-8 written as \xNN.
func ValidText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[i])
		} else {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// maxEscaped is how many octets escapeOctets escapes, each of which takes five then.
const maxEscaped = 64 << 10

// escapeOctets is ValidText for the texts in JSON, where a backslash is itself escaped.
// It reports false for more than maxEscaped octets.
func escapeOctets(payload []byte) ([]byte, bool) {
	dst := make([]byte, 0, len(payload)+64)
	for escaped := 0; len(payload) > 0; {
		r, n := utf8.DecodeRune(payload)
		if r == utf8.RuneError && n == 1 {
			if escaped++; escaped > maxEscaped {
				return nil, false
			}
			dst = fmt.Appendf(dst, `\\x%02x`, payload[0])
		} else {
			dst = append(dst, payload[:n]...)
		}
		payload = payload[n:]
	}
	return dst, true
}

// validTexts does not change texts, but may return it.
func validTexts(texts []string) []string {
	if !slices.ContainsFunc(texts, func(s string) bool { return !utf8.ValidString(s) }) {
		return texts
	}
	c := make([]string, len(texts))
	for i, s := range texts {
		c[i] = ValidText(s)
	}
	return c
}

// valid returns a copy that is fit for JSON.
func (b *Boot) valid() *Boot {
	c := *b
	for _, text := range []*string{&c.Name, &c.Language, &c.Function, &c.Mode, &c.Serialiser.Name, &c.Init, &c.Sandbox, &c.Generation} {
		*text = ValidText(*text)
	}
	if b.Zone != nil {
		c.Zone = &BootZone{Name: ValidText(b.Zone.Name), Data: b.Zone.Data}
	}
	c.Grants, c.Host, c.Modules, c.Nearby = validTexts(c.Grants), validTexts(c.Host), validTexts(c.Modules), validTexts(c.Nearby)
	return &c
}

// maxCauses bounds a chain of causes, which the other side may have made a loop.
const maxCauses = 16

// valid returns a copy that is fit for JSON and has a bounded chain of causes.
func (e *Error) valid(depth int) *Error {
	c := *e
	c.Kind, c.Message, c.Language = ValidText(c.Kind), ValidText(c.Message), ValidText(c.Language)
	if len(c.Stack) > 0 {
		c.Stack = make([]StackFrame, len(e.Stack))
		for i, f := range e.Stack {
			f.Function, f.File = ValidText(f.Function), ValidText(f.File)
			c.Stack[i] = f
		}
	}
	if !utf8.Valid(c.Value) {
		c.Value = nil // not JSON, whatever else it is
	}
	switch {
	case c.Cause == nil:
	case depth >= maxCauses:
		c.Cause = nil
	default:
		c.Cause = c.Cause.valid(depth + 1)
	}
	return &c
}

var errDeepFields = errors.New("the fields of a log record are nested too deep")

// validFields returns a copy of the fields of a log record that is fit for JSON.
func validFields(fields map[string]any, depth int) (map[string]any, error) {
	if fields == nil {
		return nil, nil
	}
	c := make(map[string]any, len(fields))
	for key, v := range fields {
		valid, err := validField(v, depth)
		if err != nil {
			return nil, err
		}
		c[ValidText(key)] = valid
	}
	return c, nil
}

func validField(v any, depth int) (any, error) {
	switch v := v.(type) {
	case string:
		return ValidText(v), nil
	case []string:
		return validTexts(v), nil
	case []any:
		if depth == MaxDepth {
			return nil, errDeepFields
		}
		c := make([]any, len(v))
		for i := range v {
			var err error
			if c[i], err = validField(v[i], depth+1); err != nil {
				return nil, err
			}
		}
		return c, nil
	case map[string]any:
		if depth == MaxDepth {
			return nil, errDeepFields
		}
		return validFields(v, depth+1)
	}
	return v, nil
}
