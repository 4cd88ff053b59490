package scripttest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scripthost.example/host"
)

// writeTest writes a file of tests into a folder of its own.
func writeTest(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// timeoutFor is long where no timeout is wanted: the machine may be busy.
func timeoutFor(want string) time.Duration {
	if strings.Contains(want, "timeout") {
		return 4 * time.Second
	}
	return time.Minute
}

// Whatever a script with tests does, the run ends, and what failed is seen.
func TestHostileTests(t *testing.T) {
	t.Parallel()
	const last = "\nit('last', function() end)"
	for name, test := range map[string]struct {
		source string
		want   []string // "status kind: part of the message" of each result
	}{
		"events are none of it": {"it('a', function() event('end', 0, {}) event('begin', 1) error('x') end)" + last, []string{"failed script: x", "passed"}},
		"events without end":    {"it('a', function() while true do event('more', ('x'):rep(1000)) end end)" + last, []string{"failed timeout: did not end within", "passed"}},
		"it spins":              {"it('a', function() while true do end end)" + last, []string{"failed timeout: did not end within", "passed"}},
		"it waits":              {"it('a', function() sleep(1e6) end)" + last, []string{"failed timeout: did not end within", "passed"}},
		"it prints endlessly":   {"it('a', function() while true do print(('x'):rep(1000)) end end)" + last, []string{"failed timeout: did not end within", "passed"}},
		"it takes all memory":   {"it('a', function() local t = {} while true do t[#t + 1] = ('x'):rep(1e6) .. #t end end)" + last, []string{"failed limit: memory", "passed"}},
		"a deep recursion":      {"local function f() return 1 + f() end it('a', function() f() end)" + last, []string{"failed script: stack overflow", "passed"}},
		"a huge message":        {"it('a', function() error(('x'):rep(2e6)) end)" + last, []string{"failed script: xxx", "passed"}},
		"control characters":    {"it('\\27[2Ja\\0', function() error('\\27]0;x\\7\\255') end)" + last, []string{"failed script: \x1b]0;x\x07\uFFFD", "passed"}},
		"a loop before a suite": {"describe('s', function() setup(function() while true do end end) it('a', function() end) end)" + last, []string{"failed timeout: did not end", "passed"}},
		"a loop after a suite":  {"describe('s', function() it('a', function() end) teardown(function() while true do end end) end)", []string{"passed", "failed timeout: did not end"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if withRace && strings.Contains(strings.Join(test.want, " "), "limit: memory") {
				t.Skip("a process with the race detector has no limit of memory")
			}
			file := writeTest(t, "a_test.lua", test.source)
			results, err := Run(context.Background(), file, &Options{Timeout: timeoutFor(strings.Join(test.want, " ")), Memory: 256 << 20, OnLog: func(string, host.LogRecord) {}})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range results {
				line := string(r.Status)
				for _, f := range r.Failures {
					line += fmt.Sprintf(" %s: %.200s", f.Kind, f.Message)
					if len(f.Message) > 3*maxText {
						t.Errorf("a message of %d octets", len(f.Message))
					}
				}
				got = append(got, line)
			}
			if len(got) != len(test.want) {
				t.Fatalf("results are %q, want %q", got, test.want)
			}
			for i, want := range test.want {
				status, message, _ := strings.Cut(want, ": ")
				if !strings.HasPrefix(got[i], status) || !strings.Contains(got[i], message) {
					t.Errorf("result %d is %q, want %q", i, got[i], want)
				}
			}
		})
	}
}

// Files whose tests cannot be found are errors, in a time that is bounded.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ source, want string }{
		"it spins as it loads": {"while true do end", "the script was not loaded within"},
		"an endless name":      {"it(('x'):rep(1e7), function() end)", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			results, err := Run(context.Background(), writeTest(t, "a_test.lua", test.source), nil)
			if err == nil && test.want == "" {
				for _, r := range results {
					if len(r.Name) != 1 || len(r.Name[0]) > maxText+10 {
						t.Errorf("a name of %d octets", len(r.Name[0]))
					}
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%d results, %v; want %s", len(results), err, test.want)
			}
		})
	}
}

