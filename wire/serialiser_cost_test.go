package wire_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"scripthost.example/wire"
)

// Not parallel, because it measures what the whole process allocates.
func TestThawMemory(t *testing.T) {
	const size = 256 << 10
	cborNested, mpNested, cborOpen := []byte{0x81}, []byte{0x91}, []byte{}
	for range wire.MaxDepth {
		cborNested = append(cborNested, 0x9a, 0, 3, 0, 0)
		mpNested = append(mpNested, 0xdd, 0, 3, 0, 0)
		cborOpen = append(cborOpen, 0x9f)
	}
	fill := func(head []byte, what string) []byte {
		return append(head, strings.Repeat(what, size/len(what))...)
	}
	tests := []struct {
		name    string
		s       wire.Serialiser
		payload []byte
	}{
		{"array", wire.CBOR(), []byte("\x9b\x00\x00\x00\xff\xff\xff\xff\xff")},
		{"huge array", wire.CBOR(), []byte("\x9b\xff\xff\xff\xff\xff\xff\xff\xff")},
		{"map", wire.CBOR(), []byte("\x81\xbb\x00\x00\x00\xff\xff\xff\xff\xff")},
		{"huge map", wire.CBOR(), []byte("\x81\xbb\x80\x00\x00\x00\x00\x00\x00\x00")},
		{"text", wire.CBOR(), []byte("\x81\x7b\x7f\xff\xff\xff\xff\xff\xff\xff")},
		{"bytes", wire.CBOR(), []byte("\x81\x5b\x7f\xff\xff\xff\xff\xff\xff\xff")},
		{"array", wire.MsgPack(), []byte("\xdd\xff\xff\xff\xff")},
		{"map", wire.MsgPack(), []byte("\x91\xdf\xff\xff\xff\xff")},
		{"text", wire.MsgPack(), []byte("\x91\xdb\xff\xff\xff\xff")},
		{"bytes", wire.MsgPack(), []byte("\x91\xc6\xff\xff\xff\xff")},
		{"text", wire.String(), []byte("\x8f\xff\xff\xff\x7fabc")},
		{"nested arrays that claim the same octets", wire.CBOR(), fill(cborNested, "\x00")},
		{"nested arrays that claim the same octets", wire.MsgPack(), fill(mpNested, "\x00")},
		{"nested open arrays", wire.CBOR(), fill(cborOpen, "\x00")},
		{"brackets", wire.JSON(), fill(nil, "[")},
		{"array heads", wire.CBOR(), fill(nil, "\x81")},
		{"tags", wire.CBOR(), fill([]byte{0x81}, "\xc2")},
		{"array heads", wire.MsgPack(), fill(nil, "\x91")},
		{"small maps", wire.JSON(), []byte("[" + strings.Repeat(`{"":0},`, size/7) + "0]")},
		{"small maps", wire.CBOR(), fill([]byte{0x9a, 0, 1, 0x55, 0x55}, "\xa1\x60\x00")},
		{"small maps", wire.MsgPack(), fill([]byte{0xdd, 0, 1, 0x55, 0x55}, "\x81\xa0\x00")},
		{"empty strings", wire.String(), make([]byte, size)},
		{"empty strings", wire.JSON(), []byte("[" + strings.Repeat(`"",`, size/3) + "0]")},
	}
	for _, test := range tests {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := test.s.Thaw(test.payload)
		runtime.ReadMemStats(&after)
		if err != nil && !isSerialiseError(err) {
			t.Errorf("%s: %s: %v", test.s.Name(), test.name, err)
		}
		used, most := after.TotalAlloc-before.TotalAlloc, uint64(64<<10+160*len(test.payload))
		if used > most {
			t.Errorf("%s: %s: %d bytes for a payload of %d", test.s.Name(), test.name, used, len(test.payload))
		}
	}
}

// Not parallel, because it counts what the whole process allocates.
func TestFreezeAllocates(t *testing.T) {
	many := make([]any, 1000)
	for i := range many {
		many[i] = map[string]any{"b": int64(i), "a": []any{"text", 0.5, true, nil}}
	}
	for _, s := range structured() {
		dst := make([]byte, 0, 1<<20)
		for name, test := range map[string]struct {
			values []any
			most   float64
		}{
			"no maps": {[]any{"text", int64(1 << 40), 0.1, []any{nil, true}}, 0},
			"maps":    {[]any{many}, 1}, // room for the keys
		} {
			if n := testing.AllocsPerRun(10, func() { s.AppendFreeze(dst, test.values) }); n > test.most {
				t.Errorf("%s: %s: %v allocations", s.Name(), name, n)
			}
		}
	}
}

func BenchmarkSerialiser(b *testing.B) {
	object := map[string]any{}
	for i := range 8 {
		object[fmt.Sprintf("user%02d", i)] = map[string]any{
			"id": int64(1000 + i*77777), "name": "Some Name Here", "score": 1.5 * float64(i), "active": true,
			"groups": []any{"alpha", "beta", int64(3), nil},
		}
	}
	echo := []any{"0123456789abcdef"}
	loads := []struct {
		s      wire.Serialiser
		name   string
		values []any
	}{
		{wire.String(), "echo", echo},
		{wire.JSON(), "echo", echo}, {wire.JSON(), "object", []any{object}},
		{wire.CBOR(), "echo", echo}, {wire.CBOR(), "object", []any{object}},
		{wire.MsgPack(), "echo", echo}, {wire.MsgPack(), "object", []any{object}},
	}
	for _, load := range loads {
		payload := mustFreeze(b, load.s, load.values...)
		b.Run(load.s.Name()+"/freeze/"+load.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(payload)))
			dst := make([]byte, 0, 2*len(payload))
			for b.Loop() {
				if _, err := load.s.AppendFreeze(dst, load.values); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(load.s.Name()+"/thaw/"+load.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(payload)))
			for b.Loop() {
				if _, err := load.s.Thaw(payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
