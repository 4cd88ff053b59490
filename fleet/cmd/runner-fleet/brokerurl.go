package main

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// schemes are those of brokers' URLs.
var schemes = []string{"nats", "tls", "ws", "wss"}

// brokerURLs takes --nats apart. What a client would take as it is, or ask a name server
// for, is an error here, if it cannot be what was meant.
func brokerURLs(text string) ([]*url.URL, error) {
	var all []*url.URL
	for one := range strings.SplitSeq(text, ",") {
		one = strings.TrimSpace(one)
		if !strings.Contains(one, "://") {
			one = "nats://" + one
		}
		u, err := url.Parse(one)
		if err != nil { // the error has all of it, with its password
			return nil, fmt.Errorf("one of its URLs cannot be read: it is nats://HOST:PORT")
		}
		switch port, bad := strconv.ParseUint(u.Port(), 10, 16); {
		case !slices.Contains(schemes, u.Scheme):
			return nil, fmt.Errorf("%s: a broker's URL begins with nats://, tls://, ws:// or wss://, and not with %s://", redacted(u), u.Scheme)
		case u.Hostname() == "":
			return nil, fmt.Errorf("%s has no host: it is nats://HOST:PORT", redacted(u))
		case u.Port() != "" && (bad != nil || port == 0):
			return nil, fmt.Errorf("%s has a port that there is not: it is 1 to 65535", redacted(u))
		case strings.Trim(u.Path, "/") != "" && (u.Scheme == "nats" || u.Scheme == "tls"):
			return nil, fmt.Errorf("%s has a path, and the broker would not know of it: it is nats://HOST:PORT", redacted(u))
		}
		all = append(all, u)
	}
	return all, nil
}

// redacted is a URL as it may be shown: without a password, or a token, which is in the
// place of a user.
func redacted(u *url.URL) string {
	if _, ok := u.User.Password(); !ok && u.User != nil {
		r := *u
		r.User = url.User("xxxxx")
		return r.String()
	}
	return u.Redacted()
}

// allRedacted are URLs as they may be shown.
func allRedacted(urls []*url.URL) string {
	var texts []string
	for _, u := range urls {
		texts = append(texts, redacted(u))
	}
	return strings.Join(texts, ",")
}
