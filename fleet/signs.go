package fleet

import (
	"context"
	"strconv"
	"time"
)

// epoch is what the times of calls count from.
var epoch = time.Now()

// signs are what has to be done for calls as time goes on: signs of life are sent, and
// calls end whose time is up. There is one timer for all calls of a service, which is set
// for the first of them and looks then which is the next: a timer for each call
// would be made and stopped for every call, and most have ended before it is due. The
// service's mutex guards it.
type signs struct {
	timer *time.Timer
	armed bool
	at    time.Duration // since epoch, where it is armed
}

// dueLocked is when something has to be done for the call, since epoch; 0: never.
func (c *served) dueLocked() time.Duration {
	beat := time.Duration(c.nextBeat.Load())
	if c.deadline != 0 && (beat == 0 || c.deadline < beat) {
		return c.deadline
	}
	return beat
}

func (s *Service) armLocked(due time.Duration) {
	if l := &s.signs; due != 0 && (!l.armed || due < l.at) {
		l.armed, l.at = true, due
		l.timer.Reset(due - time.Since(epoch))
	}
}

// look is what the timer does.
func (s *Service) look() {
	var late, alive []*served
	var next time.Duration
	s.mu.Lock()
	s.signs.armed = false
	now := time.Since(epoch)
	for _, c := range s.running {
		if c.deadline != 0 && c.deadline <= now {
			c.deadline = 0
			late = append(late, c)
		}
		if beat := c.nextBeat.Load(); beat != 0 && beat <= int64(now) {
			c.nextBeat.Store(int64(now + heartbeatTime))
			alive = append(alive, c)
		}
		if due := c.dueLocked(); due != 0 && (next == 0 || due < next) {
			next = due
		}
	}
	s.armLocked(next)
	s.mu.Unlock()
	for _, c := range late {
		c.ctx.cancel(context.DeadlineExceeded)
	}
	for _, c := range alive {
		c.beat()
	}
}

// beat tells the caller that the call is alive, and sees to it that the next time
// it is told again.
func (c *served) beat() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || !c.headed {
		return
	}
	kind := typeHeartbeat
	if !c.accepted {
		c.accepted, kind = true, typeAccept
	}
	if !c.missed {
		c.absent = time.Time{}
	}
	c.missed = false
	c.nextBeat.Store(int64(time.Since(epoch) + heartbeatTime))
	c.s.publishRequest(c.id, absentSubject(c.s.instance, strconv.FormatUint(c.number, 10)), c.s.sign(kind))
}

// unheard is told that nobody listened to a sign of life. A caller who has not been
// there for long has gone, and its call ends. For a moment none is there when its
// connection is lost.
func (c *served) unheard(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.missed = true
	if c.absent.IsZero() {
		c.absent = now
	}
	if now.Sub(c.absent) >= c.s.o.absence {
		c.ctx.cancel(context.Canceled)
	}
}
