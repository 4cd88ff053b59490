package wire_test

import (
	"bytes"
	"io"
	"testing"

	"scripthost.example/wire"
)

// endless brings the same bytes again and again.
type endless struct {
	stream []byte
	rest   []byte
}

func (e *endless) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		if len(e.rest) == 0 {
			e.rest = e.stream
		}
		m := copy(b[n:], e.rest)
		e.rest = e.rest[m:]
		n += m
	}
	return n, nil
}

// Not parallel, because it counts what the whole process allocates.
func TestFrameAllocates(t *testing.T) {
	payload := []byte("\x10" + "0123456789abcdef")
	dst := make([]byte, 0, 256)
	frame := wire.AppendFrame(nil, 1, payload)
	request := wire.AppendSyncRequest(nil, payload)
	call := append(wire.AppendName(nil, "M.serve"), payload...)
	small := wire.NewReader(&endless{stream: streamOf(0, 17, 300, 17, 5000, 17)}, 1<<20)
	exact := wire.NewReader(&endless{stream: streamOf(bufferSize-wire.HeaderSize, 17)}, 1<<20)
	large := wire.NewReader(&endless{stream: streamOf(300_000)}, 1<<20)
	next := func(r *wire.Reader) func() {
		return func() {
			if f, err := r.Next(); err != nil || f.ID == 0 {
				t.Fatal(f.ID, err)
			}
		}
	}
	for _, test := range []struct {
		name string
		most float64
		run  func()
	}{
		{"AppendFrame", 0, func() { dst = wire.AppendFrame(dst[:0], 1, payload) }},
		{"AppendSyncRequest", 0, func() { dst = wire.AppendSyncRequest(dst[:0], payload) }},
		{"AppendName and PutHeader", 0, func() {
			dst = append(wire.AppendName(dst[:wire.HeaderSize], "M.serve"), payload...)
			wire.PutHeader(dst, wire.ControlID(wire.KindCall, 1))
		}},
		{"ParseFrame", 0, func() { wire.ParseFrame(frame) }},
		{"ParseSyncRequest", 0, func() { wire.ParseSyncRequest(request) }},
		{"ParseName", 0, func() { wire.ParseName(call) }},
		{"ParseHostID", 0, func() { wire.ParseHostID(call) }},
		{"ValidText", 0, func() { wire.ValidText("größe") }},
		{"Reader, small frames", 0, next(small)},
		{"Reader, frames of the buffer's size", 0, next(exact)},
		{"Reader, a large frame", 1, next(large)}, // which its caller gets to keep
	} {
		if n := testing.AllocsPerRun(1000, test.run); n > test.most {
			t.Errorf("%s: %v allocations, want %v at most", test.name, n, test.most)
		}
	}
}

func BenchmarkAppendFrame(b *testing.B) {
	payload := pattern(17)
	dst := make([]byte, 0, 64)
	b.ReportAllocs()
	b.SetBytes(wire.HeaderSize + 17)
	for b.Loop() {
		dst = wire.AppendFrame(dst[:0], 1, payload)
	}
}

func BenchmarkParseFrame(b *testing.B) {
	stream := bytes.Repeat(streamOf(17), 100)
	b.ReportAllocs()
	b.SetBytes(wire.HeaderSize + 17)
	rest := stream
	for b.Loop() {
		if len(rest) == 0 {
			rest = stream
		}
		var ok bool
		if _, rest, ok = wire.ParseFrame(rest); !ok {
			b.Fatal("no frame")
		}
	}
}

func BenchmarkReader(b *testing.B) {
	for _, load := range []struct {
		name string
		size int
	}{{"17 B", 17}, {"1 KiB", 1 << 10}, {"60 KiB", 60 << 10}, {"1 MiB", 1 << 20}} {
		b.Run(load.name, func(b *testing.B) {
			var src io.Reader = &endless{stream: streamOf(load.size)}
			r := wire.NewReader(src, 1<<20)
			b.ReportAllocs()
			b.SetBytes(int64(wire.HeaderSize + load.size))
			for b.Loop() {
				if _, err := r.Next(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMessage(b *testing.B) {
	failure := &wire.Error{
		Kind: wire.ErrorScript, Message: "attempt to index a nil value", Language: "lua",
		Stack: []wire.StackFrame{{Function: "f", File: "worker.lua", Line: 3}, {Function: "run", File: "worker.lua", Line: 9}},
	}
	payload := mustAppend(b, failure)
	b.Run("append", func(b *testing.B) {
		dst := make([]byte, 0, 1<<10)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := wire.AppendMessage(dst, failure); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var e wire.Error
			if err := wire.ParseMessage(payload, &e); err != nil {
				b.Fatal(err)
			}
		}
	})
}
