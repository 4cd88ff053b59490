package wire_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"scripthost.example/wire"
)

func mustAppend(t testing.TB, message any) []byte {
	t.Helper()
	b, err := wire.AppendMessage(nil, message)
	if err != nil {
		t.Fatalf("%+v: %v", message, err)
	}
	return b
}

// messages are one of each, with everything set, and one of each with nothing.
func messages() []any {
	return []any{
		&wire.Boot{
			Version: 1, Name: "größe.lua", Language: "lua", Source: []byte("\x00\xff<&>\u2028"), Function: "M.serve", Mode: wire.ModeAsync,
			Serialiser: wire.BootSerialiser{Name: "custom", Source: []byte("return freeze, thaw")},
			Init:       "init", InitArgs: []byte("\x01a"), Sandbox: "strict", Grants: []string{"read", "write"}, Host: []string{"a", "b.c"}, Generation: "7",
			Zone:   &wire.BootZone{Name: "Europe/Berlin", Data: []byte("TZif2\x00")},
			Limits: wire.BootLimits{Memory: math.MaxUint64, Stack: 1, Payload: 2, GraceMS: 3, CallMS: math.MaxInt64},
		},
		&wire.Ready{Version: 1, PID: 77, Protections: []string{"seccomp"}, Functions: []string{"run", "M.serve"}},
		&wire.Error{
			Kind: wire.ErrorScript, Message: "a\n\"b\"\x00😀", Language: "js",
			Stack: []wire.StackFrame{{Function: "f", File: "a.js", Line: 3, Column: 4}, {File: "b.js"}, {}},
			Cause: &wire.Error{Kind: wire.ErrorDenied, Message: "no", Value: json.RawMessage(`{"grant":"read","path":"/x"}`)},
			Value: json.RawMessage(`[1,null,"x"]`),
		},
		&wire.Error{Value: json.RawMessage("null")}, // null was thrown
		&wire.Log{Level: "info", Message: "m", Fields: map[string]any{"s": "x", "n": 1.5, "b": true, "l": []any{"y", nil}, "m": map[string]any{"k": "v"}}, Call: math.MaxUint32},
		&wire.Ping{Nonce: math.MaxUint64},
		&wire.Pong{Nonce: math.MaxUint64, Call: 1, RunningMS: 2, Heap: math.MaxUint64},
		&wire.Boot{}, &wire.Ready{}, &wire.Error{}, &wire.Log{}, &wire.Ping{}, &wire.Pong{},
	}
}

