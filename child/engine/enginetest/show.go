package enginetest

import (
	"fmt"
	"math"
)

// sameFloat tells the two zeros apart, and takes NaN for equal to itself.
func sameFloat(a, b float64) bool {
	if math.IsNaN(a) || math.IsNaN(b) {
		return math.IsNaN(a) && math.IsNaN(b)
	}
	return a == b && math.Signbit(a) == math.Signbit(b)
}

// show writes values with their types, and cuts what is long.
func show(values []any) string {
	s := fmt.Sprintf("%#v", values)
	const shown = 2000
	if len(s) > shown {
		return fmt.Sprintf("%s... (%d bytes)", s[:shown], len(s))
	}
	return s
}
