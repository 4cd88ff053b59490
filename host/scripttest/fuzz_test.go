package scripttest

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"strconv"
	"testing"
	"time"
	"unicode/utf8"

	"scripthost.example/host"
)

// FuzzEvents gives what a worker may tell of its tests to what takes it, and compares
// with what the rules say: a test begins once and alone, ends after that, and a suite
// that failed is told between tests.
func FuzzEvents(f *testing.F) {
	seed := func(events ...any) {
		text, err := host.CBOR.AppendFreeze(nil, events)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	begin, end := func(id any) any { return []any{"begin", id} }, func(id any, failures ...any) any { return []any{"end", id, failures} }
	failure := map[string]any{"kind": "script", "message": "no\x1b[2J", "cause": []byte("\xff"), "stack": []any{map[string]any{"file": "a.lua", "line": 1.5}}}
	seed(begin(int64(0)), end(int64(0)), begin(int64(1)), end(int64(1), failure), []any{"suite", []any{"a"}, []any{failure}})
	seed(begin(int64(0)), end(int64(0)), end(int64(0)))
	seed(begin(int64(0)), begin(int64(1)))
	seed(begin(int64(0)), []any{"end", int64(0), []any{}, true})
	seed(begin(0.5), begin(math.NaN()), begin(uint64(math.MaxUint64)))
	seed([]any{"suite", "a", nil}, []any{[]any{}, int64(0)}, []any{"end", int64(2)})
	f.Fuzz(func(t *testing.T, payload []byte) {
		events, err := host.CBOR.Thaw(payload)
		if err != nil {
			t.Skip()
		}
		const tests = 3
		s := &session{run: &run{Options: new(Options).withDefaults("a.lua"), file: "a.lua"}}
		list := make([]Test, tests)
		for i := range list {
			list[i] = Test{id: i, Name: []string{"test"}}
		}
		reported := 0
		p := newProgress(s, list, func(Result) { reported++ })
		p.limit = time.NewTimer(time.Hour)
		defer p.limit.Stop()

		want, failed := make(map[int]Status), 0 // what came of each test, and of suites
		running := -1
		number := func(v any) int {
			for id := range tests {
				switch v {
				case int64(id), uint64(id), float64(id):
					return id
				}
			}
			return -1
		}
		allowed := func(args []any) bool {
			if len(args) < 2 {
				return false
			}
			name, _ := args[0].(string)
			switch id := number(args[1]); {
			case name == "begin" && id >= 0 && want[id] == "" && running < 0:
				running = id
				return true
			case name == "end" && id >= 0 && id == running && len(args) >= 3:
				failures, _ := args[2].([]any)
				want[id] = Passed
				if len(failures) > 0 {
					want[id] = Failed
				} else if len(args) > 3 && args[3] == true {
					want[id] = Skipped
				}
				running = -1
				return true
			case name == "suite" && len(args) == 3 && running < 0:
				failed++
				return true
			}
			return false
		}
		for _, event := range events {
			args, _ := event.([]any)
			ok := allowed(args)
			if got := p.event(args); got != ok {
				t.Fatalf("%v is taken: %v, want %v", args, got, ok)
			}
			if !ok {
				break
			}
		}
		got := make(map[int]Status)
		for _, r := range p.results {
			if got[r.id] != "" {
				t.Errorf("test %d has two results", r.id)
			}
			got[r.id] = r.Status
		}
		if !maps.Equal(got, want) || len(p.late) != failed || reported != len(p.results)+len(p.late) {
			t.Errorf("results are %v, want %v; of suites %d, want %d; %d told", got, want, len(p.late), failed, reported)
		}
		for _, r := range append(p.results, p.late...) {
			if len(r.Failures) > maxFailures || len(r.Name) > maxNames+1 {
				t.Errorf("%d failures, %d names", len(r.Failures), len(r.Name))
			}
			for _, name := range r.Name {
				checkText(t, name)
			}
			for _, f := range r.Failures {
				for _, text := range []string{f.Kind, f.Message, f.Expected, f.Actual} {
					checkText(t, text)
				}
				for _, frame := range f.Stack {
					checkText(t, frame.Function)
					checkText(t, frame.File)
					if frame.Line < 0 || frame.Column < 0 {
						t.Errorf("a place is %v", frame)
					}
				}
			}
		}
	})
}

func checkText(t *testing.T, s string) {
	t.Helper()
	if len(s) > 2*maxText+100 || !utf8.ValidString(s) {
		t.Errorf("a text of %d octets: %.100q", len(s), s)
	}
}

// FuzzCoverage compares what is taken of the lines that a worker tells of with what
// decoding all of it gives.
func FuzzCoverage(f *testing.F) {
	for _, text := range []string{
		`{"a.lua":{"1":2,"3":0},"b.lua":{}}`, `{"a.lua":{"0":1,"-1":2,"x":3,"1":-4,"2":1.5,"3":18446744073709551616}}`,
		`{"a.lua":3,"b.lua":{"1":1}}`, `{"a.lua":[{"1":1}]}`, `{"a.lua":{"1":{"2":3},"4":5}}`, `[]`, `{"a":{"1":null,"2":"3","4":true}}`, ``, `{`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) {
			t.Skip()
		}
		got := make(map[string]map[int]uint64)
		var known map[int]uint64
		eachCovered(text, func(name string) bool {
			if known = got[name]; known == nil {
				known = make(map[int]uint64)
				got[name] = known
			}
			return true
		}, func(line int, count uint64) { known[line] = count })
		// What is decoded as a whole can be so for one that is as it should be only.
		var want map[string]map[string]json.Number
		d := json.NewDecoder(bytes.NewReader([]byte(text)))
		d.UseNumber()
		if d.Decode(&want) != nil {
			return
		}
		for name, lines := range want {
			for key, value := range lines {
				line, notLine := strconv.Atoi(key)
				count, notCount := strconv.ParseUint(string(value), 10, 64)
				if notLine != nil || notCount != nil {
					continue
				}
				if _, there := got[name][line]; !there {
					t.Fatalf("line %d of %q, %d times, is missing in %v of %s", line, name, count, got, text)
				}
			}
		}
		for name, lines := range got {
			if _, there := want[name]; !there || len(lines) > len(want[name]) {
				t.Fatalf("%q has %v, want %v", name, lines, want[name])
			}
		}
	})
}
