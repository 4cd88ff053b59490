package check

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzReport gives what a worker may answer to what reads it: what is taken is valid,
// bounded, and was in the answer.
func FuzzReport(f *testing.F) {
	for _, text := range []string{
		`{"findings":[{"certain":true,"message":"no","file":"a.lua","line":1,"column":2}],"uses":["read"],"opaque":false}`,
		`{"findings":[{"line":-1,"message":"\ud800"}],"opaque":true}`, `{"uses":null}`, `[]`, `null`, `{"findings":3}`, "\xff", ``,
		`{"findings":[` + strings.Repeat(`{},`, maxFindings+5) + `{}]}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, out := range [][]any{{text}, {[]byte(text)}} {
			r, err := parse(out)
			var any map[string]json.RawMessage
			if err == nil && json.Unmarshal([]byte(text), &any) != nil {
				t.Fatalf("%q is a report", text)
			}
			if err != nil {
				continue
			}
			if len(r.Findings) > maxFindings {
				t.Errorf("%d findings", len(r.Findings))
			}
			for _, f := range r.Findings {
				for _, s := range []string{f.Message, f.At.File} {
					if len(s) > maxText+utf8.UTFMax || !utf8.ValidString(s) {
						t.Errorf("a text of %d octets: %.100q", len(s), s)
					}
				}
				if f.At.Line < 0 || f.At.Column < 0 || f.At.Function != "" {
					t.Errorf("a place is %+v", f.At)
				}
			}
		}
	})
}
