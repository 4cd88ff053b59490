package enginetest

import (
	"math"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// Values at the edges of what a type, a serialiser or a language can hold.
var (
	edgeInts = []int64{0, 1, -1, 23, 24, -24, -25, 31, 32, -32, -33, 127, 128, -128, -129, 255, 256, 1<<15 - 1, 1 << 15, -1 << 15, 1<<16 - 1, 1 << 16,
		1<<31 - 1, 1 << 31, -1 << 31, -1<<31 - 1, 1<<32 - 1, 1 << 32, 1<<53 - 1, 1 << 53, 1<<53 + 1, -1<<53 + 1, -1 << 53, -1<<53 - 1,
		math.MaxInt64, math.MinInt64, math.MinInt64 + 1}
	edgeUints  = []uint64{0, 1<<53 - 1, 1 << 53, 1<<53 + 1, math.MaxInt64, 1 << 63, 1<<63 + 1, math.MaxUint64}
	edgeFloats = []float64{0, math.Copysign(0, -1), 1, -3, 0.1, 1.5, 1e-7, 1e-6, 1e20, 1e21, 1e22, 1 << 53, 1<<53 + 2, -1 << 53, 1 << 60, 1 << 63, 1 << 64, 1e300,
		math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, math.MaxFloat32, math.Inf(1), math.Inf(-1), math.NaN()}
	edgeTexts = []string{"", "a", "\x00", "a\x00b", "\x7f", "\"\\/\b\f\n\r\t", "ä", "\u2028\u2029", "\ufeff", "\ufffd", "\ufffe", "😀", "\U0010ffff",
		"2024-02-29T12:30:15Z", "null", "NaN", "-0", "1e5"}
	edgeKeys = []string{"", "a", "b", "length", "toString", "__proto__", "constructor", "then", "toJSON", "__index", "a b", "-", "ä", "\ufffd", "😀", "1 ", "a\x00"}
)

// drawText draws text of UTF-8.
func drawText(t *rapid.T) string {
	switch rapid.IntRange(0, 9).Draw(t, "kind of text") {
	case 0, 1, 2, 3:
		return rapid.SampledFrom(edgeTexts).Draw(t, "text")
	case 4: // long enough for every size of length
		return strings.Repeat(rapid.SampledFrom([]string{"x", "ä", "😀"}).Draw(t, "repeated"), rapid.SampledFrom([]int{31, 32, 255, 256, 4096, 65535, 65536}).Draw(t, "times"))
	}
	return rapid.String().Draw(t, "text")
}

// drawKey draws the key of an object; places are told with it, see isPlain.
func drawKey(t *rapid.T) string {
	if rapid.Bool().Draw(t, "plain key") {
		return rapid.StringMatching(`[a-z]{1,5}`).Draw(t, "key")
	}
	return rapid.SampledFrom(edgeKeys).Draw(t, "key")
}

// drawOctets draws octets, some of them UTF-8.
func drawOctets(t *rapid.T) []byte {
	if rapid.Bool().Draw(t, "UTF-8") {
		return []byte(drawText(t))
	}
	return rapid.SliceOf(rapid.Byte()).Draw(t, "octets")
}

func drawInt(t *rapid.T) int64 {
	if rapid.Bool().Draw(t, "edge") {
		return rapid.SampledFrom(edgeInts).Draw(t, "int")
	}
	return rapid.Int64().Draw(t, "int")
}

func drawFloat(t *rapid.T) float64 {
	if rapid.Bool().Draw(t, "edge") {
		return rapid.SampledFrom(edgeFloats).Draw(t, "float")
	}
	return rapid.Float64().Draw(t, "float")
}

// drawTime draws a time that every serialiser can carry.
func drawTime(t *rapid.T) time.Time {
	const year0, year10000 = -62_167_219_200, 253_402_300_800
	return time.Unix(rapid.Int64Range(year0, year10000-1).Draw(t, "seconds"), rapid.SampledFrom([]int64{0, 1, 999_999_999, 250_000_000, 1_000_000}).Draw(t, "nanoseconds")).UTC()
}

// drawValue draws a value of those that serialisers take. It is nested at most
// depth deep, but for chains of arrays that are as deep as can be and deeper.
func drawValue(t *rapid.T, depth int) any {
	kinds := 9
	if depth > 0 {
		kinds = 13
	}
	switch rapid.IntRange(0, kinds).Draw(t, "kind of value") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2, 3:
		return drawInt(t)
	case 4:
		return rapid.SampledFrom(edgeUints).Draw(t, "uint")
	case 5, 6:
		return drawFloat(t)
	case 7, 8:
		return drawText(t)
	case 9:
		if rapid.Bool().Draw(t, "octets") {
			return drawOctets(t)
		}
		return drawTime(t)
	case 10, 11:
		list := make([]any, rapid.IntRange(0, 4).Draw(t, "items"))
		for i := range list {
			list[i] = drawValue(t, depth-1)
		}
		return list
	case 12:
		object := make(map[string]any)
		for range rapid.IntRange(0, 4).Draw(t, "fields") {
			object[drawKey(t)] = drawValue(t, depth-1)
		}
		return object
	}
	chain := drawValue(t, 0)
	for range rapid.SampledFrom([]int{1, 16, 500, 511, 512, 513, 520}).Draw(t, "levels") {
		chain = []any{chain}
	}
	return chain
}
