package main

import (
	"errors"
	"strings"
	"testing"

	"scripthost.example/child/engine"
	"scripthost.example/host"
)

// At the shell a message names flags; what a script says is left alone.
func TestMessagesNameFlags(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&host.LimitError{Limit: "memory", Message: "the worker ran out of the memory that it may use: 64 bytes (Limits.Memory)"}, "the worker ran out of the memory that it may use: 64 bytes (--memory)"},
		{&host.LimitError{Limit: "cpu", Message: "the worker used up the processor time that it may use: 1s (Limits.CPU)"}, "the worker used up the processor time that it may use: 1s (--cpu)"},
		{errors.New("the script was not loaded within 10s (Limits.Start); it greeted on its standard output: set Options.Stdio (--stdio) if that is its stream"),
			"the script was not loaded within 10s; it greeted on its standard output: give --stdio if that is its stream"},
		{&host.SerialiseError{Message: "result 1 is a table: use json, cbor or msgpack for more"}, "result 1 is a table: use --json, or --serialiser cbor or msgpack, for more"},
		{&host.SerialiseError{Message: "result 1 is an array: use JSON.stringify or another serialiser"}, "result 1 is an array: use JSON.stringify, --json or another --serialiser"},
		{errors.New("if it speaks the classic dialect, set Options.Wire to Classic (--wire classic)"), "if it speaks the classic dialect, give --wire classic"},
		{errors.New("call 1 did not end within 250ms of being given up (Limits.Grace)"), "call 1 did not end within 250ms of being given up"},
		{&host.ScriptError{Message: "mine (Limits.Memory)"}, "mine (Limits.Memory)"},
		{&host.ScriptError{Message: "x" + engine.WrittenForAsync}, "x (the function's first parameter is called done: is it written for the async mode, --async?)"},
		{&host.ScriptError{Message: "x" + engine.WrittenForSync}, "x (done is what answers a call of the async mode: is the function written for the sync mode, without --async?)"},
	} {
		if got := newReport(tt.err).Message; got != tt.want {
			t.Errorf("%q\nwant %q", got, tt.want)
		}
		if text := newReport(tt.err).text("s", true); !strings.Contains(text, tt.want) {
			t.Errorf("%q\nwants %q", text, tt.want)
		}
	}
}
