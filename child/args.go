package child

const (
	// keepArgs is how much memory arguments share. Larger ones have their own,
	// which is not used again.
	keepArgs = 64 << 10
	// ownArgs is from which size those have that come behind others.
	ownArgs = 4 << 10
)

// An argBuffer holds the arguments of the calls that wait. They are used in the
// order in which they came, and when none is left the memory is used again.
type argBuffer struct{ buf []byte }

// copy returns a copy of b. empty says that no earlier one is in use.
func (a *argBuffer) copy(b []byte, empty bool) []byte {
	if len(b) > keepArgs || !empty && len(b) >= ownArgs {
		return append([]byte(nil), b...)
	}
	if empty {
		a.buf = a.buf[:0]
	}
	have := len(a.buf)
	if have+len(b) > cap(a.buf) {
		// Doubled, up to a bound: one call at a time needs little. The earlier
		// ones keep what they are in.
		a.buf = make([]byte, 0, max(len(b), min(2*cap(a.buf), keepArgs), 512))
		have = 0
	}
	a.buf = append(a.buf, b...)
	return a.buf[have:len(a.buf):len(a.buf)]
}
