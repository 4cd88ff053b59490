package fleet

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet/internal/objects"
	"scripthost.example/fleet/internal/request"
	"scripthost.example/host"
)

// PayloadBucket is the object store that has what is too large for one message of the
// broker's, for as long as it is on its way. Whoever needs it first makes it, with as many
// replicas as the jobs of the account have, or its scripts.
const PayloadBucket = objects.PayloadBucket

// DefaultMaxPayload is the greatest size of arguments, results and events, in bytes.
const DefaultMaxPayload = 64 << 20

const (
	// messageRoom is what the head and the headers of a message take at most.
	messageRoom = 16 << 10
	// littleData is so little that a broker is asked only each littleTime whether a message
	// can have it, whatever others do with the connection.
	littleData = 4 << 10
	littleTime = time.Second
)

// replicatedLike are streams of packages jobs and registry.
var replicatedLike = []string{"RPC_JOBS", "KV_rpc_scripts"}

// large carries what is too large for a message.
type large struct {
	nc    *nats.Conn
	store *objects.Store
	// littleUntil is until when littleData fits without a question, since epoch.
	littleUntil atomic.Int64
}

func newLarge(nc *nats.Conn, max int) *large {
	return &large{nc: nc, store: objects.New(nc, objects.Payloads(), max, replicatedLike...)}
}

// fits reports whether a message can have so many bytes of data.
func (l *large) fits(n int) bool {
	return l.fitsAt(n, time.Since(epoch))
}

// fitsAt is fits for who knows the time since epoch.
func (l *large) fitsAt(n int, now time.Duration) bool {
	if n > littleData {
		return l.within(n)
	}
	if now < time.Duration(l.littleUntil.Load()) {
		return true
	}
	fits := l.within(littleData)
	if fits {
		l.littleUntil.Store(int64(now + littleTime))
	}
	return fits || l.within(n)
}

// within asks the connection, which may be busy writing.
func (l *large) within(n int) bool {
	limit := int(l.nc.MaxPayload())
	return limit == 0 || n <= limit-messageRoom // 0: there is no connection yet
}

// put stores data and returns the name of the object. What fails is an error of a call
// with the outcome.
func (l *large) put(ctx context.Context, what string, data []byte, o host.Outcome) (name string, err error) {
	if len(data) > l.store.Max() {
		return "", tooLarge(o, fmt.Sprintf("%s of %d bytes; %d are allowed", what, len(data), l.store.Max()))
	}
	if name, err = l.store.Put(ctx, data); err != nil {
		return "", notCarried(ctx, o, err, fmt.Sprintf("%s of %d bytes are more than a message can have (%d), and could not be stored at the broker: %v", what, len(data), l.nc.MaxPayload()-messageRoom, err))
	}
	return name, nil
}

// get returns the data of an object. What fails is as with put.
func (l *large) get(ctx context.Context, what, name string, o host.Outcome) ([]byte, error) {
	data, err := l.store.Get(ctx, name)
	if err != nil {
		return nil, notCarried(ctx, o, err, fmt.Sprintf("%s, which are too large for a message, could not be read from the broker: %v", what, err))
	}
	return data, nil
}

// notCarried is the error of a call that has something which is too large for a message, and
// for which the object store was of no use.
func notCarried(ctx context.Context, o host.Outcome, err error, message string) error {
	switch {
	case ctx.Err() != nil:
		kind := "cancelled"
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			kind = "deadline"
		}
		return host.NewCallError(kind, o, ctx.Err(), message)
	case errors.Is(err, host.ErrTooLarge), errors.Is(err, request.ErrNoJetStream), errors.Is(err, jetstream.ErrJetStreamNotEnabled),
		errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount), errors.Is(err, nats.ErrNoResponders):
		return tooLarge(o, message) // for a broker without an object store
	case errors.Is(err, ErrStorage):
		return host.NewCallError(kindStorage, o, err, message)
	case errors.Is(err, ErrPermission):
		return host.NewCallError(kindPermission, o, err, message)
	case errors.Is(err, nats.ErrConnectionClosed):
		return host.NewCallError(kindDisconnected, o, ErrDisconnected, message)
	case errors.Is(err, ErrUnavailable):
		return host.NewCallError(kindUnanswered, o, err, message)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return host.NewCallError(kindUnanswered, o, fmt.Errorf("%w: %w", ErrUnavailable, err), message)
	}
	return host.NewCallError(kindPayload, o, fmt.Errorf("%w: %w", errPayload, err), message)
}

func tooLarge(o host.Outcome, message string) error {
	return host.NewCallError("limit", o, host.ErrTooLarge, message)
}

// drop removes the object that a message names, if it names one, and does not wait for
// it.
func (l *large) drop(data []byte) {
	if h, _ := readHead(data); len(h.object) > 0 {
		go l.remove(string(h.object))
	}
}

// remove removes an object that nobody needs any more. What cannot be removed goes by
// itself.
func (l *large) remove(name string) { _ = l.store.Remove(context.Background(), name) }
