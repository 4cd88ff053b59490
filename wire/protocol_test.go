package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"scripthost.example/wire"
)

// protocolText returns PROTOCOL.md.
func protocolText(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

// A codeBlock is one of PROTOCOL.md's, and where it stands.
type codeBlock struct {
	info string // what follows the backticks
	text string
	line int // of its first line of text, from 1
}

func codeBlocks(t *testing.T) []codeBlock {
	t.Helper()
	var blocks []codeBlock
	var lines []string
	info, open, start := "", false, 0
	for i, line := range strings.Split(protocolText(t), "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && open:
			blocks = append(blocks, codeBlock{info, strings.Join(lines, "\n"), start})
			open, lines = false, nil
		case isFence:
			info, open, start = fence, true, i+2
		case open:
			lines = append(lines, line)
		}
	}
	if open {
		t.Fatalf("PROTOCOL.md:%d: a code block is not closed", start)
	}
	return blocks
}

// dumps are what the code makes of the cases that PROTOCOL.md shows.
func dumps(t *testing.T) map[string][]byte {
	t.Helper()
	frozen := func(values ...any) []byte { return mustFreeze(t, wire.String(), values...) }
	control := func(k wire.Kind, call uint32, payload []byte) []byte {
		return wire.AppendFrame(nil, wire.ControlID(k, call), payload)
	}
	host := func(k wire.Kind, body []byte) []byte {
		return control(k, 2, append(wire.AppendHostID(nil, 7), body...))
	}
	object := map[string]any{"a": []any{true}}
	list := []any{"hi", 42, -10, 3.0, []byte("\x00\xff"), nil, object}
	return map[string][]byte{
		"greeting": wire.Greeting(),

		"classic sync request":  wire.AppendSyncRequest(nil, frozen("hello")),
		"classic async request": wire.AppendFrame(nil, 1, frozen("hello")),
		"classic result":        wire.AppendFrame(nil, 1, frozen("0", "empty")),
		"classic event":         wire.AppendFrame(nil, 0, frozen("tick", 3)),

		"plain call": wire.AppendFrame(nil, 1, frozen("hello")),
		"CALL":       control(wire.KindCall, 2, append(wire.AppendName(nil, "M.serve"), frozen("hello")...)),
		"CALLEVENT":  control(wire.KindCallEvent, 2, frozen("tick")),
		"CANCEL":     control(wire.KindCancel, 2, nil),
		"ERROR":      control(wire.KindError, 2, mustAppend(t, &wire.Error{Kind: wire.ErrorCancelled, Message: "not wanted any more"})),
		"HOSTCALL":   host(wire.KindHostCall, mustFreeze(t, wire.CBOR(), "runner.fs.rmdir", "/tmp/x1")),
		"RETURN":     host(wire.KindReturn, mustFreeze(t, wire.CBOR())),
		"THROW":      host(wire.KindThrow, mustAppend(t, &wire.Error{Kind: wire.ErrorScript, Message: "Not a directory"})),
		"DRAIN":      control(wire.KindDrain, 0, nil),

		"string list":  frozen("hello", "", "a\x00b", []byte("\xff\xfe"), 42),
		"json list":    mustFreeze(t, wire.JSON(), "hi", 42, 3.0, nil, object),
		"cbor list":    mustFreeze(t, wire.CBOR(), list...),
		"msgpack list": mustFreeze(t, wire.MsgPack(), list...),
	}
}

