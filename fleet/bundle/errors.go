package bundle

import (
	"errors"
	"fmt"
)

// What can be wrong; an [Error] is one of them for [errors.Is].
var (
	// ErrMalformed is of bytes that are no bundle, or not as this package makes them.
	ErrMalformed = errors.New("this is no bundle")
	// ErrTooLarge is of a bundle that has more bytes or files than one can.
	ErrTooLarge = errors.New("the bundle is too large")
	// ErrFile is of a file that cannot be in a bundle: a link, a device, a name.
	ErrFile = errors.New("the file cannot be in a bundle")
	// ErrSettings is of a runner.toml that an instance cannot follow.
	ErrSettings = errors.New("the settings cannot be used")
	// ErrKey is of a key or a file with one that cannot be used.
	ErrKey = errors.New("the key cannot be used")
	// ErrUnsigned is of a bundle without a signature where one is asked for.
	ErrUnsigned = errors.New("the bundle is not signed")
	// ErrUntrusted is of a bundle that a key has signed which is not trusted.
	ErrUntrusted = errors.New("the bundle's signer is not trusted")
	// ErrSignature is of a signature that is not of this bundle, or of another
	// plugin or version.
	ErrSignature = errors.New("the signature is wrong")
)

// An Error says what is wrong, where, and what can be done. It unwraps to one of the
// errors above, and to the cause, if there is one.
type Error struct {
	Kind  error  // one of the errors above
	Where string // a file or a setting; "" if it is the whole
	What  string // about it
	Next  string // what can be done; "" if that is plain
	Cause error  // nil if there is none
}

func (e *Error) Error() string {
	text := e.Kind.Error()
	if e.Where != "" {
		text = e.Where + ": " + text
	}
	if e.What != "" {
		text += ": " + e.What
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	if e.Next != "" {
		text += " (" + e.Next + ")"
	}
	return text
}

// Unwrap makes the kind and the cause known to [errors.Is] and [errors.As].
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

func malformed(where, format string, args ...any) error {
	return &Error{Kind: ErrMalformed, Where: where, What: fmt.Sprintf(format, args...)}
}

func badFile(name, next, format string, args ...any) error {
	return &Error{Kind: ErrFile, Where: name, What: fmt.Sprintf(format, args...), Next: next}
}
