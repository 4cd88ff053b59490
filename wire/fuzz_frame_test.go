package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"scripthost.example/wire"
)

// A Reader returns what ParseFrame finds in the same bytes, however they arrive,
// and what it returns makes the same bytes again.
func FuzzReader(f *testing.F) {
	small := streamOf(0, 5, 300, 1)
	for _, seed := range []struct {
		stream        []byte
		chunks        []byte
		before, limit uint32
	}{
		{nil, nil, 0, 0},
		{small, []byte{1}, 0, 1000},
		{small, []byte{0, 3, 255}, 65_520, math.MaxUint32},
		{small[:len(small)-3], []byte{7}, 65_528, 300},
		{small, []byte{200, 0, 0}, 131_000, 299},
		{wire.AppendHeader(nil, 1, math.MaxUint32), nil, 65_529, math.MaxUint32},
		{wire.AppendHeader(nil, wire.ControlID(wire.KindReturn, 1), wire.ControlRoom+10), []byte{4}, 100_000, 9},
		{wire.AppendFrame(nil, wire.ControlID(wire.KindLog, 0), []byte("{}")), []byte{9}, 1, 1},
		{[]byte("\x00RUNNER/1\n"), []byte{2}, 3, 3},
	} {
		f.Add(seed.stream, seed.chunks, seed.before, seed.limit)
	}
	f.Fuzz(func(t *testing.T, stream, chunks []byte, before, limit uint32) {
		// A first frame moves the others around in the Reader's buffer, which is
		// larger than what a fuzzer comes up with, or is too large for it itself.
		stream = append(wire.AppendFrame(nil, 1, make([]byte, before%(3*bufferSize))), stream...)
		src := io.Reader(bytes.NewReader(stream))
		if bytes.ContainsFunc(chunks, func(r rune) bool { return r != 0 }) {
			src = &chunked{src: src, sizes: chunks}
		}
		r := wire.NewReader(src, uint64(limit))
		var again []byte
		for rest := stream; ; {
			want, after, ok := wire.ParseFrame(rest)
			got, err := r.Next()
			for errors.Is(err, os.ErrDeadlineExceeded) {
				got, err = r.Next()
			}
			id, length, header := wire.ParseHeader(rest)
			switch {
			case header && uint64(length) > frameLimit(id, uint64(limit)):
				var large *wire.TooLargeError
				if !errors.As(err, &large) || large.Size != uint64(length) {
					t.Fatalf("a frame of %d bytes with the limit %d: got %v", length, limit, err)
				}
			case ok:
				if err != nil || got.ID != want.ID || !bytes.Equal(got.Payload, want.Payload) {
					t.Fatalf("got the id %#x, %d bytes, %v; want %#x, %d bytes", got.ID, len(got.Payload), err, want.ID, len(want.Payload))
				}
				again = wire.AppendFrame(again, got.ID, got.Payload)
				rest = after
				continue
			case len(rest) == 0:
				if err != io.EOF {
					t.Fatalf("the end: got %v", err)
				}
			default:
				checkEnd(t, err, io.EOF, len(rest), int(length))
			}
			if !bytes.Equal(again, stream[:len(stream)-len(rest)]) {
				t.Fatal("the frames do not make the bytes that were read")
			}
			return
		}
	})
}

// frameLimit is the rule of PROTOCOL.md.
func frameLimit(id uint32, payload uint64) uint64 {
	const room = 1 << 20
	switch {
	case id>>31 == 0:
		return payload
	case id>>28&7 == 2 || id>>28&7 == 6:
		return payload + room
	}
	return max(payload, room)
}

