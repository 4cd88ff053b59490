package js

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/go-sourcemap/sourcemap"

	"scripthost.example/child/engine"
)

// mapped is a script with a source map at its end.
func mapped(text, sourceMap string) string {
	return text + "\n" + mapStart + ";charset=utf-8;base64," + base64.StdEncoding.EncodeToString([]byte(sourceMap)) + "\n\n"
}

// The script has three lines; the map leads from the second to line 7, column 5
// of a.ts, and from the third to b.ts.
const (
	mappedText = "function run() { return 1 }\nconst go = () => { throw new Error('x') };\nconst stop = () => null.x;"
	mappedTo   = `{"version":3,"sources":["lib/a.ts","file:///abs/b%20c.ts"],"names":[],"mappings":";AAMI;ACCA"}`
)

func TestSourceMap(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, sourceMap, at string }{
		"second line":  {mappedText + "\ngo()", mappedTo, "lib/a.ts:7:5"},
		"third line":   {mappedText + "\nstop()", mappedTo, "/abs/b c.ts:8:5"},
		"root":         {mappedText + "\ngo()", strings.Replace(mappedTo, `"names"`, `"sourceRoot":"../src/","names"`, 1), "../src/lib/a.ts:7:5"},
		"syntax":       {mappedText + "\nlet let", mappedTo, "/abs/b c.ts:8:5"},
		"redeclared":   {"let a;\nlet a;", mappedTo, "lib/a.ts:7:5"},
		"not a map":    {"\nthrow new Error('x')", "{", "test.js:2:7"},
		"version":      {"\nthrow new Error('x')", `{"version":2}`, "test.js:2:7"},
		"no source":    {"\nthrow new Error('x')", `{"version":3,"sources":[],"mappings":"AAAA"}`, "test.js:2:7"},
		"bad mappings": {"\nthrow new Error('x')", `{"version":3,"sources":["a"],"mappings":"A!"}`, "test.js:2:7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var e *engine.Error
			if err := w.load(syncConfig, mapped(c.text, c.sourceMap)); !errors.As(err, &e) {
				t.Fatal(err)
			}
			if len(e.Stack) == 0 || e.Stack[0].Position() != c.at {
				t.Errorf("%s: %v", e.Message, e.Stack)
			}
		})
	}
}

func FuzzMappings(f *testing.F) {
	for _, mappings := range []string{"", ";AAMI;ACCA", "AAAA,CAAC;;AACA,IAAIA", "gB", "AAAAA,A,CDDD", "////////", "AAgggggggB"} {
		f.Add(mappings, 2)
	}
	f.Fuzz(func(t *testing.T, mappings string, sources int) {
		if sources < 1 || sources > 10 {
			return
		}
		made, err := gojaMappings(mappings, sources, 4)
		if err != nil {
			return
		}
		names := strings.TrimSuffix(strings.Repeat(`"s",`, sources), ",")
		m, err := sourcemap.Parse("", []byte(`{"version":3,"sources":[`+names+`,"`+helperSource+`"],"names":[],"mappings":"`+made+`"}`))
		if err != nil {
			t.Fatalf("%q became %q: %v", mappings, made, err)
		}
		for line := range 4 {
			for column := range 8 {
				// It must not panic, and there is always a place before.
				source, _, sourceLine, sourceColumn, ok := m.Source(line+1, column+1)
				if !ok || source == "" || sourceLine < 1 || sourceColumn < 1 {
					t.Fatalf("%q became %q: %d:%d is %q %d:%d %v", mappings, made, line, column, source, sourceLine, sourceColumn, ok)
				}
			}
		}
	})
}
