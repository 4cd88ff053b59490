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
		{argParser{json: true}, `[1,`, nil, `not a JSON array: column 4: it ends too early`},
		{argParser{json: true}, `["é", tru]`, nil, `not a JSON array: column 10: invalid character ']' in literal true`},
		{argParser{json: true}, `{"a": tru}`, nil, `not a JSON array: with --json a line is like ["a", 1]`},
		{argParser{json: true}, "[\"a\xff\"]", nil, `not a JSON array: column 4: the octet \xff is not UTF-8`},
		{argParser{json: true}, `[{"a": {"b": 1, "c": 2, "b": 3}}]`, nil, `^column 25: the key "b" occurs twice in one object: give each key once`},
		{argParser{json: true}, `[{"a": "x"}, {"a": ["a", "a"], "b": {"a": "b"}, "\u0061": 1}]`, nil, `^column 49: the key "a" occurs twice`},
		{argParser{json: true}, `["1", -9223372036854775809]`, nil, `^column 7: the integer -9223372036854775809 does not fit into 64 bits: send it as a string`},
		{argParser{json: true}, `[` + strings.Repeat("9", 100) + `]`, nil, `^column 2: the integer ` + strings.Repeat("9", 40) + `… does not fit`},
		{argParser{json: true}, `[1, 1e400]`, nil, `^column 5: the number 1e400 is larger than a number can be: send it as a string`},
		{argParser{json: true}, `["\\ud800 \ud83d\ude00 \udc00"]`, nil, `^column 24: \udc00 is half of a surrogate pair`},
		{argParser{json: true}, `["\ud83d"]`, nil, `^column 3: \ud83d is half of a surrogate pair`},
		{argParser{json: true}, `["a"]` + "\n" + `{"a": 1, "a": 2}`, nil, `not a JSON array: line 2, column 1: invalid character '{' after top-level value`},
		{argParser{json: true}, strings.Repeat("[", 600) + strings.Repeat("]", 600), nil, `^column 514: more than 512 arrays and objects are inside one another`},
		{argParser{json: true}, strings.Repeat("[", 20000) + strings.Repeat("]", 20000), nil, `: more than 512 arrays and objects are inside one another`},
	} {
		got, err := test.parse.line([]byte(test.line))
		if test.err != "" {
			want, whole := strings.CutPrefix(test.err, "^")
			if err == nil || !strings.Contains(err.Error(), want) || whole && !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%.100q: %v, want %s", test.line, err, test.err)
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
