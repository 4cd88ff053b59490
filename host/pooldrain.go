package host

import "time"

// A WorkerStart is a worker of a pool that has become ready.
type WorkerStart struct {
	Worker     int    // its number, as in Event
	PID        int    // 0 if it is not a process of ours
	Generation string // as in Event
	Took       time.Duration
}

// tellStartLocked tells of a worker that has become ready.
func (p *Pool) tellStartLocked(m *member) {
	if f := p.o.OnStart; f != nil {
		s := WorkerStart{Worker: m.number, PID: m.w.PID(), Generation: m.generationLocked(), Took: m.readyAt.Sub(m.born)}
		p.self.cb.add(callback{kind: exitCallback, what: func() { f(s) }})
	}
}

// exhaustedLocked reports whether the pool will have no more calls for a worker
// than they have already, unless one of them dies.
func (p *Pool) exhaustedLocked() bool {
	return p.closing && p.queue.len+p.alone.len == 0
}

// hushLocked tells the workers of a pool that is closing that no more calls will
// come, which those that have some would be told too late: hushLocked of member
// says why.
func (p *Pool) hushLocked() {
	if !p.hushes() || p.finished || !p.exhaustedLocked() {
		return
	}
	p.target = 0 // a call that is tried again gets a worker of its own
	for _, m := range p.members {
		p.retireLocked(m)
	}
}

// hushes reports whether it matters when workers are told that no more calls will
// come. An async one then fails those that nothing in its script can answer any
// more; a classic one sees the end of its stream, and may wait for that.
func (p *Pool) hushes() bool { return p.o.Async || p.o.Wire == Classic }

// hushLocked tells a worker that has calls that no more will come. One that has got
// its slot, and is not there yet, goes to another worker.
func (m *member) hushLocked() {
	if m.p.hushes() && !m.hushed {
		m.hushed = true
		go m.w.endCalls() // the locks of workers come before that of the pool
	}
}

// foundsLocked reports whether NewPool waits for the worker. Nothing replaces it:
// there is no pool without it.
func (m *member) foundsLocked() bool { return m.told != nil && !m.candidate }
