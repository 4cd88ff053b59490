package child

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"scripthost.example/child/engine"
	"scripthost.example/wire"
)

// Whatever a script puts into an error or a log record, the frame is one that
// the parent takes.
func TestMessagesAreCut(t *testing.T) {
	t.Parallel()
	const limit = wire.ControlRoom
	long := strings.Repeat("\x01ä", limit/3+1) // six bytes of JSON for the first
	deep := &wire.Error{Message: long}
	for range 20 {
		deep = &wire.Error{Message: long, Cause: deep}
	}
	frames := make([]wire.StackFrame, 200)
	for i := range frames {
		frames[i].Function = strings.Repeat("f", 10_000)
	}
	for name, message := range map[string]any{
		"error":                &wire.Error{Kind: "script", Message: long},
		"error below":          &wire.Error{Kind: "script", Message: long[:limit-10]},
		"value":                &wire.Error{Kind: "script", Message: "short", Value: []byte(`"` + strings.Repeat("x", limit) + `"`)},
		"value that is none":   &wire.Error{Kind: "script", Message: "short", Value: []byte(`{`)},
		"causes":               deep,
		"stack":                &wire.Error{Kind: "script", Message: "short", Stack: frames},
		"not UTF-8":            &wire.Error{Kind: "script", Message: strings.Repeat("\xff", limit)},
		"log":                  &wire.Log{Message: long},
		"log field":            &wire.Log{Message: "short", Fields: map[string]any{"x": long}},
		"log field of no JSON": &wire.Log{Message: "short", Fields: map[string]any{"x": func() {}}},
	} {
		frame, err := appendMessage(message, limit)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		payload := frame[wire.HeaderSize:]
		if len(payload) > limit {
			t.Errorf("%s: %d bytes", name, len(payload))
		}
		var e struct{ Message string }
		if err := wire.ParseMessage(payload, &e); err != nil || e.Message == "" || !utf8.ValidString(e.Message) {
			t.Errorf("%s: %v, %.100q", name, err, payload)
		}
	}
	// What is short enough is not touched.
	e := &wire.Error{Kind: "script", Message: "m", Value: []byte(`{"a":1}`), Cause: &wire.Error{Message: "c"}}
	frame, err := appendMessage(e, limit)
	want, _ := wire.AppendMessage(nil, e)
	if err != nil || !bytes.Equal(frame[wire.HeaderSize:], want) {
		t.Errorf("a short error became %q", frame)
	}
}

// What has more values than a message may have is cut too.
func TestManyValuesAreCut(t *testing.T) {
	t.Parallel()
	many := make([]any, wire.MaxMessageValues+1)
	for name, message := range map[string]any{
		"value":  &wire.Error{Kind: wire.ErrorScript, Message: "m", Value: jsonValue(many)},
		"stack":  &wire.Error{Kind: wire.ErrorScript, Message: "m", Stack: make([]wire.StackFrame, wire.MaxMessageValues)},
		"fields": &wire.Log{Level: "info", Message: "m", Fields: map[string]any{"a": many}},
	} {
		frame, err := appendMessage(message, 64<<20)
		if err != nil {
			t.Fatal(err)
		}
		if err := wire.CheckMessage(frame[wire.HeaderSize:]); err != nil || !strings.Contains(string(frame), `"m"`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestShortText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "abc... (1 bytes more)"},
		{"aää", 4, "aä... (2 bytes more)"},
		{"ä", 1, "... (2 bytes more)"},
	} {
		if got := shortText(c.s, c.n); got != c.want {
			t.Errorf("shortText(%q, %d) = %q, want %q", c.s, c.n, got, c.want)
		}
	}
}

func TestErrorsToWire(t *testing.T) {
	t.Parallel()
	loop := &engine.Error{Kind: engine.KindScript, Message: "loop"}
	loop.Cause = loop
	for _, c := range []struct {
		err  error
		kind string
	}{
		{&engine.Error{Kind: engine.KindDenied, Message: "m"}, wire.ErrorDenied},
		{fmt.Errorf("wrapped: %w", &engine.Error{Kind: engine.KindLimit}), wire.ErrorLimit},
		{&wire.SerialiseError{Serialiser: "json", Reason: "m"}, wire.ErrorSerialise},
		{&wire.TooLargeError{What: "the result", Size: 5, Max: 4}, wire.ErrorLimit},
		{wire.Protocolf("m"), wire.ErrorProtocol},
		{errors.New("m"), wire.ErrorScript},
		{loop, wire.ErrorScript},
	} {
		if got := toWire(c.err); got.Kind != c.kind {
			t.Errorf("%v became an error of kind %q, want %q", c.err, got.Kind, c.kind)
		}
	}
	value := toWire(&engine.Error{Kind: engine.KindScript, HasValue: true})
	if string(value.Value) != "null" {
		t.Errorf("a thrown null became %q", value.Value)
	}
	if none := toWire(&engine.Error{Kind: engine.KindScript, Value: func() {}, HasValue: true}); none.Value != nil {
		t.Errorf("a thrown function became %q", none.Value)
	}
}
