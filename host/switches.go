package host

import "slices"

// The quick ways that a call can take. All that is tested holds without them, too,
// which tests show that switch them off.
var (
	callersRead = true // see readerState
	look        = true // see wire.EagerReader; at both ends
)

// noLook among BOOT's "without" has the child not look.
const noLook = "look"

// withoutList is BOOT's list.
func (o *Options) withoutList() []string {
	if look {
		return o.without
	}
	return append(slices.Clip(o.without), noLook)
}
