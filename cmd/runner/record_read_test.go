package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is wrong with a record is told with its line, before anything is run.
func TestBrokenRecord(t *testing.T) {
	t.Parallel()
	const (
		call   = `{"call":1,"worker":1,"args":[]}` + "\n"
		answer = `{"call":1,"result":[]}` + "\n"
		host   = `{"call":1,"worker":1,"host":"host.f","n":1,"given":[],"results":[]}` + "\n"
	)
	small := strings.Replace(recordHead, `"serialiser"`, `"limits":{"payload":1},"serialiser"`, 1)
	long := `{"call":1,"worker":1,"args":["` + strings.Repeat("x", 1<<20) + `"]}` + "\n"
	for name, test := range map[string]struct{ text, want string }{
		"nothing":             {"", "a.record is not a record"},
		"something else":      {"call 1\n", "a.record is not a record"},
		"half a header":       {recordHead[:40], "has not even its first line as a whole"},
		"no JSON":             {recordHead + call + "\x00\x00\n", `line 3 of the record a.record cannot be used: it is not JSON: invalid character '\x00'`},
		"an empty line":       {recordHead + "\n" + call, "line 2 of the record a.record cannot be used: it is not JSON: unexpected end of JSON input"},
		"torn in the middle":  {recordHead + call[:20] + "\n" + answer, "line 2 of the record a.record cannot be used: it is not JSON: unexpected end"},
		"no worker":           {recordHead + `{"call":1,"args":[]}` + "\n", "line 2 of the record a.record cannot be used: it does not say which worker"},
		"a negative worker":   {recordHead + strings.Replace(call, `"worker":1`, `"worker":-1`, 1), "does not say which worker"},
		"no place":            {recordHead + call + strings.Replace(host, `"n":1,`, "", 1), "line 3 of the record a.record cannot be used: it does not say which host call"},
		"a great number":      {recordHead + call + strings.Replace(host, `"n":1`, `"n":18446744073709551615`, 1), "line 3 of the record a.record cannot be used: the number 18446744073709551615 is too great: it can be 4294967296 at most"},
		"a great call":        {recordHead + strings.Replace(call, `"call":1`, `"call":4294967297`, 1), "the number 4294967297 is too great"},
		"answered twice":      {recordHead + call + host + answer + answer, "line 5 of the record a.record cannot be used: call 1 is answered, and was answered before"},
		"sent again":          {recordHead + call + answer + call, "line 4 of the record a.record cannot be used: call 1 is sent, and was answered before"},
		"a line too long":     {small + call + long, "line 3 of the record a.record cannot be used: it is longer than 1048588 bytes, as no line of this record can be"},
		"too long, and torn":  {small + strings.TrimSuffix(long, "\n"), "line 2 of the record a.record cannot be used: it is longer than"},
		"too long by default": {recordHead + long, ""},
		"one sent twice":      {recordHead + call + strings.Replace(call, `"worker":1`, `"worker":2`, 1) + host + answer, ""},
		"an orphan":           {recordHead + host + answer, ""},
		"torn at the end":     {recordHead + call + host[:30], ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "a.record")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			file, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			r, err := openRecord("a.record", file)
			if err == nil {
				defer r.close()
			}
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Fatalf("%v; want %q", err, test.want)
			}
			if usage := new(usageError); err != nil && !errors.As(err, &usage) {
				t.Errorf("%T is no error of usage", err)
			}
		})
	}
}

// Two answers of one host call are refused, since which one would do is not known.
func TestRecordWithHostCallTwice(t *testing.T) {
	t.Parallel()
	const host = `{"call":1,"worker":1,"host":"host.f","n":1,"given":[],"results":[]}` + "\n"
	r := openRecordText(t, `{"call":1,"worker":1,"args":[]}`+"\n"+host+host)
	_, err := newRecordedAnswers(r, 1, func(callRow) bool { return true }, new(callNumbers), nil, nil)
	if want := "line 4 of the record a.record cannot be used: host call 1 of worker 1 is in the record more than once"; err == nil || err.Error() != want {
		t.Errorf("%v; want %s", err, want)
	}
}

// A record that changes while it is replayed is an error, and not another answer.
func TestRecordThatChanges(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.record")
	const call = `{"call":1,"worker":1,"args":[]}` + "\n"
	if err := os.WriteFile(path, []byte(recordHead+call+call), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := openRecord("a.record", file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	if l, err := r.line(int64(len(recordHead))); err != nil || l.Call != 1 {
		t.Fatal(l, err)
	}
	each := func() error {
		return r.eachHead(1, func(*lineHead, *recordScanner) error { return nil })
	}
	if err := each(); err != nil {
		t.Fatal(err)
	}
	for _, change := range []func() error{
		func() error { return os.Truncate(path, int64(len(recordHead)+10)) },
		func() error { return os.WriteFile(path, []byte(recordHead+"{]\n"), 0o600) },
		func() error { return os.Truncate(path, 0) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if _, err := r.line(int64(len(recordHead))); err == nil || !strings.Contains(err.Error(), "the record a.record cannot be read any more, was it changed?") {
			t.Error(err)
		}
		if err := each(); err == nil || !strings.Contains(err.Error(), "was it changed?") {
			t.Error(err)
		}
	}
}
