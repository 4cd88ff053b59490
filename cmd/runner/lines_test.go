//go:build unix

package main

import (
	"bufio"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLineReader(t *testing.T) {
	t.Parallel()
	const long = "LONG"
	for _, test := range []struct {
		in   string
		want []string
	}{
		{"", nil},
		{"a", []string{"a"}},
		{"a\n", []string{"a"}},
		{"\n", []string{""}},
		{"\n\n", []string{"", ""}},
		{"a\r\nb\r", []string{"a", "b"}},
		{"a\r\r\n", []string{"a\r"}},
		{"a\n\nb", []string{"a", "", "b"}},
		{strings.Repeat("x", 30) + "\n" + strings.Repeat("y", 31), []string{strings.Repeat("x", 30), strings.Repeat("y", 31)}},
		{strings.Repeat("x", 100) + "\nshort\n", []string{long, "short"}},
		{"short\n" + strings.Repeat("x", 100), []string{"short", long}},
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(test.in), "bytes": iotest.OneByteReader(strings.NewReader(test.in))} {
			l := &lineReader{r: bufio.NewReaderSize(r, 16), limits: lineLimits{bytes: 32}}
			var got []string
			for {
				line, err := l.next()
				if err == io.EOF {
					break
				}
				if err == errLongLine {
					line = []byte(long)
				} else if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(line))
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("%q (%s): %q, want %q", test.in, name, got, test.want)
			}
		}
	}
}

func TestArgParser(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		parse argParser
		line  string
		want  []any
		err   string
	}{
		{argParser{}, "", nil, ""},
		{argParser{}, "a\tb", []any{"a", "b"}, ""},
		{argParser{}, "\t", []any{"", ""}, ""},
		{argParser{octets: true}, "\xff\ta", []any{[]byte{0xff}, "a"}, ""},
		{argParser{}, "\xff", []any{"\xff"}, ""},
		{argParser{json: true}, "", nil, ""},
		{argParser{json: true}, " [] ", []any{}, ""},
		{argParser{json: true}, `[1,"a",18446744073709551615]`, []any{int64(1), "a", uint64(1<<64 - 1)}, ""},
		{argParser{json: true}, `{"a":1}`, nil, "not a JSON array"},
		{argParser{json: true}, `[1`, nil, "not a JSON array"},
		{argParser{json: true}, `[1] [2]`, nil, "not a JSON array"},
		{argParser{json: true}, `1`, nil, `not a JSON array: with --json a line is like ["a", 1]`},
	} {
		got, err := test.parse.line([]byte(test.line))
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q: %v, want %s", test.line, err, test.err)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q: %#v, %v; want %#v", test.line, got, err, test.want)
		}
	}
}

// An input that breaks off says so; the calls before it are there.
func TestReadError(t *testing.T) {
	t.Parallel()
	r := io.MultiReader(strings.NewReader("a\nb\n"), iotest.ErrReader(io.ErrUnexpectedEOF))
	in := readCalls(io.NopCloser(r), "calls.txt", argParser{}, lineLimits{bytes: 1 << 10}, nil, nil)
	var got []uint64
	for c := range in.calls {
		got = append(got, c.number)
	}
	if !reflect.DeepEqual(got, []uint64{1, 2}) || in.err == nil || !strings.Contains(in.err.Error(), "cannot read the calls in calls.txt") {
		t.Errorf("calls %v, error %v", got, in.err)
	}
}

// Of a JSON line that is too large for a payload nothing is kept from where that is
// clear, and none is refused that may fit into one.
func TestJSONLineLimit(t *testing.T) {
	t.Parallel()
	limits := lineLimits{bytes: 600, values: 100}
	for _, test := range []struct {
		line string
		over int
	}{
		{`["` + strings.Repeat("x", 100) + `"]`, 0},
		{`["` + strings.Repeat("x", 101) + `"]`, 100},
		{`["` + strings.Repeat(`\u0000`, 90) + `"]`, 0},
		{`["` + strings.Repeat(`\"`, 100) + `"]`, 0},
		{`["` + strings.Repeat(`\\`, 101) + `"]`, 100},
		{`[` + strings.Repeat(" ", 500) + `]`, 0},
		{`[` + strings.Repeat(" ", 600) + `]`, 600},
		{`[` + strings.Repeat("1.000,", 90) + `1]`, 0},
		{`[` + strings.Repeat("1,", 101) + `1]`, 100},
	} {
		l := &lineReader{r: bufio.NewReaderSize(strings.NewReader(test.line+"\n[]"), 16), limits: limits}
		line, err := l.next()
		if (err == errLongLine) != (test.over > 0) || l.over != test.over || err == nil && string(line) != test.line {
			t.Errorf("%s: %q, %v, over %d; want %d", test.line, line, err, l.over, test.over)
		}
		if line, err := l.next(); string(line) != "[]" || err != nil {
			t.Errorf("%s: then %q, %v", test.line, line, err)
		}
	}
}
