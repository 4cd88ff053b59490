package host

import "scripthost.example/wire"

// maxAnswers is how many answers are taken in one go.
const maxAnswers = 64

// arrived are small results that came together. Where there are many callers, to take
// each by itself costs more in locks, which the callers want too, than all else that
// is done with it.
type arrived struct {
	list []arrivedAnswer
	// What is to be done once the lock is free: of Call and of Go.
	notices []*call
	gone    []*call
	settled []*request // of a pool's calls
}

type arrivedAnswer struct {
	id      uint32
	out     values
	failure error
}

// handleSome is handle for a frame and those that have been read with it, as far as
// they are results.
func (w *Worker) handleSome(f wire.Frame) (byCall bool, err error) {
	if !w.rd.Buffered() || !w.isResult(f) {
		return w.handle(f)
	}
	a := &w.answers
	a.list = a.list[:0]
	for {
		out, failure := w.received(f)
		a.list = append(a.list, arrivedAnswer{f.ID, out, failure})
		if len(a.list) == maxAnswers || !w.rd.Buffered() {
			return w.onAnswers()
		}
		if f, err = w.rd.Next(); err != nil || !w.isResult(f) {
			break
		}
	}
	byCall, failed := w.onAnswers()
	if err == nil {
		err = failed
	}
	if err != nil {
		return byCall, err
	}
	also, err := w.handle(f)
	return byCall || also, err
}

// isResult reports whether handleSome may take a frame before others have been
// handled: it says nothing but what a call has come to.
func (w *Worker) isResult(f wire.Frame) bool {
	control, _, id := wire.Split(f.ID)
	return !control && id != 0 && !f.Owned && w.opts.Wire == Extended
}

// onAnswers is onAnswer for all of w.answers.
func (w *Worker) onAnswers() (byCall bool, err error) {
	a := &w.answers
	defer a.clear()
	w.mu.Lock()
	for i := range a.list {
		id, out, failure := a.list[i].id, a.list[i].out, a.list[i].failure
		c := w.slotLocked(id)
		if c == nil {
			err = notInUse("an answer", id)
			break
		}
		byCall = byCall || c.waits()
		simple := !c.answered && c.has().stream == nil && (c.req == nil || failure == nil)
		if simple && c.waits() {
			// The callbacks of what came before it have to return first.
			simple = c.left || c.direct || len(a.gone) == 0 && w.cb.idle()
		}
		if !simple {
			w.mu.Unlock()
			w.tellAnswers(a)
			w.settleAnswer(c, out, failure)
			w.mu.Lock()
			continue
		}
		w.answeredLocked(c)
		c.answered = true
		c.out, c.err = out, failure
		c.stopWatching()
		c.endHostCalls()
		if c.req != nil {
			a.settled = append(a.settled, c.req)
		}
		switch {
		case !c.waits():
			a.gone = append(a.gone, c)
		case !c.notified:
			c.notified = true
			a.notices = append(a.notices, c)
		}
	}
	w.mu.Unlock()
	w.tellAnswers(a)
	return byCall, err
}

// tellAnswers tells who waits for the answers that have been noted so far.
func (w *Worker) tellAnswers(a *arrived) {
	w.cb.addAnswers(a.gone)
	if len(a.settled) > 0 { // only now: a pool that has no calls left may end
		w.member.settleAll(a.settled).run()
	}
	var then []*thenCall
	for _, c := range a.notices {
		if c.then != nil {
			then = append(then, c.then)
			continue
		}
		c.notify <- struct{}{}
	}
	if len(then) > 0 {
		go tellAll(then)
	}
	clear(a.notices)
	clear(a.gone)
	clear(a.settled)
	a.notices, a.gone, a.settled = a.notices[:0], a.gone[:0], a.settled[:0]
}

func (a *arrived) clear() {
	clear(a.list)
	a.list = a.list[:0]
}