// What the parsers of frames and of parts of payloads take, the functions that
// append write in the same way.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "\x00\x00\x00\x03run", "\x00\x00\x00\x00", "\x00\x00\x04\x01" + strings.Repeat("n", 1025), "\xff\xff\xff\xffa", "\x00\x00\x00\x01\x00\x00\x00\x02abc", "abc"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		same := func(what string, got []byte) {
			t.Helper()
			if !bytes.Equal(got, b) {
				t.Fatalf("%s: %x becomes %x", what, b, got)
			}
		}
		if frame, rest, ok := wire.ParseFrame(b); ok {
			same("frame", append(wire.AppendFrame(nil, frame.ID, frame.Payload), rest...))
			if control, kind, call := wire.Split(frame.ID); control {
				if id := wire.ControlID(kind, call); id != frame.ID {
					t.Fatalf("the id %#x becomes %#x", frame.ID, id)
				}
			} else if call != frame.ID {
				t.Fatalf("the id %#x becomes %#x", frame.ID, call)
			}
		} else {
			same("no frame", rest)
		}
		if payload, rest, ok := wire.ParseSyncRequest(b); ok {
			same("sync request", append(wire.AppendSyncRequest(nil, payload), rest...))
		} else {
			same("no sync request", rest)
		}
		if name, args, err := wire.ParseName(b); err == nil {
			same("name", append(wire.AppendName(nil, string(name)), args...))
		} else if !errors.Is(err, wire.ErrProtocol) {
			t.Fatalf("name: %v", err)
		}
		if id, body, err := wire.ParseHostID(b); err == nil {
			same("host-call id", append(wire.AppendHostID(nil, id), body...))
		} else if !errors.Is(err, wire.ErrProtocol) {
			t.Fatalf("host-call id: %v", err)
		}
	})
}

// A message that was read is written so that it reads the same.
func FuzzMessage(f *testing.F) {
	for _, m := range messages() {
		f.Add(mustAppend(f, m))
	}
	f.Add([]byte(`{"KIND":"x","kind":"\ud800","value":{"a": "\ud800"},"fields":{"\u0000":[{}]},"cause":{"cause":null}}`))
	f.Add([]byte(strings.Repeat(`{"message":"m","cause":`, 40) + "{}" + strings.Repeat("}", 40)))
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, empty := range []func() any{
			func() any { return new(wire.Boot) }, func() any { return new(wire.Ready) }, func() any { return new(wire.Error) },
			func() any { return new(wire.Log) }, func() any { return new(wire.Ping) }, func() any { return new(wire.Pong) },
		} {
			first := empty()
			if err := wire.ParseMessage(payload, first); err != nil {
				if !errors.Is(err, wire.ErrProtocol) {
					t.Fatalf("%T: %v", first, err)
				}
				continue
			}
			written, err := wire.AppendMessage(nil, first)
			if err != nil {
				if l, ok := first.(*wire.Log); ok && len(l.Fields) > 0 { // nested too deep
					continue
				}
				t.Fatalf("%T: %v", first, err)
			}
			if !utf8.Valid(written) || !json.Valid(written) {
				t.Fatalf("%T: wrote %q", first, written)
			}
			second := empty()
			if err := wire.ParseMessage(written, second); err != nil {
				t.Fatalf("%s: %v", written, err)
			}
			if again, err := wire.AppendMessage(nil, second); err != nil || !bytes.Equal(again, written) {
				t.Fatalf("%s becomes %s, %v", written, again, err)
			}
			if e, ok := second.(*wire.Error); ok && causes(e) > 16 {
				t.Fatalf("%d causes", causes(e))
			}
		}
	})
}

func causes(e *wire.Error) int {
	n := 0
	for ; e.Cause != nil; e = e.Cause {
		n++
	}
	return n
}

var escape = regexp.MustCompile(`\\x[0-9a-f]{2}`)

// ValidText makes UTF-8 of anything, changes nothing that is UTF-8, and loses
// nothing: the octets can be read back.
func FuzzValidText(f *testing.F) {
	for _, seed := range []string{"", "plain", "a\xffb", "\xe2\x82\xac\xe2\x82", "\xed\xa0\x80", `\xff`, "\ufffd"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := wire.ValidText(s)
		if !utf8.ValidString(got) {
			t.Fatalf("%q becomes %q", s, got)
		}
		if utf8.ValidString(s) && got != s {
			t.Fatalf("%q becomes %q", s, got)
		}
		if again := wire.ValidText(got); again != got {
			t.Fatalf("%q becomes %q and then %q", s, got, again)
		}
		var e wire.Error
		if err := wire.ParseMessage(mustAppend(t, &wire.Error{Message: s}), &e); err != nil || e.Message != got {
			t.Fatalf("%q arrives as %q, %v", s, e.Message, err)
		}
		if strings.Contains(s, `\x`) {
			return // its own escapes are as good as ours
		}
		back := escape.ReplaceAllStringFunc(got, func(e string) string { return string(octets(t, e[2:])) })
		if back != s {
			t.Fatalf("%q becomes %q and back %q", s, got, back)
		}
	})
}