func TestProtocolDumps(t *testing.T) {
	t.Parallel()
	cases := dumps(t)
	for _, block := range codeBlocks(t) {
		if block.info != "hex" {
			continue
		}
		first, rest, _ := strings.Cut(block.text, "\n")
		name, ok := strings.CutPrefix(first, "# case: ")
		want := cases[name]
		if !ok || want == nil {
			t.Errorf("PROTOCOL.md:%d: %q names no case that this test has not seen", block.line, first)
			continue
		}
		delete(cases, name)
		var digits strings.Builder
		for line := range strings.Lines(rest) {
			line, _, _ = strings.Cut(line, "#")
			digits.WriteString(line)
		}
		if got := octets(t, digits.String()); !bytes.Equal(got, want) {
			t.Errorf("PROTOCOL.md:%d: %s\n     it says %x\nthe code says %x", block.line, name, got, want)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		t.Errorf("PROTOCOL.md does not show the case %q", name)
	}
}

// The examples of messages are what AppendMessage writes but for white space.
func TestProtocolExamples(t *testing.T) {
	t.Parallel()
	examples := map[string]any{
		"boot": &wire.Boot{}, "ready": &wire.Ready{}, "error": &wire.Error{}, "log": &wire.Log{}, "ping": &wire.Ping{}, "pong": &wire.Pong{},
	}
	for _, block := range codeBlocks(t) {
		name, ok := strings.CutPrefix(block.info, "json ")
		if !ok {
			continue
		}
		message := examples[name]
		if message == nil {
			t.Errorf("PROTOCOL.md:%d: an example of %q, which no message is called, or a second one", block.line, name)
			continue
		}
		delete(examples, name)
		if err := wire.ParseMessage([]byte(block.text), message); err != nil {
			t.Errorf("PROTOCOL.md:%d: %v", block.line, err)
		}
		var want bytes.Buffer
		if err := json.Compact(&want, []byte(block.text)); err != nil {
			t.Errorf("PROTOCOL.md:%d: %v", block.line, err)
		}
		if got := mustAppend(t, message); !bytes.Equal(got, want.Bytes()) {
			t.Errorf("PROTOCOL.md:%d:\n     it says %s\nthe code says %s", block.line, want.Bytes(), got)
		}
	}
	for name := range examples {
		t.Errorf("PROTOCOL.md has no example of %q", name)
	}
}

// Every key of every message stands in its section.
func TestProtocolKeys(t *testing.T) {
	t.Parallel()
	text := protocolText(t)
	for heading, messages := range map[string][]any{
		"BOOT":                {wire.Boot{}},
		"READY":               {wire.Ready{}},
		"ERROR, THROW, FATAL": {wire.Error{}},
		"LOG":                 {wire.Log{}},
		"PING, PONG":          {wire.Ping{}, wire.Pong{}},
	} {
		_, section, ok := strings.Cut(text, "\n### "+heading+"\n")
		if !ok {
			t.Errorf("PROTOCOL.md has no section %q", heading)
			continue
		}
		section, _, _ = strings.Cut(section, "\n##")
		for _, m := range messages {
			for _, key := range keysOf(reflect.TypeOf(m), nil) {
				if !strings.Contains(section, "`"+key+"`") {
					t.Errorf("PROTOCOL.md: the section %q does not tell of the key %q", heading, key)
				}
			}
		}
	}
}

// keysOf returns the keys of a message, and of the messages in it.
func keysOf(m reflect.Type, seen []reflect.Type) []string {
	for m.Kind() == reflect.Pointer || m.Kind() == reflect.Slice {
		m = m.Elem()
	}
	if m.Kind() != reflect.Struct || slices.Contains(seen, m) {
		return nil
	}
	seen = append(seen, m)
	var keys []string
	for f := range m.Fields() {
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		keys = append(append(keys, key), keysOf(f.Type, seen)...)
	}
	return keys
}

func TestProtocolErrorKinds(t *testing.T) {
	t.Parallel()
	_, section, _ := strings.Cut(protocolText(t), "\n## 9. Kinds of error\n")
	for _, kind := range []string{
		wire.ErrorScript, wire.ErrorCancelled, wire.ErrorDeadline, wire.ErrorLimit, wire.ErrorDenied, wire.ErrorSerialise, wire.ErrorExit,
		wire.ErrorProtocol, wire.ErrorClosed, wire.ErrorBusy, wire.ErrorReentrant, wire.ErrorCrashLoop, wire.ErrorSandbox,
	} {
		if !strings.Contains(section, "\n| `"+kind+"` | ") {
			t.Errorf("PROTOCOL.md: the table of errors lacks the kind %q", kind)
		}
	}
}

// The table of lengths of the serialiser string.
func TestProtocolLengths(t *testing.T) {
	t.Parallel()
	_, section, _ := strings.Cut(protocolText(t), "\n### string\n")
	section, _, _ = strings.Cut(section, "\n### ")
	rows := regexp.MustCompile(`([0-9,]+)(?: \([^)]*\))? \| `+"`([0-9a-f ]+)`").FindAllStringSubmatch(section, -1)
	if len(rows) != 10 {
		t.Errorf("PROTOCOL.md: found %d lengths", len(rows))
	}
	for _, row := range rows {
		n, err := strconv.ParseUint(strings.ReplaceAll(row[1], ",", ""), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		header := octets(t, row[2])
		if n <= 2<<20 {
			got := wire.AppendOctets(nil, make([]byte, n))
			if !bytes.Equal(got[:len(got)-int(n)], header) {
				t.Errorf("PROTOCOL.md: the length %d: it says %x", n, header)
			}
			continue
		}
		// Nobody has so many octets, but the error tells what was read.
		_, _, err = wire.NextOctets(header)
		var se *wire.SerialiseError
		if want := fmt.Sprintf("a length of %d where 0 bytes are left", n); !errors.As(err, &se) || se.Reason != want {
			t.Errorf("PROTOCOL.md: the length %d: %x is %v", n, header, err)
		}
	}
}
