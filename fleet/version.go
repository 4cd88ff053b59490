package fleet

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
)

// MinBrokerVersion is the oldest NATS server that is supported.
const MinBrokerVersion = "2.10"

// A BrokerVersionError is the error where a broker is too old.
type BrokerVersionError struct {
	// URL is the broker's, without what was logged in with.
	URL string
	// Version is what the broker says.
	Version string
}

func (e *BrokerVersionError) Error() string {
	return fmt.Sprintf("the broker at %s is nats-server %s; %s or newer is needed, since older ones leave jobs in the queue that have been ended", e.URL, e.Version, MinBrokerVersion)
}

// CheckBroker returns a [*BrokerVersionError] if the broker that nc is connected to is older
// than [MinBrokerVersion], and nats.ErrDisconnected if it is connected to none.
func CheckBroker(nc *nats.Conn) error {
	version := nc.ConnectedServerVersion()
	if version == "" {
		return fmt.Errorf("the version of the broker is not known: %w", nats.ErrDisconnected)
	}
	if versionLess(version, MinBrokerVersion) {
		return &BrokerVersionError{URL: withoutLogin(nc.ConnectedUrl()), Version: version}
	}
	return nil
}

// withoutLogin is a URL without what it logs in with: a token is in the place of a user.
func withoutLogin(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	u.User = nil
	return u.String()
}

// versionLess compares major and minor versions. What is no version is less than any.
func versionLess(a, b string) bool {
	aMajor, aMinor := majorMinor(a)
	bMajor, bMinor := majorMinor(b)
	return aMajor < bMajor || aMajor == bMajor && aMinor < bMinor
}

func majorMinor(version string) (major, minor int) {
	first, rest, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	second, _, _ := strings.Cut(rest, ".")
	second, _, _ = strings.Cut(second, "-")
	major, err := strconv.Atoi(first)
	if err != nil {
		return 0, 0
	}
	minor, _ = strconv.Atoi(second)
	return major, minor
}
