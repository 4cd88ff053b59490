package fleet

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/host"
)

// A sent is a call that a client has made.
type sent struct {
	c      *client
	ctx    context.Context
	number uint64
	data   []byte
	header nats.Header
	events bool
	object string      // that has the arguments, if they are too large for a message
	queue  *eventQueue // of Stream; without it events are callbacks
	// end is called once: with the last reply, or with an error.
	end func(*nats.Msg, error)

	mu       sync.Mutex
	token    string
	subject  string // of the replies
	instance string // that has the call, once it has said so
	script   string // that ran
	first    time.Time
	heard    time.Time
	asked    bool
	sequence uint64 // of the last event
	taken    uint64 // events that their receiver has had
	spent    uint64 // of these, those whose credit has not been given back
	pauses   int
	ended    bool
	// began: an instance that was lost may have run the call.
	began bool
	// unread is why an event could not be read, once the call had ended.
	unread error
	// left: nobody waits any more, and the instance is to be told when it is known.
	left bool
}

// newSent freezes a call.
func (c *client) newSent(ctx context.Context, args []any, events bool) (*sent, error) {
	number := c.inbox.numbers.Add(1)
	if c.err != nil {
		return nil, host.NewCallError("name", host.NotSent, c.err, "")
	}
	if err := ctx.Err(); err != nil {
		return nil, given(err, host.NotSent)
	}
	data, serialiser, err := freeze(args)
	if err != nil {
		return nil, err
	}
	if len(data) > c.opts.max {
		return nil, tooLarge(host.NotSent, fmt.Sprintf("arguments of %d bytes; %d are allowed", len(data), c.opts.max))
	}
	s := &sent{c: c, ctx: ctx, number: number, data: data, events: events}
	s.header = nats.Header{headerVersion: values(version), headerSerialiser: values(serialiser)}
	if c.function != "" {
		s.header[headerFunction] = []string{c.function}
	}
	if c.idempotent {
		s.header[headerIdempotent] = []string{"1"}
	}
	if events {
		s.header[headerEvents] = []string{strconv.Itoa(eventWindow)}
	}
	if c.opts.header != nil {
		c.opts.header(ctx, s.header)
	}
	return s, nil
}

// given is the error of a call whose context has ended.
func given(err error, o host.Outcome) error {
	return givenUp(err, o, "the instance may have run it in part")
}

// given is the same of one that an instance may have.
func (s *sent) given(err error, o host.Outcome) error {
	return givenUp(err, o, s.c.inbox.pulse.why("the instance may have run it in part"))
}

func givenUp(err error, o host.Outcome, explain string) error {
	kind := "cancelled"
	if errors.Is(err, context.DeadlineExceeded) {
		kind = "deadline"
	}
	if o == host.NotSent {
		explain = "it was not sent to an instance"
	}
	return host.NewCallError(kind, o, err, fmt.Sprintf("the call was given up: %v (%s)", err, explain))
}

// begin sends the call for the first time.
func (s *sent) begin() {
	if !s.c.large.fits(len(s.data)) {
		go s.beginLarge()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.first = time.Now()
	s.attemptLocked()
}

// beginLarge is begin for arguments that have to be stored first.
func (s *sent) beginLarge() {
	name, err := s.c.large.put(s.ctx, "arguments", s.data, host.NotSent)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.endLocked(nil, err)
		return
	}
	s.object, s.data = name, nil
	s.header[headerObject] = []string{name}
	s.first = time.Now()
	s.attemptLocked()
	if s.ended { // given up meanwhile
		s.removeLocked()
	}
}

// attemptLocked sends the call to an instance, whichever the broker chooses.
func (s *sent) attemptLocked() {
	if s.ended {
		return
	}
	if err := s.ctx.Err(); err != nil {
		s.endLocked(nil, given(err, s.outcomeLocked()))
		return
	}
	if s.token != "" {
		s.c.inbox.leave(s.token)
	}
	subject, err := s.c.inbox.enter(s)
	if err != nil {
		s.endLocked(nil, s.unsent(err))
		return
	}
	s.subject, s.instance, s.asked, s.heard = subject, "", false, time.Now()
	s.sequence, s.taken, s.spent = 0, 0, 0
	if deadline, ok := s.ctx.Deadline(); ok {
		left := time.Until(deadline)
		if left <= 0 {
			s.endLocked(nil, given(context.DeadlineExceeded, s.outcomeLocked()))
			return
		}
		s.header[headerTimeout] = []string{strconv.FormatInt(max(left.Milliseconds(), 1), 10)}
	}
	m := &nats.Msg{Subject: s.c.subject, Reply: subject, Header: s.header, Data: s.data}
	if err := s.c.inbox.nc.PublishMsg(m); err != nil {
		s.endLocked(nil, s.unsent(err))
	}
}

// unsent is why a call could not even be handed to the broker.
func (s *sent) unsent(err error) error {
	switch {
	case errors.Is(err, nats.ErrConnectionClosed):
		return host.NewCallError(kindDisconnected, host.NotSent, ErrDisconnected, fmt.Sprintf("%v: the call was not sent", ErrDisconnected))
	case errors.Is(err, nats.ErrMaxPayload):
		return host.NewCallError("limit", host.NotSent, host.ErrTooLarge, fmt.Sprintf("arguments of %d bytes are more than the broker takes", len(s.data)))
	}
	return host.NewCallError(kindDisconnected, host.NotSent, err, fmt.Sprintf("the call was not sent: %v", err))
}
