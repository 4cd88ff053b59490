package wire_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"scripthost.example/wire"
)

func TestSyncRequestReader(t *testing.T) {
	t.Parallel()
	sizes := []int{0, 1, 5, bufferSize - 4, bufferSize - 3, 300_000, 0}
	var stream []byte
	for _, n := range sizes {
		stream = wire.AppendSyncRequest(stream, pattern(n))
	}
	for name, src := range map[string]io.Reader{
		"whole":  bytes.NewReader(stream),
		"octets": iotest.OneByteReader(bytes.NewReader(stream)),
	} {
		r := wire.NewSyncRequestReader(src, math.MaxUint32)
		for i, n := range sizes {
			f, err := r.Next()
			if err != nil || f.ID != wire.SyncID || !bytes.Equal(f.Payload, pattern(n)) {
				t.Fatalf("%s: request %d: id %d, %d bytes, %v; want %d", name, i, f.ID, len(f.Payload), err, n)
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("%s: at the end: %v", name, err)
		}
	}
	for at := 1; at < 9; at++ {
		_, err := wire.NewSyncRequestReader(bytes.NewReader(wire.AppendSyncRequest(nil, pattern(5))[:at]), 100).Next()
		if !errors.As(err, new(*wire.TruncatedError)) {
			t.Errorf("an end after %d bytes: %v", at, err)
		}
	}
	var large *wire.TooLargeError
	if _, err := wire.NewSyncRequestReader(strings.NewReader("\x00\x00\x00\x65"), 100).Next(); !errors.As(err, &large) || large.Size != 101 || large.Max != 100 {
		t.Errorf("over the limit: %v", err)
	}
}

// In classic every id is as good as another, and so is the limit of its frame.
func TestClassicReader(t *testing.T) {
	t.Parallel()
	for _, id := range []uint32{0, 1, wire.MaxCallID + 1, wire.ControlID(wire.KindReturn, 1), math.MaxUint32} {
		r := wire.NewClassicReader(bytes.NewReader(wire.AppendFrame(nil, id, []byte("hello"))), 5)
		if f, err := r.Next(); err != nil || f.ID != id || string(f.Payload) != "hello" {
			t.Errorf("id %#x: %#x, %q, %v", id, f.ID, f.Payload, err)
		}
		r = wire.NewClassicReader(bytes.NewReader(wire.AppendFrame(nil, id, []byte("hello!"))), 5)
		if _, err := r.Next(); !errors.As(err, new(*wire.TooLargeError)) {
			t.Errorf("id %#x, over the limit: %v", id, err)
		}
	}
	// The other dialect's greeting would be the header of a very large frame.
	_, err := wire.NewClassicReader(bytes.NewReader(wire.Greeting()), math.MaxUint32).Next()
	if !errors.Is(err, wire.ErrProtocol) || !strings.Contains(err.Error(), "extended dialect") {
		t.Errorf("a greeting: %v", err)
	}
}

func TestExpectFirst(t *testing.T) {
	t.Parallel()
	boot := wire.ControlID(wire.KindBoot, 0)
	stream := wire.AppendFrame(wire.AppendFrame(nil, boot, []byte("{}")), 7, nil)
	r := wire.NewReader(bytes.NewReader(stream), 100)
	r.ExpectFirst(boot, "BOOT")
	for _, want := range []uint32{boot, 7} {
		if f, err := r.Next(); err != nil || f.ID != want {
			t.Errorf("got %#x, %v; want %#x", f.ID, err, want)
		}
	}
	// Four octets are enough to know better, and no more may come.
	for _, first := range []string{"\x00\x00\x00\x06", "\x00\x00\x00\x01\x00\x00"} {
		r := wire.NewReader(scriptOf([]byte(first), os.ErrDeadlineExceeded), 100)
		r.ExpectFirst(boot, "BOOT")
		if _, err := r.Next(); !errors.Is(err, wire.ErrProtocol) || !strings.Contains(err.Error(), "classic") {
			t.Errorf("%q: %v", first, err)
		}
	}
}

func TestReadGreeting(t *testing.T) {
	t.Parallel()
	frame := wire.AppendFrame(nil, wire.ControlID(wire.KindReady, 0), []byte("{}"))
	for _, noise := range []string{
		"", "Welcome!\n", "\x00", "\x00RUNNE", "\x00RUNNER/", "\x00RUNNER/x", "\x00RUNNER/1 \n", "\x00RUNNER/" + strings.Repeat("1", 1001) + "\n",
		strings.Repeat("x", wire.MaxNoise), strings.Repeat("\x00RUNNER/", 1000), strings.Repeat("é", wire.MaxNoise/2),
	} {
		stream := noise + string(wire.Greeting()) + string(frame)
		for name, src := range map[string]io.Reader{
			"whole":  strings.NewReader(stream),
			"octets": iotest.OneByteReader(strings.NewReader(stream)),
		} {
			r := wire.NewReader(src, 100)
			if err := r.ReadGreeting(); err != nil {
				t.Errorf("%s, %d bytes of noise (%.20q): %v", name, len(noise), noise, err)
				continue
			}
			if f, err := r.Next(); err != nil || !bytes.Equal(f.Payload, []byte("{}")) {
				t.Errorf("%s, %.20q: then %v, %v", name, noise, f, err)
			}
		}
	}
}

func TestNoGreeting(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, stream string
		want         []string
	}{
		{"nothing", "", []string{"ended without the greeting"}},
		{"only a banner", "Permission denied\r\n", []string{"ended without the greeting", `"Permission denied"`}},
		{"half of one", "\x00RUNNER/1", []string{"ended without the greeting"}},
		{"one octet of noise too many", strings.Repeat("x", wire.MaxNoise+1) + "\x00RUNNER/1\n", []string{"first 64 KiB"}},
		{"too much noise", strings.Repeat("spam ", 20_000), []string{"first 64 KiB", "spam spam"}},
		{"another version", "hi\x00RUNNER/2\n", []string{"parent speaks version 1", "child version 2", "same release"}},
		{"a later version", "\x00RUNNER/17\n", []string{"child version 17"}},
		{"the version 0", "\x00RUNNER/0\n\x00RUNNER/1\n", []string{"child version 0"}},
		{"a version of ten digits", "\x00RUNNER/1234567890\n", []string{"parent speaks version 1", "child version 1234567890:"}},
		{"one that no int holds", "\x00RUNNER/00" + strings.Repeat("12", 20) + "\n", []string{"child version 12121212121212121212... (40 digits):"}},
		{"a version of 1000 digits", "\x00RUNNER/" + strings.Repeat("1", 1000) + "\n", []string{"(1000 digits):"}},
		{"octets", "\xff\xfe", []string{`"\xff\xfe"`}},
	} {
		r := wire.NewReader(iotest.OneByteReader(strings.NewReader(test.stream)), 100)
		err := r.ReadGreeting()
		if !errors.Is(err, wire.ErrProtocol) {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not say %q", test.name, err, want)
			}
		}
	}
	broken := errors.New("the network is down")
	if err := wire.NewReader(scriptOf([]byte("hello"), broken), 100).ReadGreeting(); !errors.Is(err, broken) || !errors.Is(err, wire.ErrProtocol) {
		t.Errorf("a broken stream: %v", err)
	}
	// A time-out is not the end.
	r := wire.NewReader(scriptOf([]byte("\x00RUN"), os.ErrDeadlineExceeded, []byte("NER/1\n")), 100)
	if err := r.ReadGreeting(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a time-out: %v", err)
	}
	if err := r.ReadGreeting(); err != nil {
		t.Errorf("after a time-out: %v", err)
	}
}

