package request

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// ackTime is how long an acknowledgement may take before it is looked why there is none.
	ackTime = 2 * time.Second
	// stillTime is how long a stream takes nothing more before it is held to be stuck.
	stillTime = time.Second
)

// A Write is something that a stream is to store.
type Write struct {
	Stream string
	// Subject is one of the stream's, to which who writes may publish.
	Subject string
	// Names are what a violation is about that is one of this write.
	Names []string
	// Once, and Time, are as in Ask.
	Once bool
	Time time.Duration
}

// Store is Do for an f that has the broker store something, and says why there is no
// acknowledgement: where a broker answers, and stores nothing, the error is one that Refusal
// knows as ErrStorage. One whose disk is full or broken says so in its log only. With replicas
// that is not found out: there, another server takes the place of such a one.
func Store(ctx context.Context, nc *nats.Conn, w Write, f func(context.Context) error) error {
	connections := nc.Stats().Reconnects
	return do(ctx, nc, Ask{"the stream " + w.Stream, w.Names, w.Once, w.Time}, f, func(ctx context.Context) error {
		wait := ackTime
		for {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return nil
			}
			wait = stillTime
			// What was sent when a connection was lost may be lost, too.
			if stuck(ctx, nc, w) && nc.Stats().Reconnects == connections {
				return stuckError{w.Stream}
			}
		}
	})
}

// stuck tells whether a stream takes nothing any more, though its broker answers. What was
// published to a stream before is in front of the message that is published here, which the
// stream has to refuse: once that has happened there is nothing that waits to be stored.
func stuck(ctx context.Context, nc *nats.Conn, w Write) bool {
	js, err := jetstream.New(nc)
	if err != nil {
		return false
	}
	before, ok := last(ctx, js, w.Stream)
	if !ok {
		return false
	}
	select {
	case <-time.After(stillTime):
	case <-ctx.Done():
		return false
	}
	refused, cancel := context.WithTimeout(ctx, stillTime)
	defer cancel()
	m := &nats.Msg{Subject: w.Subject, Header: nats.Header{jetstream.ExpectedStreamHeader: {"none"}}}
	if _, err := nc.RequestMsgWithContext(refused, m); err != nil {
		return false
	}
	after, ok := last(ctx, js, w.Stream)
	return ok && after == before
}

// last is the number of the last message of a stream that has one replica.
func last(ctx context.Context, js jetstream.JetStream, stream string) (uint64, bool) {
	ctx, cancel := context.WithTimeout(ctx, stillTime)
	defer cancel()
	s, err := js.Stream(ctx, stream)
	if err != nil {
		return 0, false
	}
	info := s.CachedInfo()
	return info.State.LastSeq, info.Config.Replicas == 1
}
