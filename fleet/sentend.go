package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"scripthost.example/host"
)

// giveUp ends the call for its caller. After a deadline the instance has a moment to
// say where the script was.
func (s *sent) giveUp(why error, done <-chan struct{}) {
	if errors.Is(why, context.DeadlineExceeded) {
		t := time.NewTimer(deadlineRoom)
		defer t.Stop()
		select {
		case <-done:
			if s.done != nil {
				s.done <- struct{}{} // for who waits
			}
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
	if s.token == 0 {
		o = s.outcomeLocked()
	}
	s.left = s.token != 0
	if s.left {
		if s.instance == "" && errors.Is(why, context.Canceled) {
			// Whoever waits may be gone before the instance says who it is. Of a deadline it
			// knows by itself.
			s.tellLocked(typeCancel, 0)
		}
		s.cancelLocked()
	} else {
		s.removeLocked()
	}
	s.tellEndLocked(reply{}, s.given(why, o))
}

// tellEndLocked gives the call its end.
func (s *sent) tellEndLocked(m reply, err error) {
	s.ended = true
	if !s.large { // otherwise they may be being stored
		s.buf.giveBack()
		s.buf = nil
	}
	if s.end != nil {
		s.end(m, err)
		return
	}
	s.answer, s.failed = m, err
	s.done <- struct{}{}
}

// fail ends the call with an error.
func (s *sent) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left {
		s.forgetLocked()
	}
	s.endLocked(reply{}, err)
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
	s.endLocked(reply{}, err)
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

func (s *sent) endLocked(m reply, err error) {
	if s.ended {
		return
	}
	s.c.inbox.leave(s.token)
	s.removeLocked()
	s.tellEndLocked(m, s.wholeLocked(err))
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
	case s.ended || s.token == 0:
	case silence > lostTime:
		s.lostLocked(fmt.Sprintf("nothing was heard for %v of the instance that had the call", lostTime))
	case again || silence > silenceTime:
		s.asked = true
		s.tellLocked(typeStatus, 0)
	}
}