// A message of too many values is refused before it is read; what is in its texts
// does not count.
func TestMessageValues(t *testing.T) {
	t.Parallel()
	const most = wire.MaxMessageValues
	fields := func(list string) string { return `{"level":"info","message":"m","fields":{"a":[` + list + `]}}` }
	const others = 6 // brackets and commas of the above, with one element fewer than there are commas
	for name, test := range map[string]struct {
		payload string
		ok      bool
	}{
		"most":    {fields(strings.Repeat("1,", most-others) + "1"), true},
		"more":    {fields(strings.Repeat("1,", most) + "1"), false},
		"objects": {fields(strings.Repeat("{},", most) + "1"), false},
		"nested":  {fields(strings.Repeat("[", most+1)), false},
		"text":    {`{"level":"info","message":"` + strings.Repeat(`,\\[\"{`, most) + `"}`, true},
	} {
		err := wire.ParseMessage([]byte(test.payload), new(wire.Log))
		if test.ok != (err == nil) || err != nil && (!errors.Is(err, wire.ErrProtocol) || !strings.Contains(err.Error(), "values")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMessageRoundTrip(t *testing.T) {
	t.Parallel()
	for _, m := range messages() {
		before, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		payload := mustAppend(t, m)
		if !json.Valid(payload) || !utf8.Valid(payload) {
			t.Errorf("%T: got %q", m, payload)
		}
		got := reflect.New(reflect.TypeOf(m).Elem()).Interface()
		if err := wire.ParseMessage(payload, got); err != nil {
			t.Errorf("%s: %v", payload, err)
		}
		if !reflect.DeepEqual(got, m) {
			t.Errorf("%s:\n got %+v\nwant %+v", payload, got, m)
		}
		if after, _ := json.Marshal(m); string(after) != string(before) {
			t.Errorf("AppendMessage changed %s to %s", before, after)
		}
		if again, err := wire.AppendMessage([]byte("before"), m); err != nil || string(again) != "before"+string(payload) {
			t.Errorf("%T: appending: got %q, %v", m, again, err)
		}
	}
}

func TestMessageKeys(t *testing.T) {
	t.Parallel()
	// A message of a later version has keys that this one does not know.
	for _, m := range messages() {
		payload := mustAppend(t, m)
		more := `{"later":{"cause":[1]},` + strings.TrimPrefix(string(payload), "{")
		got := reflect.New(reflect.TypeOf(m).Elem()).Interface()
		if err := wire.ParseMessage([]byte(more), got); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%s: got %+v, %v", more, got, err)
		}
		// And one of an earlier version lacks some.
		if err := wire.ParseMessage([]byte(" {} "), got); err != nil {
			t.Errorf("%T: {}: %v", m, err)
		}
	}
}

// What nothing is to be said of is left out.
func TestMessageOmits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		message any
		want    string
	}{
		{&wire.Error{Kind: "script", Message: "m", Stack: []wire.StackFrame{{}}}, `{"kind":"script","message":"m","stack":[{}]}`},
		{&wire.Log{Level: "info", Message: "m"}, `{"level":"info","message":"m"}`},
		{&wire.Pong{}, `{"nonce":0,"call":0,"running_ms":0,"heap":0}`},
		{&wire.Boot{Source: []byte{}}, `{"version":0,"name":"","language":"","source":"","function":"","mode":"","serialiser":{"name":""},"limits":{}}`},
	} {
		if got := mustAppend(t, test.message); string(got) != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestParseMessageErrors(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"cause":`, 20_000) + "{}" + strings.Repeat("}", 20_000)
	for _, payload := range []string{"", " ", "{", "[]", `"x"`, "1", "null", "\n\tnull ", "nul", "{} {}", "{}x", `{"kind":1}`, `{"stack":{}}`, `{"stack":[1]}`, `{"cause":"x"}`, `{"value":}`, "\x00", "\xff", deep} {
		var e wire.Error
		checkProtocolError(t, wire.ParseMessage([]byte(payload), &e), "a message is not what it should be: ")
	}
	for _, payload := range []string{`{"version":"1"}`, `{"version":1.5}`, `{"source":"*"}`, `{"source":"Y"}`, `{"source":65}`, `{"limits":{"payload":-1}}`, `{"host":["a",1]}`} {
		var b wire.Boot
		checkProtocolError(t, wire.ParseMessage([]byte(payload), &b), "a message is not what it should be: ")
	}
	for _, payload := range []string{`{"nonce":-1}`, `{"nonce":18446744073709551616}`, `{"nonce":1e3}`} {
		var p wire.Ping
		checkProtocolError(t, wire.ParseMessage([]byte(payload), &p), "a message is not what it should be: ")
	}
}

func TestMessageText(t *testing.T) {
	t.Parallel()
	const bad, good = "a\xff\xc3b", `a\xff\xc3b`
	for _, test := range []struct{ message, want any }{
		{
			&wire.Boot{Name: bad, Language: bad, Function: bad, Mode: bad, Serialiser: wire.BootSerialiser{Name: bad, Source: []byte(bad)}, Source: []byte(bad), Init: bad, Sandbox: bad, Grants: []string{"ok", bad}, Host: []string{bad}, Generation: bad},
			&wire.Boot{Name: good, Language: good, Function: good, Mode: good, Serialiser: wire.BootSerialiser{Name: good, Source: []byte(bad)}, Source: []byte(bad), Init: good, Sandbox: good, Grants: []string{"ok", good}, Host: []string{good}, Generation: good},
		},
		{
			&wire.Ready{Protections: []string{bad}, Functions: []string{"run", bad}},
			&wire.Ready{Protections: []string{good}, Functions: []string{"run", good}},
		},
		{
			&wire.Error{Kind: bad, Message: bad, Language: bad, Stack: []wire.StackFrame{{Function: bad, File: bad, Line: 1}, {Function: "f"}}, Cause: &wire.Error{Message: bad, Cause: &wire.Error{Message: bad}}},
			&wire.Error{Kind: good, Message: good, Language: good, Stack: []wire.StackFrame{{Function: good, File: good, Line: 1}, {Function: "f"}}, Cause: &wire.Error{Message: good, Cause: &wire.Error{Message: good}}},
		},
		{&wire.Error{Value: json.RawMessage("\"\xff\"")}, &wire.Error{}},
		{
			&wire.Log{Level: bad, Message: bad, Fields: map[string]any{bad: bad, "l": []any{bad, []string{bad}}, "m": map[string]any{bad: map[string]any{"x": bad}}}},
			&wire.Log{Level: good, Message: good, Fields: map[string]any{good: good, "l": []any{good, []any{good}}, "m": map[string]any{good: map[string]any{"x": good}}}},
		},
	} {
		payload := mustAppend(t, test.message)
		got := reflect.New(reflect.TypeOf(test.want).Elem()).Interface()
		if err := wire.ParseMessage(payload, got); err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", payload, got, err, test.want)
		}
	}
}

// The texts of a message are changed in the copy that is sent only.
func TestMessageTextIsCopied(t *testing.T) {
	t.Parallel()
	const bad = "\xff"
	e := &wire.Error{Message: bad, Stack: []wire.StackFrame{{File: bad}}, Cause: &wire.Error{Message: bad}}
	l := &wire.Log{Message: bad, Fields: map[string]any{bad: []any{bad}}}
	b := &wire.Boot{Name: bad, Host: []string{bad}}
	for _, m := range []any{e, l, b} {
		mustAppend(t, m)
	}
	if e.Message != bad || e.Stack[0].File != bad || e.Cause.Message != bad {
		t.Errorf("the error is now %+v", e)
	}
	if list, ok := l.Fields[bad].([]any); !ok || l.Message != bad || list[0] != bad {
		t.Errorf("the log record is now %+v", l)
	}
	if b.Name != bad || b.Host[0] != bad {
		t.Errorf("BOOT is now %+v", b)
	}
}

func TestErrorCauses(t *testing.T) {
	t.Parallel()
	const most = 16
	loop := &wire.Error{Message: "loop"}
	loop.Cause = loop
	chain := func(n int) *wire.Error {
		var e *wire.Error
		for range n + 1 {
			e = &wire.Error{Message: "link", Cause: e}
		}
		return e
	}
	for _, test := range []struct {
		name string
		err  *wire.Error
		want int
	}{
		{"none", chain(0), 0}, {"one", chain(1), 1}, {"the most", chain(most), most},
		{"one more", chain(most + 1), most}, {"many", chain(10_000), most}, {"a loop", loop, most},
	} {
		var got wire.Error
		if err := wire.ParseMessage(mustAppend(t, test.err), &got); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		n := 0
		for e := got.Cause; e != nil; e = e.Cause {
			n++
			if e.Message != test.err.Message {
				t.Errorf("%s: cause %d is %+v", test.name, n, e)
			}
		}
		if n != test.want {
			t.Errorf("%s: %d causes, want %d", test.name, n, test.want)
		}
	}
}

func TestAppendMessageErrors(t *testing.T) {
	t.Parallel()
	loop := map[string]any{}
	loop["both"] = []any{loop, loop}
	nest := func(depth int) map[string]any {
		v := map[string]any{"x": "\xff"}
		for range depth {
			v = map[string]any{"k": v}
		}
		return v
	}
	for _, test := range []struct {
		name    string
		message any
		reason  string
	}{
		{"not a number", &wire.Log{Fields: map[string]any{"n": math.NaN()}}, "NaN"},
		{"a function", &wire.Log{Fields: map[string]any{"f": []any{func() {}}}}, "func()"},
		{"a loop", &wire.Log{Fields: loop}, "nested too deep"},
		{"too deep", &wire.Log{Fields: nest(wire.MaxDepth + 1)}, "nested too deep"},
		{"a value that is not JSON", &wire.Error{Value: json.RawMessage("{")}, "unexpected end"},
		{"a cause's value", &wire.Error{Cause: &wire.Error{Value: json.RawMessage("nil")}}, "invalid character"},
	} {
		dst, err := wire.AppendMessage([]byte("kept"), test.message)
		if err == nil || !strings.Contains(err.Error(), test.reason) || string(dst) != "kept" {
			t.Errorf("%s: got %q, %v", test.name, dst, err)
		}
		if errors.Is(err, wire.ErrProtocol) {
			t.Errorf("%s: the other side is blamed", test.name)
		}
	}
	if b := mustAppend(t, &wire.Log{Fields: nest(wire.MaxDepth)}); !strings.Contains(string(b), `"x":"\\xff"`) {
		t.Errorf("the deepest field that is carried: got …%s", b[len(b)-30:])
	}
}

func TestValidText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                         "",
		"plain":                    "plain",
		"\x00\x1f\x7f\n":           "\x00\x1f\x7f\n",
		"ä€😀\u2028":                "ä€😀\u2028",
		"\ufffd":                   "\ufffd", // a character like any other
		`\xff`:                     `\xff`,
		"\xff":                     `\xff`,
		"\x80":                     `\x80`,
		"a\xffb":                   `a\xffb`,
		"\xfe\xff":                 `\xfe\xff`,
		"\xc3":                     `\xc3`, // the first half of a character
		"\xc3\xa4\xc3":             `ä\xc3`,
		"\xa4\xc3\xa4":             `\xa4ä`,
		"\xe2\x82":                 `\xe2\x82`,
		"\xe2\x82\xac\xe2\x82":     `€\xe2\x82`,
		"\xf0\x9f\x98":             `\xf0\x9f\x98`,
		"\xc0\x80":                 `\xc0\x80`,         // too long a form of NUL
		"\xe0\x80\xaf":             `\xe0\x80\xaf`,     // and of a slash
		"\xed\xa0\x80":             `\xed\xa0\x80`,     // half of a surrogate pair
		"\xf4\x90\x80\x80":         `\xf4\x90\x80\x80`, // after the last character
		"\ufffd\xff\ufffd":         "\ufffd\\xff\ufffd",
		strings.Repeat("\xff", 99): strings.Repeat(`\xff`, 99),
	} {
		if got := wire.ValidText(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// The texts that a stranger's program compares with.
func TestMessageNames(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		wire.ErrorScript: "script", wire.ErrorCancelled: "cancelled", wire.ErrorDeadline: "deadline", wire.ErrorLimit: "limit",
		wire.ErrorDenied: "denied", wire.ErrorSerialise: "serialise", wire.ErrorExit: "exit", wire.ErrorProtocol: "protocol",
		wire.ErrorClosed: "closed", wire.ErrorBusy: "busy", wire.ErrorReentrant: "reentrant", wire.ErrorCrashLoop: "crashloop",
		wire.ErrorSandbox: "sandbox", wire.ModeSync: "sync", wire.ModeAsync: "async",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if wire.Version != 1 {
		t.Errorf("the version is %d: PROTOCOL.md tells of version 1", wire.Version)
	}
}