// ReadGreeting finds what a regular expression finds in the same octets, however
// they arrive.
func FuzzGreeting(f *testing.F) {
	f.Add([]byte("\x00RUNNER/1\n"), []byte{1})
	f.Add([]byte("motd\x00RUNNER/x\x00RUNNER/1\nrest"), []byte{3, 1, 0})
	f.Add([]byte("\x00RUNNER/02\n"), []byte{})
	f.Add([]byte("\x00RUNNER/000000000\n\x00RUNNER/1\n"), []byte{})
	f.Add([]byte("\x00\x00RUNNER/1\n"), []byte{2})
	greeting := regexp.MustCompile(`\x00RUNNER/([0-9]{1,1000})\n`)
	f.Fuzz(func(t *testing.T, stream, chunks []byte) {
		src := io.Reader(bytes.NewReader(stream))
		if bytes.ContainsFunc(chunks, func(r rune) bool { return r != 0 }) {
			src = &chunked{src: src, sizes: chunks}
		}
		r := wire.NewReader(src, 100)
		err := r.ReadGreeting()
		for errors.Is(err, os.ErrDeadlineExceeded) {
			err = r.ReadGreeting()
		}
		version := -1
		if m := greeting.FindSubmatch(stream); m != nil {
			version, _ = strconv.Atoi(string(m[1]))
		}
		none := errors.As(err, new(*wire.GreetingError))
		switch {
		case version < 0 != none, version == wire.Version != (err == nil), err != nil && !errors.Is(err, wire.ErrProtocol):
			t.Fatalf("version %d: %v", version, err)
		}
	})
}

// The Reader of sync requests returns what ParseSyncRequest does.
func FuzzSyncRequests(f *testing.F) {
	f.Add(wire.AppendSyncRequest(wire.AppendSyncRequest(nil, pattern(3)), nil), []byte{1, 2})
	f.Add([]byte("\xff\xff\xff\xff"), []byte{})
	f.Fuzz(func(t *testing.T, stream, chunks []byte) {
		src := io.Reader(bytes.NewReader(stream))
		if bytes.ContainsFunc(chunks, func(r rune) bool { return r != 0 }) {
			src = &chunked{src: src, sizes: chunks}
		}
		r := wire.NewSyncRequestReader(src, math.MaxUint32)
		for rest := stream; ; {
			want, after, ok := wire.ParseSyncRequest(rest)
			got, err := r.Next()
			for errors.Is(err, os.ErrDeadlineExceeded) {
				got, err = r.Next()
			}
			if !ok {
				if err == nil || (err == io.EOF) != (len(rest) == 0) {
					t.Fatalf("%d bytes are left: %v", len(rest), err)
				}
				return
			}
			if err != nil || !bytes.Equal(got.Payload, want) {
				t.Fatalf("got %d bytes, %v; want %d", len(got.Payload), err, len(want))
			}
			rest = after
		}
	})
}
