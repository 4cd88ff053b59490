package lua

import (
	"math"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// maxExact is the largest number up to which a float64 holds every integer.
const maxExact = 1 << 53

// isWhole reports whether n has no fraction. It is false of infinities and NaN.
func isWhole(n float64) bool { return math.Trunc(n) == n && !math.IsInf(n, 0) }

// formatNumber writes a number as tostring does. Infinities and NaN it writes as C
// does, where gopher-lua writes them as Go does: NaN with its sign, which 0/0 has on
// x86 and not on ARM.
func formatNumber(n float64) string {
	switch {
	case math.IsInf(n, 1):
		return "inf"
	case math.IsInf(n, -1):
		return "-inf"
	case !math.IsNaN(n):
		return glua.LNumber(n).String()
	case math.Signbit(n):
		return "-nan"
	}
	return "nan"
}

// nameNumber is what errors call a number: the sign of NaN is no matter there.
func nameNumber(n float64) string {
	if math.IsNaN(n) {
		return "nan"
	}
	return formatNumber(n)
}

// spell makes a text of argument i if that is an infinity or NaN, for what takes
// numbers for strings and would write those as Go does.
func spell(L *glua.LState, i int) {
	if n, ok := L.Get(i).(glua.LNumber); ok && n-n != 0 {
		L.Replace(i, glua.LString(formatNumber(float64(n))))
	}
}

// toString is what tostring returns, as a Go string.
func toString(L *glua.LState, value glua.LValue) string {
	if n, ok := value.(glua.LNumber); ok {
		return formatNumber(float64(n))
	}
	return L.ToStringMeta(value).String()
}

// parseNumber reads a number as Lua's lexer would, with white space around it.
func parseNumber(s string) (float64, bool) {
	s = strings.Trim(s, " \f\n\r\t\v")
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" {
		return 0, false
	}
	if len(digits) > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X') {
		n, err := strconv.ParseUint(digits[2:], 16, 64)
		if err != nil {
			return 0, false
		}
		if s[0] == '-' {
			return -float64(n), true
		}
		return float64(n), true
	}
	if c := digits[0]; c != '.' && (c < '0' || c > '9') || strings.ContainsAny(digits, "_xXpP") {
		return 0, false // words that Go knows: inf, nan; and Go's notation
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(n, 0) {
		return 0, false
	}
	return n, true
}

// toNumber is Lua's tonumber.
func toNumber(L *glua.LState) int {
	if L.Get(2) == glua.LNil || L.Get(2) == glua.LNumber(10) {
		switch value := L.CheckAny(1).(type) {
		case glua.LNumber:
			L.Push(value)
			return 1
		case glua.LString:
			if n, ok := parseNumber(string(value)); ok {
				L.Push(glua.LNumber(n))
				return 1
			}
		}
		L.Push(glua.LNil)
		return 1
	}
	base := L.CheckInt(2)
	if base < 2 || base > 36 {
		L.ArgError(2, "base out of range")
	}
	s := strings.ToLower(strings.Trim(L.CheckString(1), " \f\n\r\t\v"))
	if base == 16 {
		s = strings.TrimPrefix(s, "0x")
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "-"), base, 64)
	switch {
	case err != nil:
		L.Push(glua.LNil)
	case s[0] == '-':
		L.Push(glua.LNumber(-float64(n)))
	default:
		L.Push(glua.LNumber(n))
	}
	return 1
}