// What failures of a file take is bounded: the worker must not fill our memory.
func TestFailuresAreBounded(t *testing.T) {
	t.Parallel()
	r := &run{}
	long := strings.Repeat("x", maxText)
	total, cut := 0, false
	for range 200 {
		given := make([]any, 100)
		for i := range given {
			given[i] = map[string]any{"kind": "script", "message": long}
		}
		kept := r.keep(failuresOf(given))
		if len(kept) == 0 {
			t.Fatal("a test that failed has no failure")
		}
		for _, f := range kept {
			total += len(f.Message)
			cut = cut || f.Kind == "limit"
		}
	}
	if total > maxKept+200*200 || !cut {
		t.Errorf("%d octets are kept, cut: %v", total, cut)
	}
}

// So it is with the names of suites that failed.
func TestNamesOfSuitesAreBounded(t *testing.T) {
	t.Parallel()
	p := newProgress(&session{run: &run{file: "a.lua"}}, nil, func(Result) {})
	names := make([]any, maxNames)
	for i := range names {
		names[i] = strings.Repeat("x", maxText/4)
	}
	taken := 0
	for taken < 100 && p.event([]any{"suite", names, []any{}}) {
		taken++
	}
	if taken == 0 || taken > maxKept/(maxNames*maxText/4) || len(p.late) != taken {
		t.Errorf("%d are taken, %d kept", taken, len(p.late))
	}
}

// Workers that are being started count as those that there are: a worker with tests
// can ask for many at once.
func TestLoadsAreBounded(t *testing.T) {
	t.Parallel()
	file := writeTest(t, "a_test.lua", "")
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "worker.lua"), []byte("function run() end"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := &bench{run: &run{Options: new(Options).withDefaults(file), file: file}, loading: maxWorkers - 1}
	defer b.end()
	if _, err := b.load(context.Background(), "worker.lua", `{"serialiser":"none"}`); err == nil || !strings.Contains(err.Error(), `no serialiser "none"`) {
		t.Error(err)
	}
	if _, err := b.load(context.Background(), "worker.lua", "{}"); err != nil {
		t.Error(err)
	}
	if _, err := b.load(context.Background(), "worker.lua", "{}"); err == nil || !strings.Contains(err.Error(), "64 workers are loaded at a time") {
		t.Error(err)
	}
	if b.loading != maxWorkers-1 || len(b.workers) != 1 {
		t.Errorf("%d are being loaded, %d are there", b.loading, len(b.workers))
	}
}

// What a worker claims of lines is taken of files of the project only, and is bounded.
func TestHostileCoverage(t *testing.T) {
	t.Parallel()
	file := writeTest(t, "a_test.lua", "")
	dir := filepath.Dir(file)
	for _, name := range []string{"a.lua", "b_test.lua"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := new(Options).withDefaults(file)
	r := &run{Options: o, file: file}
	a := filepath.ToSlash(filepath.Join(dir, "a.lua"))
	for text, want := range map[string]string{
		`{"%s":{"1":2,"3":0}}`: "1:2 3:0 ",
		`{"%s":{"0":1,"-1":1,"1e3":1,"99999999999":1,"2":-1,"4":1.5,"5":"x","6":7}}`: "6:7 ",
		`{"%s":{"1":18446744073709551615},"%[1]s":{"1":5}}`:                          "1:18446744073709551615 ",
		`{"/etc/passwd":{"1":1},"../x":{"1":1},"%s":{"2":1}}`:                        "2:1 ",
		`{"` + filepath.ToSlash(file) + `":{"1":1},"%s":{}}`:                         "",
		`{"%s":{"1":2`: "", // it is cut off
		`not JSON %s`:  "",
	} {
		c := new(Coverage)
		c.add(r, fmt.Sprintf(text, a))
		got := ""
		for _, f := range c.Files() {
			if f.Path != filepath.Join(dir, "a.lua") {
				t.Errorf("%s: the file %s", text, f.Path)
			}
			for _, l := range f.Lines {
				got += fmt.Sprintf("%d:%d ", l.Line, l.Count)
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	var many strings.Builder
	for i := range maxCoveredLines + 10 {
		fmt.Fprintf(&many, `,"%d":1`, i+1)
	}
	c := new(Coverage)
	c.add(r, `{"`+a+`":{`+many.String()[1:]+`}}`)
	if c.lines != maxCoveredLines {
		t.Errorf("%d lines are kept", c.lines)
	}
}
