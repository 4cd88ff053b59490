package wire

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
)

// MaxNoise is how much may stand before the greeting on a child's standard
// output, in bytes: a login's banner, say.
const MaxNoise = 64 << 10

// GreetingStart is what a greeting begins with; the version and a line feed
// follow.
const GreetingStart = "\x00RUNNER/"

const (
	// maxVersionDigits bounds the number in a greeting: what has more is noise.
	maxVersionDigits = 1000
	// keepNoise is how much of the noise an error can show.
	keepNoise = 100
	// keepDigits is how much of a version's number an error shows.
	keepDigits = 20
)

// Greeting is what an extended child writes to its standard output before its
// first frame, when that is its stream.
func Greeting() []byte { return fmt.Appendf(nil, "%s%d\n", GreetingStart, Version) }

// A noise is what stands before a greeting.
type noise struct {
	size int
	kept []byte
}

// A GreetingError says that no greeting came. It is also a ProtocolError.
type GreetingError struct {
	// Reason says so, and shows the beginning of what came instead.
	Reason string
	// Err is what ended the stream, such as io.ErrUnexpectedEOF; nil if it has
	// not ended.
	Err error
}

func (e *GreetingError) Error() string { return "protocol error: " + e.Reason }

// Is reports whether target is ErrProtocol.
func (e *GreetingError) Is(target error) bool { return target == ErrProtocol }

// Unwrap returns Err.
func (e *GreetingError) Unwrap() error { return e.Err }

// ReadGreeting skips noise up to the end of the child's greeting, before the
// first Next. A child of another version is a ProtocolError; none within
// MaxNoise bytes, or before the end of the stream, is a GreetingError.
func (r *Reader) ReadGreeting() error {
	for {
		version, found, more := r.findGreeting()
		switch {
		case r.noise.size > MaxNoise:
			return r.greetingError(fmt.Sprintf("no greeting of a worker in the first %d KiB of its output", MaxNoise>>10), nil)
		case found && version == nil:
			return nil
		case found:
			return version
		case !more:
			continue
		}
		if err := r.fill(); err != nil {
			if isTimeout(err) {
				return err
			}
			r.skipNoise(r.w - r.r)
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return r.greetingError("its output ended without the greeting of a worker", err)
		}
	}
}

// findGreeting takes noise, or a whole greeting, off the buffer. Without one, more
// says whether it takes more octets to go on. version is nil if it is this one's.
func (r *Reader) findGreeting() (version *VersionError, found, more bool) {
	b := r.buf[r.r:r.w]
	i := bytes.Index(b, []byte(GreetingStart))
	if i < 0 {
		// The end may be the beginning of one.
		r.skipNoise(max(0, len(b)-len(GreetingStart)+1))
		return nil, false, true
	}
	r.skipNoise(i)
	digits := b[i+len(GreetingStart):]
	n := 0
	for n < len(digits) && n <= maxVersionDigits && '0' <= digits[n] && digits[n] <= '9' {
		n++
	}
	if n == len(digits) && n <= maxVersionDigits {
		return nil, false, true
	}
	if n == 0 || n > maxVersionDigits || digits[n] != '\n' {
		r.skipNoise(1) // it only looked like one
		return nil, false, false
	}
	version = greetedVersion(digits[:n])
	r.r += len(GreetingStart) + n + 1
	return version, true, false
}

// greetedVersion is nil for this end's version, and else the error of another one.
func greetedVersion(digits []byte) *VersionError {
	n, err := strconv.Atoi(string(digits))
	switch {
	case err != nil: // more than an int has
		number := bytes.TrimLeft(digits, "0")
		shown := string(number)
		if len(number) > keepDigits {
			shown = fmt.Sprintf("%s... (%d digits)", number[:keepDigits], len(number))
		}
		return &VersionError{Parent: Version, Child: n, shown: shown}
	case n != Version:
		return &VersionError{Parent: Version, Child: n}
	}
	return nil
}

func (r *Reader) skipNoise(n int) {
	if room := keepNoise - len(r.noise.kept); room > 0 {
		r.noise.kept = append(r.noise.kept, r.buf[r.r:r.r+min(n, room)]...)
	}
	r.noise.size += n
	r.r += n
}

func (r *Reader) greetingError(reason string, err error) error {
	if kept := bytes.TrimSpace(r.noise.kept); len(kept) > 0 {
		reason = fmt.Sprintf("%s; it wrote %q", reason, kept)
	}
	return &GreetingError{Reason: reason, Err: err}
}
