//go:build unix

package main

import (
	"errors"
	"io"
	"math"
	"os"
	"testing"
	"time"

	"scripthost.example/host"
)

func TestAppendJSON(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in   []any
		want string
	}{
		{nil, `[]`},
		{[]any{nil, true, int64(-1), uint64(math.MaxUint64), 1.5, "a\"\n<é"}, `[null,true,-1,18446744073709551615,1.5,"a\"\n<é"]`},
		{[]any{"\xff", []byte{0xff, 0}, []byte("text")}, `[{"base64":"/w=="},{"base64":"/wA="},"text"]`},
		{[]any{math.NaN(), math.Inf(1), math.Inf(-1)}, `[{"number":"NaN"},{"number":"Infinity"},{"number":"-Infinity"}]`},
		{[]any{map[string]any{"b": []any{[]byte{0x80}}, "a": nil}}, `[{"a":null,"b":[{"base64":"gA=="}]}]`},
		{[]any{time.Date(2024, 2, 29, 12, 0, 0, 5e8, time.UTC)}, `["2024-02-29T12:00:00.5Z"]`},
	} {
		got, err := appendJSON(nil, test.in)
		if err != nil || string(got) != test.want {
			t.Errorf("%v: %s, %v; want %s", test.in, got, err, test.want)
		}
	}
	if got, err := appendText(nil, []any{"a\xff", []byte{0xfe}, nil, 1.5, []any{"x"}}, false); err != nil || string(got) != "a\xff\t\xfe\tnull\t1.5\t[\"x\"]" {
		t.Errorf("text: %q, %v", got, err)
	}
	deep := any("x")
	for range 1000 {
		deep = []any{deep}
	}
	if _, err := appendJSON(nil, []any{deep}); err == nil {
		t.Error("what is nested too deep is written")
	}
}

// Text is in the order of the calls, whatever the order of their answers, and
// what is held is counted.
func TestTextOrder(t *testing.T) {
	t.Parallel()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	o := &textOutput{
		out: &stream{file: write}, diag: &diagnostics{out: &stream{file: null}},
		calls: "calls.txt", held: make(map[uint64][]byte),
	}
	for number := range uint64(5) {
		o.begin(number + 1)
	}
	o.result(3, []any{"three"})
	o.failure(2, errors.New("no"))
	if want := len("three\n") + 2*heldOverhead; o.heldBytes() != want {
		t.Errorf("%d bytes are held, want %d", o.heldBytes(), want)
	}
	o.result(1, []any{"one"})
	o.result(5, nil)
	o.result(4, []any{"four", "4"})
	if o.heldBytes() != 0 || len(o.held) != 0 {
		t.Errorf("%d bytes are held of %d calls", o.heldBytes(), len(o.held))
	}
	write.Close()
	got, err := io.ReadAll(read)
	if want := "one\nthree\nfour\t4\n\n"; err != nil || string(got) != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err        error
		call, load int
	}{
		{&host.ScriptError{}, exitFailed, exitUsage},
		{&host.ExitError{Killed: true}, exitDied, exitDied},
		{&host.ExitError{Killed: true, Cause: host.ErrClosed}, exitFailed, exitUsage},
		{&host.LimitError{Cause: &host.ExitError{Killed: true}}, exitFailed, exitUsage},
		{&host.ExitError{Signal: "killed"}, exitDied, exitDied},
		{&host.CallError{Err: host.ErrProtocol}, exitDied, exitDied},
		{&host.LimitError{}, exitFailed, exitUsage},
		{&host.LimitError{Limit: "memory", Cause: &host.ExitError{Code: 2}}, exitFailed, exitUsage},
		{&host.CallError{Kind: "sandbox", Err: host.ErrSandboxUnavailable}, exitUsage, exitUsage},
		{&lineError{}, exitFailed, exitUsage},
	} {
		if call, load := statusOf(test.err), startStatus(test.err); call != test.call || load != test.load {
			t.Errorf("%T %+[1]v: %d and %d, want %d and %d", test.err, call, load, test.call, test.load)
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	stack := []host.StackFrame{{Function: "run", File: "x.lua", Line: 3}}
	for _, test := range []struct {
		err        error
		kind, text string
	}{
		{&host.ScriptError{Message: "boom", Stack: stack}, "script", "x.lua:3: boom\n    at run (x.lua:3)\n"},
		{&host.DeniedError{Message: "no", Stack: stack}, "denied", "x.lua:3: no\n    at run (x.lua:3)\n"},
		{&host.LimitError{Message: "too large"}, "limit", "w.lua: too large\n"},
		{&host.SerialiseError{Message: "a function", Stack: stack}, "serialise", "x.lua:3: a function\n    at run (x.lua:3)\n"},
		{&host.CallError{Kind: "deadline", Message: "late"}, "deadline", "w.lua: late\n"},
		{&host.ExitError{Signal: "killed"}, "exit", "w.lua: the worker died of the signal: killed\n"},
		{&lineError{message: "not a call"}, "serialise", "w.lua: not a call\n"},
		{&lineError{"too long", host.ErrTooLarge}, "limit", "w.lua: too long\n"},
		{errors.New("other \xff"), "script", "w.lua: other \\xff\n"},
		{&host.ScriptError{Message: "a\x1b[2J\rb\tc\n\u009bd\u202ee\x00é", Stack: []host.StackFrame{{Function: "\x1b]0;x\a", File: "x\x7f", Line: 1}}}, "script",
			"x\\x7f:1: a\\x1b[2J\\x0db\tc\n\\u009bd\\u202ee\\x00é\n    at \\x1b]0;x\\x07 (x\\x7f:1)\n"},
		{&host.ScriptError{Message: "m", Value: "\u009b"}, "script", "w.lua: m\n    thrown: \"\\u009b\"\n"},
		{&host.ExitError{Code: 2, Stderr: "panic: \x1b[31m"}, "exit", "w.lua: the worker exited with status 2 (it said: panic: \\x1b[31m)\n"},
	} {
		r := newReport(test.err)
		if got := r.text("w.lua", false); r.Kind != test.kind || got != test.text {
			t.Errorf("%T: %s %q, want %s %q", test.err, r.Kind, got, test.kind, test.text)
		}
	}
}
