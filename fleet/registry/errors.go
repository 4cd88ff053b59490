package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/request"
)

// What can be wrong; an [Error] is one of them for [errors.Is]. What is wrong with a
// bundle or its signature is an error of package bundle.
var (
	// ErrNoJetStream is of a broker, or an account, without JetStream.
	ErrNoJetStream = request.ErrNoJetStream
	// ErrStorage is of a quota that is used up, or a full disk. Nothing was changed.
	ErrStorage = request.ErrStorage
	// ErrPermission is of a user of the broker who may not do it.
	ErrPermission = request.ErrPermission
	// ErrNotFound is of a plugin, version or track that is not there.
	ErrNotFound = errors.New("it is not in the registry")
	// ErrNoRegistry is of a broker where nobody has pushed anything yet.
	ErrNoRegistry = errors.New("there is no registry yet")
	// ErrVersionExists is of a version that is there with other bytes.
	ErrVersionExists = errors.New("the version exists, and versions do not change")
	// ErrConflict is of a track that somebody else has moved at the same time.
	ErrConflict = errors.New("somebody else has moved the track")
	// ErrInUse is of a version that is not removed, as a track is at it.
	ErrInUse = errors.New("a track is at it")
	// ErrWeight is of a weight that a track cannot have.
	ErrWeight = errors.New("the weight cannot be had")
	// ErrUnavailable is of a broker that did not answer. Whether what was asked of it
	// was done is not known; it can be asked again.
	ErrUnavailable = request.ErrUnavailable
	// ErrReplicas is of a number of replicas that the broker, or the bucket, has not.
	ErrReplicas = request.ErrReplicas
	// ErrCorrupt is of something in the registry that is not what was stored.
	ErrCorrupt = errors.New("what the registry has is damaged")
	// ErrName is of a name that a plugin, track or version cannot have.
	ErrName = errors.New("the name cannot be used")
	// ErrTooOld is of a broker before [fleet.MinBrokerVersion].
	ErrTooOld = errors.New("the broker is too old")
)

// An Error says what could not be done, why, and what can be done about it. It unwraps
// to one of the errors above, and to the cause, if there is one.
type Error struct {
	Op    string // what was to be done, such as "push tidy 1.2 to stable"
	Kind  error  // one of the errors above
	What  string // more about it; may be ""
	Next  string // what can be done; may be ""
	Cause error  // nil if there is none
}

func (e *Error) Error() string {
	text := "cannot " + e.Op + ": " + e.Kind.Error()
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

// A ConflictError is of a track that somebody else has moved since it was looked at. The
// version that was pushed is in the registry all the same. It unwraps to [ErrConflict].
type ConflictError struct {
	Op  string
	Now Track // what the track is; without a Version if it is gone
}

func (e *ConflictError) Error() string {
	now := "it is gone"
	if e.Now.Version != "" {
		now = "it is at " + e.Now.Version + " now, by " + nobody(e.Now.By) + " (" + e.Now.Action + ")"
	}
	return fmt.Sprintf("cannot %s: %v: %s (look at what they did; then do it again, if it is still what you want)", e.Op, ErrConflict, now)
}

// Unwrap makes it known to [errors.Is].
func (e *ConflictError) Unwrap() error { return ErrConflict }

func nobody(by string) string {
	if by == "" {
		return "somebody"
	}
	return by
}

// moreStorage is what can be done about a quota that is used up.
const moreStorage = request.MoreStorage + ", or remove versions that no track is at"

// fault makes an *Error of what the broker's library says.
func (r *Registry) fault(op string, err error) error { return classify(r.nc, op, err) }

func classify(nc *nats.Conn, op string, err error) error {
	if err == nil {
		return nil
	}
	known := new(Error)
	conflict := new(ConflictError)
	if errors.As(err, &known) || errors.As(err, &conflict) {
		return err
	}
	e := &Error{Op: op, Kind: ErrUnavailable, Cause: err}
	unanswered := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, nats.ErrNoResponders)
	if denied := request.Violation(nc, `"$JS.`, `"$KV.`+Bucket, `"$O.`+ObjectBucket); unanswered && denied != nil {
		e.Kind, e.Cause = ErrPermission, denied
		return e
	}
	if next, kind := request.Refusal(err); kind != nil {
		if next == request.MoreStorage {
			next = moreStorage
		}
		e.Kind, e.Next = kind, next
		return e
	}
	old := new(fleet.BrokerVersionError)
	switch {
	case errors.As(err, &old):
		e.Kind, e.Next = ErrTooOld, "update it"
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		e.Kind, e.Next = ErrNoJetStream, "start the broker with JetStream, and allow it to the account"
	case errors.Is(err, jetstream.ErrKeyNotFound), errors.Is(err, jetstream.ErrObjectNotFound):
		e.Kind, e.Cause = ErrNotFound, nil
	case errors.Is(err, jetstream.ErrBucketNotFound), errors.Is(err, jetstream.ErrStreamNotFound):
		e.Kind, e.Next = ErrNoRegistry, "the first push makes it; is it the right broker, and the right account?"
	case errors.Is(err, context.Canceled):
		e.What = "it was given up"
	case unanswered:
		e.Next = "is it running, and can a majority of its servers reach one another? It can be asked again"
	}
	return e
}
