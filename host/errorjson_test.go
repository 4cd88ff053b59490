package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"scripthost.example/wire"
)

// Errors that go through JSON are the same afterwards.
func TestMarshalError(t *testing.T) {
	t.Parallel()
	stack := []StackFrame{{"f", "a.lua", 3, 4}, {File: "b.lua", Line: 1}}
	exit := &ExitError{outcome: outcome(Unknown), Code: -1, Signal: "killed", Killed: true, Reason: "it was late", Stderr: "oh\nno", Cause: ErrClosed}
	late := &ExitError{outcome: outcome(Unknown), Code: -1, Killed: true, Reason: "it was late", forLimit: true}
	for _, err := range []error{
		&ScriptError{outcome: outcome(Completed), Message: "boo", Language: Lua, Stack: stack, Value: map[string]any{"a": []any{1.5, "x", nil}},
			Cause: &ScriptError{outcome: outcome(Completed), Message: "inner", Language: JS}},
		&ScriptError{outcome: outcome(Completed), Message: "there is no such function", Language: JS, noFunction: true},
		&CallError{outcome: outcome(NotSent), Kind: wire.ErrorBusy, Err: ErrBusy},
		&CallError{outcome: outcome(Unknown), Kind: wire.ErrorDeadline, Message: "late", Err: context.DeadlineExceeded, Stack: stack},
		&CallError{outcome: outcome(Unknown), Kind: wire.ErrorCancelled, Message: "never mind", Err: context.Canceled},
		&CallError{outcome: outcome(NotSent), Kind: wire.ErrorClosed, Err: ErrClosed},
		&CallError{outcome: outcome(NotSent), Kind: wire.ErrorReentrant, Err: ErrReentrant},
		&CallError{outcome: outcome(Unknown), Kind: wire.ErrorProtocol, Err: ErrProtocol},
		&CallError{outcome: outcome(NotSent), Kind: wire.ErrorCrashLoop, Err: ErrCrashLoop},
		&CallError{outcome: outcome(NotSent), Kind: wire.ErrorSandbox, Err: ErrSandboxUnavailable},
		&CallError{outcome: outcome(NotSent), Kind: wire.ErrorCrashLoop, Err: &ScriptError{outcome: outcome(NotSent), Message: "does not load", Language: JS}},
		&CallError{outcome: outcome(NotSent), Kind: wire.ErrorLimit, Message: "too long", Err: ErrTooLarge},
		&LimitError{outcome: outcome(Completed), Limit: "payload", Size: 1 << 40, Max: 3, Message: "too large", Stack: stack},
		&LimitError{outcome: outcome(Unknown), Limit: "memory", Message: "too much", Cause: exit},
		&DeniedError{outcome: outcome(Completed), Grant: "read", Target: "/etc/passwd", Message: "no", Stack: stack},
		&SerialiseError{outcome: outcome(NotSent), Message: "a function", Stack: stack},
		exit,
		late,
		&ExitError{outcome: outcome(Unknown), Code: 7},
		&QuarantineError{outcome: outcome(Unknown), Digest: "abc", Deaths: 2, Cause: exit},
		ErrBusy,
	} {
		t.Run(fmt.Sprintf("%T %v", err, err), func(t *testing.T) {
			t.Parallel()
			got, bad := UnmarshalError(MarshalError(err))
			if bad != nil {
				t.Fatal(bad)
			}
			if !reflect.DeepEqual(got, err) {
				t.Errorf("%#v\nwant %#v", got, err)
			}
		})
	}
}

// What cannot be carried as it is still says what it said.
func TestMarshalErrorOfOthers(t *testing.T) {
	t.Parallel()
	loop := &ScriptError{Message: "loop"}
	loop.Cause = loop
	for _, test := range []struct {
		name    string
		err     error
		is      error
		outcome Outcome
	}{
		{"a text", errors.New("no such thing"), nil, 0},
		{"wrapped", fmt.Errorf("while trying: %w", ErrClosed), ErrClosed, 0},
		{"two kinds", fmt.Errorf("%w %w", io.EOF, context.Canceled), context.Canceled, 0},
		{"a value that JSON lacks", &ScriptError{outcome: outcome(Completed), Message: "f", Value: func() {}}, nil, Completed},
		{"a loop of causes", loop, nil, 0},
		{"not UTF-8", &ScriptError{outcome: outcome(Completed), Message: "caf\xe9"}, nil, Completed},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, bad := UnmarshalError(MarshalError(test.err))
			if bad != nil {
				t.Fatal(bad)
			}
			if want := strings.ToValidUTF8(test.err.Error(), "\ufffd"); got.Error() != want {
				t.Errorf("%q, want %q", got, want)
			}
			if OutcomeOf(got) != test.outcome {
				t.Errorf("outcome %v, want %v", OutcomeOf(got), test.outcome)
			}
			if test.is != nil && !errors.Is(got, test.is) {
				t.Errorf("%#v is not %v", got, test.is)
			}
		})
	}
}

func TestUnmarshalErrorRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "x", `"text"`, `{"type":1}`, `{"cause":[]}`} {
		if err, bad := UnmarshalError([]byte(text)); err != nil || !errors.Is(bad, ErrProtocol) {
			t.Errorf("%q: %v, %v", text, err, bad)
		}
	}
	for _, text := range []string{`{}`, `{"type":"call"}`, `{"type":"exit","outcome":"?"}`, `{"type":"quarantine"}`, `{"type":"new"}`} {
		err, bad := UnmarshalError([]byte(text))
		if err == nil || bad != nil {
			t.Errorf("%q: %v, %v", text, err, bad)
			continue
		}
		_ = err.Error() // does not panic
	}
}

func TestFreeze(t *testing.T) {
	t.Parallel()
	type point struct{ X, Y int }
	for _, test := range []struct {
		s      Serialiser
		values []any
		want   string
	}{
		{JSON, []any{"a", 1, nil}, `["a",1,null]`},
		{JSON, []any{point{1, 2}, []point{{3, 4}}}, `[{"X":1,"Y":2},[{"X":3,"Y":4}]]`},
		{JSON, nil, `[]`},
		{JSON, []any{func() {}}, ""},
		{JSON, []any{"caf\xe9"}, ""},
	} {
		got, err := Freeze(test.s, test.values)
		if string(got) != test.want || (err != nil) != (test.want == "") {
			t.Errorf("%v: %s, %v; want %s", test.values, got, err, test.want)
		}
		if err != nil && (!errors.As(err, new(*SerialiseError)) || OutcomeOf(err) != NotSent) {
			t.Errorf("%v: %#v", test.values, err)
		}
	}
}
