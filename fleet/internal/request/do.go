package request

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// lookTime is how often it is looked whether the broker has told the connection that it
	// refuses.
	lookTime = 20 * time.Millisecond
	// heardLooks is after how many looks it is found out whether the broker is there at all.
	heardLooks = 25
	// leaderTime is the pause before a broker is asked again that has answered that it has no
	// leader.
	leaderTime = 250 * time.Millisecond
	// eachTime is how long a request may take: that of package jetstream.
	eachTime = 5 * time.Second
	// objectTime is how long an object may take on its way at most, which is many messages.
	objectTime = time.Minute
)

// An Ask is what the broker is asked for.
type Ask struct {
	// What is it about, such as "the stream RPC_JOBS"; errors have it.
	What string
	// Names are what a violation is about that is one of this: subjects, or parts of them.
	Names []string
	// Once: it is not to be done twice. All else is asked again where no answer comes.
	Once bool
	// Time is how long all of it may take, for what has no use for a time of each request; 0
	// is no such bound.
	Time time.Duration
}

// Do calls f, which asks the broker for something. Each request of f has a time of its own,
// 5 s, whatever ctx allows: what is asked of a cluster while nobody leads it is lost. As long as
// ctx has a deadline that has not passed it is asked again then, unless that is not safe; where
// ctx has none it is asked once. An error that there is no answer says what was asked, and
// whether the broker is there.
//
// Once the broker has told the connection that the user may not, by a violation that has
// one of the names, that is the error, and no answer is waited for that does not come.
func Do(ctx context.Context, nc *nats.Conn, a Ask, f func(context.Context) error) error {
	return do(ctx, nc, a, f, nil)
}

// do is Do; beside, which may be nil, runs meanwhile, and ends f with an error if it returns
// one.
func do(ctx context.Context, nc *nats.Conn, a Ask, f func(context.Context) error, beside func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 2)
	running := 1
	before := nc.LastError() // of something that was asked for before
	var heard atomic.Bool
	go func() { ended <- refused(ctx, nc, before, a.Names, &heard, cancel) }()
	if beside != nil {
		running++
		go func() {
			err := beside(ctx)
			if err != nil {
				cancel()
			}
			ended <- err
		}()
	}
	began := time.Now()
	times, err := repeated(ctx, a, f)
	cancel()
	var refusal error
	for range running {
		if why := <-ended; err != nil && why != nil {
			refusal = why
		}
	}
	switch {
	case refusal != nil:
		return refusal
	case lost(err):
		return &unansweredError{a.What, times, time.Since(began), nc.ConnectedClusterName(), heard.Load(), err}
	}
	return err
}

// each is a context that hides its deadline, and ends by it all the same: so each request of
// package jetstream has the time that it has there by itself.
type each struct{ context.Context }

func (each) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

// repeated calls f until there is an answer, and returns how often it did.
func repeated(ctx context.Context, a Ask, f func(context.Context) error) (times int, err error) {
	_, more := ctx.Deadline()
	for {
		times++
		err = once(ctx, a, f)
		if !more || a.Once || !lost(err) || ctx.Err() != nil {
			return times, err
		}
		if answered(err) || hasCode(err, inProcess) {
			select {
			case <-time.After(leaderTime):
			case <-ctx.Done():
				return times, err
			}
		}
	}
}

func once(ctx context.Context, a Ask, f func(context.Context) error) error {
	if a.Time == 0 {
		return f(each{ctx})
	}
	ctx, cancel := context.WithTimeout(ctx, a.Time)
	defer cancel()
	return f(ctx)
}

// lost tells whether an error is of what nobody has answered, or nobody could do as there is
// no leader.
func lost(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) || answered(err) || unheard(err) || hasCode(err, inProcess)
}

// unheard tells whether a stream has not even heard of what was published to it: one without a
// leader listens to nothing. Package jetstream has tried it for half a second by itself.
func unheard(err error) bool { return errors.Is(err, jetstream.ErrNoStreamResponse) }

// answered tells whether a broker has said that there is no leader.
func answered(err error) bool { return hasCode(err, noLeader) }

// hasCode tells whether an error is an answer of a broker's with a code.
func hasCode(err error, code jetstream.ErrorCode) bool {
	var api jetstream.JetStreamError
	if errors.As(err, &api) {
		return api.APIError() != nil && api.APIError().ErrorCode == code
	}
	// Objects are read by way of what was there before package jetstream.
	var before nats.JetStreamError
	return errors.As(err, &before) && before.APIError() != nil && before.APIError().ErrorCode == nats.ErrorCode(code)
}

const (
	// noLeader is the code of a JetStream that has none, or is about to start.
	noLeader jetstream.ErrorCode = 10008
	// inProcess is the code where a message was sent again that a stream has got, and waits to
	// store until the other servers of the cluster have it: that may never come to pass.
	inProcess jetstream.ErrorCode = 10158
)

// An unansweredError is of what was asked for and not answered.
type unansweredError struct {
	what    string
	times   int
	took    time.Duration
	cluster string // that the connection is to; "" is none
	heard   bool   // the broker has answered meanwhile that it is there
	cause   error
}

func (e *unansweredError) Error() string {
	times := "once"
	if e.times > 1 {
		times = fmt.Sprint(e.times, " times")
	}
	text := fmt.Sprintf("it was asked %s in %v about %s", times, e.took.Round(100*time.Millisecond), e.what)
	switch {
	case answered(e.cause):
		return text + ", and has answered: " + e.cause.Error()
	case e.heard && e.cluster != "":
		return fmt.Sprintf("%s, and is there: no server of the cluster %s leads that at the moment", text, e.cluster)
	case e.heard:
		return text + ", and is there"
	}
	return text + ", and nothing is heard of it"
}

// next is what can be done.
func (e *unansweredError) next() string {
	switch {
	case e.cluster != "" && (e.heard || answered(e.cause)):
		return "an election takes some seconds: do it again; if that does not help, see whether a majority of the cluster's servers can reach one another"
	case answered(e.cause):
		return "JetStream is about to start, or has lost its quorum: do it again"
	case e.heard:
		return "its log may say why; do it again"
	}
	return "is it running, and can it be reached? Do it again then"
}

// Unwrap makes known that the broker does not answer.
func (e *unansweredError) Unwrap() []error { return []error{ErrUnavailable, e.cause} }

// refused waits for a violation until ctx ends, and notes whether the broker is heard of.
func refused(ctx context.Context, nc *nats.Conn, before error, names []string, heard *atomic.Bool, cancel func()) error {
	looks := time.NewTicker(lookTime)
	defer looks.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-looks.C:
		}
		if err := nc.LastError(); err != before && about(err, names) != nil {
			cancel()
			return err
		}
		if n == heardLooks {
			// There is nothing to look for until it answers, and it does so after all that it
			// was asked before.
			asking, end := context.WithTimeout(ctx, time.Hour)
			heard.Store(nc.FlushWithContext(asking) == nil)
			end()
		}
	}
}
