package host

import "time"

// epoch is what the deadlines of calls count from.
var epoch = time.Now()

// deadlines end calls whose Limits.CallTime is up. There is one timer for all of a
// worker's calls, which is set for the first of them and looks then which is the next:
// a timer for each call costs more than half of all that Limits do. Worker.mu guards it.
type deadlines struct {
	timer *time.Timer
	armed bool
	at    time.Duration // since epoch, where it is armed
}

// dueLocked has a new call ended when its time is up.
func (w *Worker) dueLocked(c *call) {
	d := w.opts.Limits.CallTime
	if d <= 0 {
		return
	}
	now := time.Since(epoch)
	c.due = now + d
	if c.req != nil {
		c.due -= time.Since(c.req.made)
	}
	w.armDeadlineLocked(now, c.due)
}

func (w *Worker) armDeadlineLocked(now, due time.Duration) {
	if l := &w.deadlines; !l.armed || due < l.at {
		l.armed, l.at = true, due
		l.timer.Reset(max(due-now, 0))
	}
}

// endLate is what the timer does.
func (w *Worker) endLate() {
	w.mu.Lock()
	w.deadlines.armed = false
	now := time.Since(epoch)
	var late []*call
	var next time.Duration // 0: none
	look := func(c *call) {
		switch {
		case c == nil || c.answered || c.has().givenUp != nil || c.due == 0 || w.ended:
		case c.due <= now:
			c.held = true
			late = append(late, c)
		case next == 0 || c.due < next:
			next = c.due
		}
	}
	for _, c := range w.slots {
		look(c)
	}
	for _, c := range w.out.queue {
		look(c)
	}
	if next != 0 {
		w.armDeadlineLocked(now, next)
	}
	w.mu.Unlock()
	for _, c := range late {
		w.giveUp(c, nil)
	}
}
