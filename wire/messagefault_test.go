package wire_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"scripthost.example/wire"
)

func TestMessageFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		payload string
		message any
		says    string
	}{
		{`[]`, &wire.Ready{}, "it is not a JSON object"},
		{`"x"`, &wire.Error{}, "it is not a JSON object"},
		{`null`, &wire.Ping{}, "it is not a JSON object"},
		{`{"pid":"x"}`, &wire.Ready{}, `its "pid" cannot hold a string`},
		{`{"functions":{}}`, &wire.Ready{}, `its "functions" cannot hold an object`},
		{`{"functions":[[]]}`, &wire.Ready{}, `its "functions" cannot hold an array`},
		{`{"message":true}`, &wire.Error{}, `its "message" cannot hold true or false`},
		{`{"cause":{"kind":1}}`, &wire.Error{}, `its "cause.kind" cannot hold a number`},
		{`{"nonce":-1}`, &wire.Ping{}, `its "nonce" cannot hold the number -1`},
		{`{"limits":{"memory":1.5}}`, &wire.Boot{}, `its "limits.memory" cannot hold the number 1.5`},
		{`{"source":"?"}`, &wire.Boot{}, "bytes in it are not base64, from the character 1 on"},
		{`{"clock":"noon"}`, &wire.Boot{}, "a time in it is not as in RFC 3339"},
		{`{"clock":12}`, &wire.Boot{}, "a time in it is not as in RFC 3339"},
		{`{`, &wire.Boot{}, "unexpected end of JSON input"},
		{`{}x`, &wire.Log{}, "invalid character 'x' after top-level value"},
	} {
		err := wire.ParseMessage([]byte(test.payload), test.message)
		if want := "protocol error: a message is not what it should be: " + test.says; !errors.Is(err, wire.ErrProtocol) || err.Error() != want {
			t.Errorf("%s: %v, want %q", test.payload, err, want)
		}
	}
}

// Octets that are not UTF-8 are not changed into something that looks like text.
func TestMessageOctets(t *testing.T) {
	t.Parallel()
	var e wire.Error
	if err := wire.ParseMessage([]byte("{\"message\":\"a\xff\\\"\xc3(é\xe2\x98\",\"value\":[\"\xfe\"]}"), &e); err != nil {
		t.Fatal(err)
	}
	if want := `a\xff"\xc3(é\xe2\x98`; e.Message != want || string(e.Value) != `["\\xfe"]` {
		t.Errorf("the message is %q, want %q; the value %s", e.Message, want, e.Value)
	}
	var b wire.Boot
	if err := wire.ParseBoot([]byte("{\"version\":1,\"name\":\"\xff.lua\"}"), &b); err != nil || b.Name != `\xff.lua` {
		t.Errorf("the name in BOOT is %q, %v", b.Name, err)
	}
	if err := wire.ParseMessage([]byte("{\"message\":\"a\"}\xff"), &e); !errors.Is(err, wire.ErrProtocol) {
		t.Errorf("behind the object: %v", err)
	}
	if err := wire.ParseMessage([]byte("{\"message\":\"\\\xff\"}"), &e); !errors.Is(err, wire.ErrProtocol) {
		t.Errorf("behind a backslash: %q, %v", e.Message, err)
	}
	many := func(n int) []byte { return []byte(`{"message":"` + strings.Repeat("\xff", n) + `"}`) }
	if err := wire.ParseMessage(many(64<<10), &e); err != nil || len(e.Message) != 4*64<<10 {
		t.Errorf("many: %d octets, %v", len(e.Message), err)
	}
	if err := wire.ParseMessage(many(64<<10+1), &e); !errors.Is(err, wire.ErrProtocol) || !strings.Contains(err.Error(), "not UTF-8") {
		t.Errorf("too many: %v", err)
	}
}

// Whatever a key has that it cannot have, the error does not tell of Go.
func TestMessageFaultsAreOfJSON(t *testing.T) {
	t.Parallel()
	goish := regexp.MustCompile(`Go |Time\.|unmarshal|wire\.|struct|\[\]|map\[|u?int(8|16|32|64)|float64`)
	for _, message := range []any{&wire.Boot{}, &wire.Ready{}, &wire.Error{}, &wire.Log{}, &wire.Ping{}, &wire.Pong{}} {
		faults := 0
		for _, key := range keysOf(reflect.TypeOf(message), nil) {
			for _, value := range []string{`"x"`, `-1`, `1e99`, `true`, `[7]`, `{"name":[],"memory":"","data":1}`, `[[]]`, `["?"]`} {
				payload, err := json.Marshal(map[string]json.RawMessage{key: json.RawMessage(value)})
				if err != nil {
					t.Fatal(err)
				}
				m := reflect.New(reflect.TypeOf(message).Elem()).Interface()
				err = wire.ParseMessage(payload, m)
				if err == nil {
					continue
				}
				faults++
				if found := goish.FindString(strings.TrimPrefix(err.Error(), "protocol error: ")); found != "" {
					t.Errorf("%T: %s: %q in %v", message, payload, found, err)
				}
			}
		}
		if faults == 0 {
			t.Errorf("%T: nothing was wrong", message)
		}
	}
}
