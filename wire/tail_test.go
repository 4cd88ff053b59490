package wire_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"scripthost.example/wire"
)

// A payload in two parts is the payload.
func TestAppendFreezeTail(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", 1000)
	for name, test := range map[string]struct {
		values []any
		tail   bool
	}{
		"none":               {nil, false},
		"a number":           {[]any{1}, false},
		"a short text":       {[]any{"abc"}, false},
		"an empty text":      {[]any{""}, false},
		"a large text":       {[]any{large}, true},
		"large octets":       {[]any{[]byte(large)}, true},
		"others before":      {[]any{1, large, "abc", large}, true},
		"not at the end":     {[]any{large, 1}, false},
		"of just that size":  {[]any{large[:100]}, true},
		"of one octet fewer": {[]any{large[:99]}, false},
	} {
		for _, s := range []wire.Serialiser{wire.String(), wire.JSON(), wire.CBOR(), wire.MsgPack()} {
			t.Run(fmt.Sprintf("%s/%s", name, s.Name()), func(t *testing.T) {
				t.Parallel()
				dst := []byte("before")
				want, wantErr := s.AppendFreeze(bytes.Clone(dst), test.values)
				frozen, tail, err := wire.AppendFreezeTail(s, dst, test.values, 100)
				if (err == nil) != (wantErr == nil) {
					t.Fatalf("got the error %v, want %v", err, wantErr)
				}
				if got := append(frozen, tail...); !bytes.Equal(got, want) {
					t.Errorf("got %.40q..., want %.40q...", got, want)
				}
				if s.Name() == "string" && (tail != nil) != test.tail {
					t.Errorf("a tail of %d bytes", len(tail))
				}
			})
		}
	}
}

func TestAppendFreezeTailRefuses(t *testing.T) {
	t.Parallel()
	dst := []byte("before")
	frozen, tail, err := wire.AppendFreezeTail(wire.String(), dst, []any{nil, strings.Repeat("x", 100)}, 10)
	var e *wire.SerialiseError
	if !errors.As(err, &e) || e.Path != "[0]" || string(frozen) != "before" || tail != nil {
		t.Errorf("got %q, %q, %v", frozen, tail, err)
	}
}

// The tail is the value itself.
func TestAppendFreezeTailCopiesNothing(t *testing.T) {
	values := []any{strings.Repeat("x", 1<<20)}
	dst := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(10, func() {
		if _, tail, err := wire.AppendFreezeTail(wire.String(), dst, values, 1); err != nil || len(tail) != 1<<20 {
			t.Fatal(len(tail), err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestPutHeaderBefore(t *testing.T) {
	t.Parallel()
	frame := append(make([]byte, wire.HeaderSize), "ab"...)
	wire.PutHeaderBefore(frame, 7, 3)
	f, rest, ok := wire.ParseFrame(append(frame, "cde"...))
	if !ok || f.ID != 7 || string(f.Payload) != "abcde" || len(rest) > 0 {
		t.Errorf("got %+v, %q, %v", f, rest, ok)
	}
	defer func() {
		if recover() == nil {
			t.Error("a payload of more than a frame can say: no panic")
		}
	}()
	wire.PutHeaderBefore(frame, 7, math.MaxUint32)
}
