// Package brokerversion refuses brokers that are too old for the fleet.
package brokerversion

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
)

// Minimum is the oldest version that the fleet works with. Before 2.10 consumers have
// one filter, and messages whose work was terminated stay in a work queue for ever.
const Minimum = "2.10.0"

// ErrTooOld is of a broker that is older than Minimum.
var ErrTooOld = errors.New("the broker is too old")

// An Error tells of a broker that is too old. It unwraps to [ErrTooOld].
type Error struct {
	Version string // that the broker says it has
	URL     string // where it is, without passwords
}

func (e *Error) Error() string {
	return fmt.Sprintf("%v: the NATS server at %s has version %q, and at least %s is needed: update it", ErrTooOld, e.URL, e.Version, Minimum)
}

// Unwrap makes it known to [errors.Is].
func (e *Error) Unwrap() error { return ErrTooOld }

// Check returns an *Error if the broker that nc is connected to is too old. That is the
// one broker: others of its cluster can be older. While nc is not connected it returns
// nil: what is asked next says so.
func Check(nc *nats.Conn) error {
	version := nc.ConnectedServerVersion()
	if version == "" || atLeast(version, Minimum) {
		return nil
	}
	return &Error{Version: version, URL: nc.ConnectedUrlRedacted()}
}

// atLeast compares the first two numbers of versions. A version of another form is not
// one of the servers that are known to be right.
func atLeast(version, minimum string) bool {
	major, minor, ok := parse(version)
	wantMajor, wantMinor, _ := parse(minimum)
	return ok && (major > wantMajor || major == wantMajor && minor >= wantMinor)
}

func parse(version string) (major, minor int, ok bool) {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) < 2 {
		return 0, 0, false
	}
	major, err := strconv.Atoi(parts[0])
	if err != nil {
		return 0, 0, false
	}
	minor, err = strconv.Atoi(parts[1])
	return major, minor, err == nil
}
