// Package request asks a broker for something, and says why that was not done: a broker
// does not answer who may not ask, and acknowledges nothing that its disk has no room for.
package request

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What a broker's refusals and its silence come to. Packages that keep something at a
// broker have these as their own.
var (
	ErrNoJetStream = errors.New("the broker keeps nothing: it has no JetStream")
	ErrStorage     = errors.New("the broker's storage is full")
	ErrPermission  = errors.New("the broker does not permit it")
	ErrReplicas    = errors.New("the number of replicas cannot be had")
	ErrUnavailable = errors.New("the broker does not answer")
)

// MoreStorage is what can be done about a quota that is used up.
const MoreStorage = "give the account or the broker more storage"

// restart is what can be done about a disk that is full.
const restart = "make room there, then start the broker anew"

// refusals are what the broker's own errors come to.
var refusals = []struct {
	code jetstream.ErrorCode
	kind error
	next string
}{
	{10039, ErrNoJetStream, "switch JetStream on for the account; one whose disk was full has to be started anew"},
	{10076, ErrNoJetStream, "start the broker with JetStream, and anew if its disk was full"},
	{10023, ErrStorage, MoreStorage}, // insufficient resources
	{10047, ErrStorage, MoreStorage}, // storage resources exceeded
	{10028, ErrStorage, MoreStorage}, // memory resources exceeded
	{10002, ErrStorage, MoreStorage}, // account's resources exceeded
	{10077, ErrStorage, MoreStorage}, // a store that failed, for want of space mostly
	{10113, ErrStorage, "the account asks for a bound: set Options.MaxBytes"},
	{10122, ErrStorage, "the bound is above what the account allows: set a smaller Options.MaxBytes"},
	{10074, ErrReplicas, "ask for 1, or use a cluster"},
	{10005, ErrReplicas, "ask for no more than the cluster has servers"},
	{noLeader, ErrUnavailable, "JetStream is about to start, or has lost its quorum: try again"},
}

// Refusal returns what an error of the broker's comes to, and what can be done about it; kind
// is nil if it is none of those that are known.
func Refusal(err error) (next string, kind error) {
	var unanswered *unansweredError
	switch {
	case errors.As(err, &unanswered):
		return unanswered.next(), ErrUnavailable
	case errors.As(err, new(stuckError)):
		return restart, ErrStorage
	case errors.Is(err, nats.ErrPermissionViolation):
		return "", ErrPermission
	}
	var api jetstream.JetStreamError
	if errors.As(err, &api) && api.APIError() != nil {
		if strings.Contains(api.APIError().Description, "error creating store") {
			return "its disk has no room, or is broken, as its log says: " + restart, ErrStorage
		}
		for _, r := range refusals {
			if r.code == api.APIError().ErrorCode {
				return r.next, r.kind
			}
		}
	}
	return "", nil
}

// isUnanswered tells whether an error is one of Do's, and has not been explained.
func isUnanswered(err error) bool {
	_, ok := err.(*unansweredError)
	return ok
}

// Explain is an error of the broker's with what it comes to, and what can be done about it,
// if that is known: errors.Is finds both.
func Explain(err error) error {
	next, kind := Refusal(err)
	switch {
	case kind == nil || errors.Is(err, kind) && !isUnanswered(err):
		return err
	case next == "":
		return fmt.Errorf("%w: %w", kind, err)
	}
	return fmt.Errorf("%w: %w (%s)", kind, err, next)
}

// Violation is the last refusal of the broker's, if it was about one of the names, which
// are those of subjects or parts of them: to who asks without permission it does not
// answer, and tells the connection.
func Violation(nc *nats.Conn, names ...string) error { return about(nc.LastError(), names) }

// about returns an error that is a violation and has one of the names.
func about(err error, names []string) error {
	if err == nil || !errors.Is(err, nats.ErrPermissionViolation) {
		return nil
	}
	for _, name := range names {
		if strings.Contains(err.Error(), name) {
			return err
		}
	}
	return nil
}

// A stuckError is of a stream that takes nothing more, though its broker answers.
type stuckError struct{ stream string }

func (e stuckError) Error() string {
	return "it answers, and stores nothing more in " + e.stream + ": its disk has no room, or is broken, as its log says"
}
