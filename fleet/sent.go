package fleet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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
	kind, explain := "cancelled", "the instance may have run it in part"
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

// onReply takes what comes for the call. It is called for one after the other.
func (s *sent) onReply(m *nats.Msg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended && !s.left || m.Subject != s.subject { // it is of an attempt before
		return
	}
	if header(m, headerStatus) == "503" && len(m.Data) == 0 {
		s.nobodyLocked()
		return
	}
	s.heard = time.Now()
	if name := header(m, headerInstance); CheckName("instance", name) == nil {
		s.instance = name
	}
	if s.left {
		s.c.large.drop(m)
		s.cancelLocked()
		return
	}
	s.asked = false
	switch kind := header(m, headerType); kind {
	case typeAccept, typeHeartbeat:
	case typeEvent:
		s.eventLocked(m)
	case typeResult:
		s.script = header(m, headerScript)
		s.resultLocked(m)
	case typeError:
		s.script = header(m, headerScript)
		s.errorLocked(m)
	case typeUnknown:
		s.lostLocked("the instance that had the call does not know it any more")
	default:
		s.endLocked(nil, host.NewCallError("protocol", host.Unknown, ErrProtocol, fmt.Sprintf("a reply of the type %q, which is none of those of this protocol", kind)))
	}
}

// nobodyLocked deals with the broker's word that nobody listens where the last
// message went.
func (s *sent) nobodyLocked() {
	// Where the broker was away, instances come back in a moment.
	early := time.Since(s.c.inbox.since()) < lostTime
	switch {
	case s.left:
		s.forgetLocked()
	case !s.asked && s.instance == "" && early:
		s.againLocked(s.c.noInstance(), s.c.opts.patience)
	case !s.asked && s.instance == "":
		s.againLocked(s.c.noInstance(), absentPatience)
	case !early:
		s.lostLocked("the instance that had the call is gone")
	}
}

// lostLocked deals with a call whose instance cannot tell what became of it.
func (s *sent) lostLocked(why string) {
	err := host.NewCallError(kindLost, host.Unknown, ErrLost, why+": whether it has run is unknown")
	if s.c.idempotent && s.sequence == 0 {
		s.began = true
		s.againLocked(err, s.c.opts.patience)
		return
	}
	s.endLocked(nil, err)
}

// againLocked sends the call once more after a pause, unless it has been tried for
// as long as patience says. Then err is its end.
func (s *sent) againLocked(err error, patience time.Duration) {
	pause := min(firstPause<<min(s.pauses, 10), longestPause)
	pause = pause/2 + rand.N(pause)
	if time.Since(s.first)+pause > patience || s.ctx.Err() != nil {
		s.endLocked(nil, err)
		return
	}
	s.pauses++
	s.c.inbox.leave(s.token)
	s.token, s.subject = "", ""
	time.AfterFunc(pause, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.attemptLocked()
	})
}

func (s *sent) errorLocked(m *nats.Msg) {
	err, bad := host.UnmarshalError(m.Data)
	if bad != nil {
		s.endLocked(nil, host.NewCallError("protocol", host.Unknown, ErrProtocol, bad.Error()))
		return
	}
	if host.OutcomeOf(err) == 0 {
		err = host.NewCallError(kindLost, host.Unknown, err, err.Error())
	}
	if elsewhere(err) && s.sequence == 0 {
		s.againLocked(err, s.c.opts.patience)
		return
	}
	s.endLocked(nil, err)
}

func (s *sent) resultLocked(m *nats.Msg) {
	if text := header(m, headerEvents); s.events && text != "" {
		if n, ok := number(m, headerEvents); !ok || n != s.sequence {
			s.endLocked(nil, s.eventsLost(host.Completed, fmt.Sprintf("%d of %s arrived", s.sequence, text)))
			return
		}
	}
	s.endLocked(m, nil)
}

func (s *sent) eventsLost(o host.Outcome, what string) error {
	return host.NewCallError(kindEvents, o, ErrEvents, fmt.Sprintf("%v: %s", ErrEvents, what))
}

func (s *sent) eventLocked(m *nats.Msg) {
	n, ok := number(m, headerSequence)
	if !ok || n != s.sequence+1 || !s.events {
		err := s.eventsLost(host.Unknown, fmt.Sprintf("number %q follows number %d", header(m, headerSequence), s.sequence))
		s.cancelLocked()
		s.endLocked(nil, err)
		return
	}
	if n-s.taken > eventWindow {
		s.cancelLocked()
		s.endLocked(nil, host.NewCallError("protocol", host.Unknown, ErrProtocol, fmt.Sprintf("event %d came where there was room for %d", n, s.taken+eventWindow)))
		return
	}
	s.sequence = n
	if s.queue != nil {
		s.queue.add(m)
		return
	}
	fn := s.c.opts.onEvent
	s.c.inbox.callbacks.add(s.c.opts.logger, func() {
		e, err := s.event(m)
		if err != nil {
			s.unreadable(err)
			return
		}
		defer s.consumed() // where fn panics too
		fn(e)
	})
}

// event is an event as its receiver gets it.
func (s *sent) event(m *nats.Msg) (host.Event, error) {
	data, err := s.fetch(m)
	var args []any
	if err == nil {
		args, err = thaw(data, header(m, headerSerialiser))
	}
	if err != nil {
		return host.Event{}, host.NewCallError("protocol", host.Unknown, ErrProtocol, fmt.Sprintf("an event that cannot be read: %v", err))
	}
	return host.Event{Call: s.number, Args: args}, nil
}

