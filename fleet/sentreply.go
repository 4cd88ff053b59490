package fleet

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/host"
)

// A reply is what an instance has sent: a head and data.
type reply struct {
	data   []byte
	shared bool // others are in the same memory, which is not to be kept for this one
	// What the head says of the data behind it, once it has been read.
	serialiser, object, values []byte
}

// onReply takes what comes for an attempt. It is called for one after the other.
func (s *sent) onReply(token uint64, m reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pastLocked(token) {
		return
	}
	h, data := readHead(m.data)
	if h.kind == typeResult && !s.left {
		m.serialiser, m.object, m.values = h.serialiser, h.object, data
		s.resultLocked(m, &h)
		return
	}
	s.heard = time.Now()
	if name := h.instance; string(name) != s.instance && CheckName("instance", string(name)) == nil {
		s.instance = string(name)
	}
	if s.left {
		s.c.large.drop(m.data)
		if h.kind == typeResult || h.kind == typeError || h.kind == typeUnknown {
			s.forgetLocked() // it has ended
			return
		}
		s.cancelLocked()
		return
	}
	s.asked = false
	switch h.kind {
	case typeAccept, typeHeartbeat:
	case typeEvent:
		s.eventLocked(m, &h)
	case typeError:
		s.scriptLocked(&h)
		s.errorLocked(data)
	case typeUnknown:
		s.lostLocked("the instance that had the call does not know it any more")
	default:
		s.endLocked(reply{}, host.NewCallError("protocol", host.Unknown, ErrProtocol, fmt.Sprintf("a reply of the type %q, which is none of those of this protocol", h.kindText)))
	}
}

// onNobody takes the broker's word that nobody listens where the last message went.
func (s *sent) onNobody(token uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.pastLocked(token) {
		s.nobodyLocked()
	}
}

// pastLocked reports whether what comes for an attempt is of no use any more.
func (s *sent) pastLocked(token uint64) bool {
	return s.ended && !s.left || token != s.token
}

// scriptLocked notes which script ran, for the loop over a Stream.
func (s *sent) scriptLocked(h *head) {
	if s.queue != nil {
		s.script = string(h.script)
	}
}

// nobodyLocked is onNobody for an attempt that there is.
func (s *sent) nobodyLocked() {
	// Where the broker was away, instances come back in a moment.
	early := s.c.inbox.lately(time.Now())
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
		if !s.began { // as long as it may have run it has not been tried
			s.began, s.first = true, time.Now()
		}
		s.againLocked(err, s.c.opts.patience)
		return
	}
	s.endLocked(reply{}, err)
}

// againLocked sends the call once more after a pause, unless it has been tried for
// as long as patience says. Then err is its end.
func (s *sent) againLocked(err error, patience time.Duration) {
	pause := min(firstPause<<min(s.pauses, 10), longestPause)
	pause = pause/2 + rand.N(pause)
	if time.Since(s.first)+pause > patience || s.ctx.Err() != nil {
		s.endLocked(reply{}, err)
		return
	}
	s.pauses++
	s.c.inbox.leave(s.token)
	s.token, s.subject = 0, ""
	time.AfterFunc(pause, func() {
		s.mu.Lock()
		send := s.attemptLocked(time.Now())
		s.mu.Unlock()
		send.now()
	})
}

func (s *sent) errorLocked(data []byte) {
	err, bad := host.UnmarshalError(data)
	if bad != nil {
		s.endLocked(reply{}, host.NewCallError("protocol", host.Unknown, ErrProtocol, bad.Error()))
		return
	}
	err = ours(err)
	if host.OutcomeOf(err) == 0 {
		err = host.NewCallError(kindLost, host.Unknown, err, err.Error())
	}
	if elsewhere(err) && s.sequence == 0 {
		s.againLocked(err, s.c.opts.patience)
		return
	}
	s.endLocked(reply{}, err)
}

func (s *sent) resultLocked(m reply, h *head) {
	s.scriptLocked(h)
	if text := h.events; s.events && len(text) > 0 {
		if n, ok := number(text); !ok || n != s.sequence {
			s.endLocked(reply{}, s.eventsLost(host.Completed, fmt.Sprintf("%d of %s arrived", s.sequence, text)))
			return
		}
	}
	s.endLocked(m, nil)
}

func (s *sent) eventsLost(o host.Outcome, what string) error {
	return host.NewCallError(kindEvents, o, ErrEvents, fmt.Sprintf("%v: %s", ErrEvents, what))
}

func (s *sent) eventLocked(m reply, h *head) {
	n, ok := number(h.sequence)
	if !ok || n != s.sequence+1 || !s.events {
		err := s.eventsLost(host.Unknown, fmt.Sprintf("number %q follows number %d", h.sequence, s.sequence))
		s.cancelLocked()
		s.endLocked(reply{}, err)
		return
	}
	if n-s.taken > eventWindow {
		s.cancelLocked()
		s.endLocked(reply{}, host.NewCallError("protocol", host.Unknown, ErrProtocol, fmt.Sprintf("event %d came where there was room for %d", n, s.taken+eventWindow)))
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

// consumed gives the credit for an event back, many at a time.
func (s *sent) consumed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken++
	if s.spent++; s.spent >= eventWindow/2 && !s.ended {
		s.tellLocked(typeCredit, s.spent)
		s.spent = 0
	}
}

// tellLocked sends the instance a message about the call.
func (s *sent) tellLocked(kind string, credit uint64) {
	subject := controlAllSubject(s.c.plugin, s.c.opts.track)
	if s.instance != "" {
		subject = controlSubject(s.instance)
	}
	m := &nats.Msg{Subject: subject, Data: control(kind, s.subject, credit)}
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
	s.tellLocked(typeCancel, 0)
	s.forgetLocked()
}

// control is what an instance is told about a call.
func control(kind, call string, credit uint64) []byte {
	b := appendHead(nil, kind)
	if credit > 0 {
		b = appendNumber(b, fieldCredit, credit)
	}
	return append(appendField(b, fieldCall, call), '\n')
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
