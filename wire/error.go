package wire

import (
	"errors"
	"fmt"
	"strconv"
)

// ErrProtocol is what every [*ProtocolError] is.
var ErrProtocol = errors.New("protocol error")

// A ProtocolError is the end of a connection: the other side sent what the
// protocol does not allow.
type ProtocolError struct {
	Reason string
}

// Protocolf returns a ProtocolError with a formatted reason.
func Protocolf(format string, args ...any) *ProtocolError {
	return &ProtocolError{Reason: fmt.Sprintf(format, args...)}
}

func (e *ProtocolError) Error() string { return "protocol error: " + e.Reason }

// Is reports whether target is ErrProtocol.
func (e *ProtocolError) Is(target error) bool { return target == ErrProtocol }

// A TooLargeError says that a payload is over a limit. Sizes are in bytes.
type TooLargeError struct {
	What string // what is too large, e.g. "the result"
	Size uint64
	Max  uint64
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s is too large: %d bytes, the limit is %d", e.What, e.Size, e.Max)
}

// A VersionError says that the two ends speak different versions of the extended
// dialect. It is also ErrProtocol. A number that an int does not hold is math.MaxInt.
type VersionError struct {
	Parent, Child int

	shown string // Child, where it is more than that
}

func (e *VersionError) Error() string {
	child := e.shown
	if child == "" {
		child = strconv.Itoa(e.Child)
	}
	return fmt.Sprintf("protocol error: the parent speaks version %d of the protocol and the child version %s: install the same release at both ends", e.Parent, child)
}

// Is reports whether target is ErrProtocol.
func (e *VersionError) Is(target error) bool { return target == ErrProtocol }
