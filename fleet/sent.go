package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	events bool
	header nats.Header // of others than this protocol
	// buf has room for a head of so many bytes, and the arguments.
	buf        *buffer
	room       int
	serialiser string
	object     string      // that has the arguments, if they are too large for a message
	queue      *eventQueue // of Stream; without it events are callbacks
	// end is called once: with the last reply, or with an error. Without it they are
	// answer and failed, and done is told.
	end    func(reply, error)
	done   chan struct{} // of capacity 1
	answer reply
	failed error

	mu       sync.Mutex
	token    uint64 // of the attempt that there is; 0: none
	subject  string // of the replies to it
	instance string // that has the call, once it has said so
	script   string // that ran
	// first is since when it has been tried, or since the first instance was lost that had it.
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
	large  bool // the arguments are too large for a message
	// left: nobody waits any more, and the instance is to be told when it is known.
	left bool
}

// newSent freezes a call.
func (c *client) newSent(ctx context.Context, args []any, events bool) (*sent, error) {
	number := c.inbox.numbers.Add(1)
	if c.err != nil {
		return nil, host.NewCallError(kindName, host.NotSent, c.err, "")
	}
	if err := ctx.Err(); err != nil {
		return nil, given(err, host.NotSent)
	}
	s := &sent{c: c, ctx: ctx, number: number, events: events}
	by := serialiserOf(args)
	s.serialiser = by.Name()
	s.buf = buffers.Get().(*buffer)
	s.room = headRoom + len(c.function)
	var err error
	if s.buf.b, err = appendFrozen(slices.Grow(s.buf.b[:0], s.room)[:s.room], by, args); err != nil {
		return nil, err
	}
	if n := s.size(); n > c.opts.max {
		return nil, tooLarge(host.NotSent, fmt.Sprintf("arguments of %d bytes; %d are allowed", n, c.opts.max))
	}
	if c.opts.header != nil {
		s.header = nats.Header{}
		c.opts.header(ctx, s.header)
	}
	return s, nil
}

// headRoom is what a head takes at most, without the function's name.
const headRoom = 192

// size is how many bytes the arguments have.
func (s *sent) size() int { return len(s.buf.b) - s.room }

// appendHead appends the head of an attempt.
func (s *sent) appendHead(b []byte, left time.Duration) []byte {
	b = appendField(appendHead(b, typeCall), fieldSerialiser, s.serialiser)
	if left > 0 {
		b = appendNumber(b, fieldTimeout, uint64(max(left.Milliseconds(), 1)))
	}
	b = appendField(b, fieldToken, s.subject[len(s.c.inbox.prefix):])
	if s.c.idempotent {
		b = appendNumber(b, fieldIdempotent, 1)
	}
	if s.events {
		b = appendNumber(b, fieldEvents, eventWindow)
	}
	if s.object != "" {
		b = appendField(b, fieldObject, s.object)
	}
	if s.c.function != "" {
		b = appendField(b, fieldFunction, s.c.function)
	}
	return append(b, '\n')
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
	now := time.Now()
	if !s.c.large.fitsAt(s.size(), now.Sub(epoch)) {
		s.large = true
		go s.beginLarge()
		return
	}
	s.mu.Lock()
	s.first = now
	send := s.attemptLocked(now)
	s.mu.Unlock()
	send.now()
}

// beginLarge is begin for arguments that have to be stored first.
func (s *sent) beginLarge() {
	name, err := s.c.large.put(s.ctx, "arguments", s.buf.b[s.room:], host.NotSent)
	s.mu.Lock()
	if err != nil {
		s.endLocked(reply{}, err)
		s.mu.Unlock()
		return
	}
	s.object, s.buf.b = name, s.buf.b[:s.room]
	s.first = time.Now()
	send := s.attemptLocked(s.first)
	if s.ended { // given up meanwhile
		s.removeLocked()
	}
	s.mu.Unlock()
	send.now()
}

// A sending says whether there are messages in an inbox's outbox that have to be sent.
type sending struct{ b *inbox }

// now sends them. No call may be locked.
func (s sending) now() {
	if s.b != nil {
		s.b.out.send(s.b.running.Load() >= gatherCalls)
	}
}

// attemptLocked sends the call to an instance, whichever the broker chooses.
func (s *sent) attemptLocked(now time.Time) (send sending) {
	if s.ended {
		return sending{}
	}
	if err := s.ctx.Err(); err != nil {
		s.endLocked(reply{}, given(err, s.outcomeLocked()))
		return sending{}
	}
	if s.token != 0 {
		s.c.inbox.leave(s.token)
	}
	subject, err := s.c.inbox.enter(s)
	if err != nil {
		s.endLocked(reply{}, s.unsent(err))
		return sending{}
	}
	s.subject, s.instance, s.asked, s.heard = subject, "", false, now
	s.sequence, s.taken, s.spent = 0, 0, 0
	var left time.Duration
	if deadline, ok := s.ctx.Deadline(); ok {
		if left = deadline.Sub(now); left <= 0 {
			s.endLocked(reply{}, given(context.DeadlineExceeded, s.outcomeLocked()))
			return sending{}
		}
	}
	var room [headRoom]byte
	h := s.appendHead(room[:0], left)
	start := s.room - len(h)
	copy(s.buf.b[start:], h)
	m := outgoing{subject: s.c.subject, reply: subject, header: s.header, call: s}
	data := s.buf.b[start:]
	if len(data) <= maxGathered {
		if s.c.inbox.out.add(m, data, false) {
			send.b = s.c.inbox
		}
	} else if err := publish(s.c.inbox.nc, m.subject, m.reply, m.header, data); err != nil {
		s.endLocked(reply{}, s.unsent(err))
	}
	return send
}

// notSent is told that an attempt could not be sent.
func notSent(m outgoing, err error) {
	s := m.call
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended && s.subject == m.reply {
		s.endLocked(reply{}, s.unsent(err))
	}
}

// unsent is why a call could not even be handed to the broker.
func (s *sent) unsent(err error) error {
	switch {
	case errors.Is(err, nats.ErrConnectionClosed):
		return host.NewCallError(kindDisconnected, host.NotSent, ErrDisconnected, fmt.Sprintf("%v: the call was not sent", ErrDisconnected))
	case errors.Is(err, nats.ErrMaxPayload):
		return host.NewCallError("limit", host.NotSent, host.ErrTooLarge, fmt.Sprintf("arguments of %d bytes are more than the broker takes", s.size()))
	}
	return host.NewCallError(kindDisconnected, host.NotSent, err, fmt.Sprintf("the call was not sent: %v", err))
}