// consumed gives the credit for an event back, many at a time.
func (s *sent) consumed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken++
	if s.spent++; s.spent >= eventWindow/2 && !s.ended {
		s.tellLocked(typeCredit, strconv.FormatUint(s.spent, 10))
		s.spent = 0
	}
}

// tellLocked sends the instance a message about the call.
func (s *sent) tellLocked(kind, data string) {
	subject := controlAllSubject(s.c.plugin, s.c.opts.track)
	if s.instance != "" {
		subject = controlSubject(s.instance)
	}
	m := &nats.Msg{Subject: subject, Header: nats.Header{headerType: {kind}, headerCall: {s.subject}}, Data: []byte(data)}
	if kind == typeStatus {
		m.Reply = s.subject // where the broker says that nobody listens
	}
	// That it cannot be sent shows when nothing is heard.
	_ = s.c.inbox.nc.PublishMsg(m)
}

// cancelLocked has the instance end the call, now or when it has said who it is.
func (s *sent) cancelLocked() {
	if s.instance == "" {
		return
	}
	s.tellLocked(typeCancel, "")
	s.forgetLocked()
}

func (s *sent) forgetLocked() {
	s.left = false
	s.c.inbox.leave(s.token)
	s.removeLocked()
}

// removeLocked removes the object that has the arguments, which nobody reads any more.
func (s *sent) removeLocked() {
	if s.object != "" {
		go s.c.large.remove(s.object)
		s.object = ""
	}
}

// giveUp ends the call for its caller. After a deadline the instance has a moment to
// say where the script was.
func (s *sent) giveUp(why error, done <-chan struct{}) {
	if errors.Is(why, context.DeadlineExceeded) {
		t := time.NewTimer(deadlineRoom)
		defer t.Stop()
		select {
		case <-done:
			return
		case <-t.C:
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	// Between two attempts, no instance has the call.
	o := host.Unknown
	if s.token == "" {
		o = s.outcomeLocked()
	}
	s.ended, s.left = true, s.token != ""
	if s.left {
		s.cancelLocked()
	} else {
		s.removeLocked()
	}
	s.end(nil, given(why, o))
}

// fail ends the call with an error.
func (s *sent) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left {
		s.forgetLocked()
	}
	s.endLocked(nil, err)
}

// unreadable ends the call, as an event of it cannot be read.
func (s *sent) unreadable(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		s.unread = err // the results came before it was tried
		return
	}
	s.cancelLocked()
	s.endLocked(nil, err)
}

// outcomeLocked is that of a call which no instance has now.
func (s *sent) outcomeLocked() host.Outcome {
	if s.began {
		return host.Unknown
	}
	return host.NotSent
}

// wholeLocked is the error of the call where err is that of its last attempt.
func (s *sent) wholeLocked(err error) error {
	if !s.began || host.OutcomeOf(err) != host.NotSent {
		return err
	}
	kind := kindLost
	if e, ok := err.(*host.CallError); ok {
		kind = e.Kind
	}
	return host.NewCallError(kind, host.Unknown, err, err.Error()+"; an instance that was lost before may have run it")
}

func (s *sent) endLocked(m *nats.Msg, err error) {
	if s.ended {
		return
	}
	s.ended = true
	s.c.inbox.leave(s.token)
	s.removeLocked()
	s.end(m, s.wholeLocked(err))
}

// pause keeps the time that the connection is away from counting as silence.
func (s *sent) pause(now time.Time) {
	s.mu.Lock()
	s.heard = now
	s.mu.Unlock()
}

// look asks after the call if nothing has been heard of it for long, or if the
// connection is there again.
func (s *sent) look(now time.Time, again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	silence := now.Sub(s.heard)
	switch {
	case s.left:
		if silence > keepTime {
			s.forgetLocked()
		}
	case s.ended || s.token == "":
	case silence > lostTime:
		s.lostLocked(fmt.Sprintf("nothing was heard for %v of the instance that had the call", lostTime))
	case again || silence > silenceTime:
		s.asked = true
		s.tellLocked(typeStatus, "")
	}
}

// fetch returns the data of a reply. An object that has them is removed.
func (s *sent) fetch(m *nats.Msg) ([]byte, error) {
	data, err := s.c.large.get(context.WithoutCancel(s.ctx), m)
	s.c.large.drop(m)
	return data, err
}

// results are those of the last reply.
func (s *sent) results(m *nats.Msg, err error) ([]any, error) {
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	unread := s.unread
	s.mu.Unlock()
	if unread != nil {
		s.c.large.drop(m)
		return nil, host.NewCallError("protocol", host.Completed, unread, unread.Error())
	}
	data, err := s.fetch(m)
	if err != nil {
		return nil, host.NewCallError("limit", host.Completed, err, fmt.Sprintf("the results, which are too large for a message, could not be read from the broker: %v", err))
	}
	results, err := thaw(data, header(m, headerSerialiser))
	if err != nil {
		return nil, host.NewCallError("protocol", host.Completed, ErrProtocol, fmt.Sprintf("results that cannot be read: %v", err))
	}
	return results, nil
}

// generation is that of the script that ran.
func (s *sent) generation() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.script) - 1; i >= 0; i-- {
		if s.script[i] == '@' {
			return s.script[i+1:]
		}
	}
	return ""
}
