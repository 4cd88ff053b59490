package wire_test

import (
	"fmt"
	"strings"
	"testing"

	"scripthost.example/wire"
)

// wireValues returns some values of each kind: no two calls have the same.
func wireValues(kind string) [][]any {
	all := make([][]any, 8)
	for i := range all {
		n := int64(1_000_000_000_000_000 + i)
		switch kind {
		case "16 B":
			all[i] = []any{fmt.Sprint(n)}
		case "8 of 16 B":
			for j := range int64(8) {
				all[i] = append(all[i], fmt.Sprint(n+j))
			}
		case "1 MB":
			all[i] = []any{fmt.Sprint(n) + strings.Repeat("x", 1<<20-16)}
		}
	}
	return all
}

// BenchmarkFreeze writes the arguments of a call behind a header, and BenchmarkThaw reads
// them: those of the serialiser "string", whose values have no structure. Structure is
// what BenchmarkSerialiser is about.
func BenchmarkFreeze(b *testing.B) {
	for _, kind := range []string{"16 B", "8 of 16 B", "1 MB"} {
		b.Run(kind, func(b *testing.B) {
			values := wireValues(kind)
			dst := make([]byte, wire.HeaderSize, 2<<20)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := wire.String().AppendFreeze(dst, values[i%8]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkThaw(b *testing.B) {
	for _, kind := range []string{"16 B", "8 of 16 B", "1 MB"} {
		b.Run(kind, func(b *testing.B) {
			var payloads [][]byte
			for _, v := range wireValues(kind) {
				payloads = append(payloads, mustFreeze(b, wire.String(), v...))
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := wire.String().Thaw(payloads[i%8]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A value takes two allocations at most: its octets, and the interface that holds it.
// One more is the list of them all.
//
// Not parallel, because it counts what the whole process allocates.
func TestThawAllocates(t *testing.T) {
	for _, s := range append(structured(), wire.String()) {
		for _, v := range []any{"0123456789abcdef", int64(1 << 40), 0.625, true} {
			if s.Name() == "string" {
				if _, ok := v.(string); !ok {
					continue
				}
			}
			values := make([]any, 100)
			for i := range values {
				values[i] = v
			}
			payload := mustFreeze(t, s, values...)
			n := testing.AllocsPerRun(100, func() {
				if _, err := s.Thaw(payload); err != nil {
					t.Fatal(err)
				}
			})
			// The list may grow a few times.
			if n > 2*100+10 {
				t.Errorf("%s: 100 values like %v take %v allocations", s.Name(), v, n)
			}
		}
	}
}
