package host

import (
	"context"
	"errors"
	"slices"
	"time"
)

// A memberState is where a worker of a pool is in its life.
type memberState int

const (
	memberStarting memberState = iota
	memberReady
	memberDraining // it finishes the calls that it has
	memberDying    // it is about to end, or has ended and not been looked at
	memberDead
)

func (s memberState) String() string {
	return [...]string{"starting", "ready", "draining", "dead", "dead"}[s]
}

// A member is a worker of a pool. One goroutine, run, owns its child.
type member struct {
	p      *Pool
	number int
	gen    *generation
	start  context.Context // ends if it need not start any more
	cancel context.CancelFunc
	stop   chan struct{} // closed to have it end
	born   time.Time

	// Guarded by Pool.mu.
	state      memberState
	w          *Worker    // once it is ready
	told       chan error // nil, or gets once, without blocking, what came of the start
	spare      bool       // it has no calls unless another one is missing
	candidate  bool       // of a generation that has no calls yet
	unwanted   bool       // it is to end once it has started
	leaving    bool       // another one is to take its place
	asked      bool       // its script wants that
	worn       bool       // it leaves because of its calls, and never has more
	reserved   bool       // it is kept free for a call that has to be alone
	exclusive  bool       // it has such a call
	stopped    bool       // stop is closed
	late       bool       // it is killed because it did not finish its calls
	used       int        // slots taken
	taken      uint64     // calls that it was given
	answered   uint64
	lost       uint64 // calls that failed because it died
	hushed     bool   // it was told that no more calls will come
	readyAt    time.Time
	idleSince  time.Time
	lookedAt   time.Time // at its size
	ageTimer   *time.Timer
	drainTimer *time.Timer
	proofTimer *time.Timer
}

// A purpose says what a worker is started for.
type purpose struct {
	ctx       context.Context // bounds the start, or nil
	told      chan error
	spare     bool
	candidate bool
}

// startLocked starts a worker.
func (p *Pool) startLocked(gen *generation, why purpose) *member {
	ctx := why.ctx
	if ctx == nil {
		ctx = context.Background()
	}
	p.numbered++
	m := &member{
		p: p, number: p.numbered, gen: gen, stop: make(chan struct{}), born: time.Now(),
		told: why.told, spare: why.spare, candidate: why.candidate,
	}
	m.start, m.cancel = context.WithCancel(ctx)
	p.members = append(p.members, m)
	p.procs.Add(1)
	p.ends.Add(1)
	p.counts.started++
	if !m.candidate {
		p.breaker.started(m.number)
	}
	p.spawn(m)
	return m
}

// run starts a worker and stays with it until it has ended.
func (m *member) run() {
	p := m.p
	defer p.ends.Done()
	w, err := startWorker(m.start, m.gen.script, m.gen.opts, m)
	m.cancel()
	if err != nil {
		p.ended(m, nil, err)
		p.procs.Done()
		return
	}
	p.begun(m, w)
	select {
	case <-w.done:
	case <-m.stop:
		w.drain()
	}
	p.ended(m, w, w.failure)
	p.procs.Done()
	w.cb.wait()
}

// takesLocked reports whether a worker may be given calls.
func (m *member) takesLocked() bool {
	return m.state == memberReady && !m.spare && !m.candidate
}

// stopLocked has a worker end that has no calls.
func (m *member) stopLocked() {
	if !m.stopped {
		m.stopped = true
		close(m.stop)
	}
}

// begun is told that a worker has loaded the script.
func (p *Pool) begun(m *member, w *Worker) {
	now := time.Now()
	p.mu.Lock()
	m.w = w
	killed := p.killed
	if m.told != nil {
		m.told <- nil
	}
	changed := p.loadedLocked(m, w.version())
	if m.state == memberStarting {
		m.state = memberReady
		m.readyAt, m.idleSince = now, now
		p.tellStartLocked(m)
		switch {
		case m.unwanted || p.finished || !m.candidate && m.gen != p.gen:
			p.retireLocked(m)
		default:
			p.watchAgeLocked(m)
			p.watchProofLocked(m)
			p.fillLocked()
			p.armStopLocked(m)
		}
	}
	p.unlock()
	if killed {
		w.kill(killCalled)
	}
	if changed {
		p.o.Logger.Warn("the files of the script are not those that the workers before have loaded: Reload gives all of them the same", "worker", w.name, "number", m.number, "generation", w.version())
	}
}

// loadedLocked is told what a worker has loaded. The first one names the
// generation. It reports whether to warn of a later one that has something else.
func (p *Pool) loadedLocked(m *member, version string) (changed bool) {
	switch g := m.gen; {
	case !g.loaded:
		g.name, g.loaded = version, true
	case version != g.name && version != g.warned && !m.candidate: // Reload tells of its own
		g.warned = version
		return true
	}
	return false
}

// generationLocked is what the worker is made of, or is to be.
func (m *member) generationLocked() string {
	if m.w != nil {
		return m.w.version()
	}
	return m.gen.name
}

// release is called when a worker is done with a call that was given up before.
func (m *member) release() launches {
	p := m.p
	p.mu.Lock()
	defer p.mu.Unlock()
	p.freeLocked(m, time.Now())
	return p.dispatchLocked()
}

// ending is called, perhaps several times and with the worker's lock held, when a
// worker is going to end whatever anybody does.
func (m *member) ending() {
	p := m.p
	p.mu.Lock()
	var due launches
	if m.state < memberDying {
		m.state = memberDying
		p.ending++
		if !m.foundsLocked() {
			p.fillLocked()
		}
		due = p.dispatchLocked()
	}
	p.mu.Unlock()
	if len(due) > 0 {
		go due.run()
	}
}

// ended is told why a worker has ended, or not started.
func (p *Pool) ended(m *member, w *Worker, err error) {
	now := time.Now()
	class := classify(w, err)
	crashed := class.crash(w, err)
	p.mu.Lock()
	defer p.unlock()
	e := WorkerExit{Worker: m.number, Generation: m.generationLocked(), Class: class, Err: err, Calls: m.answered, Lost: m.lost, Age: now.Sub(m.born)}
	if w != nil {
		e.PID = w.PID()
	}
	if m.state == memberDying {
		p.ending--
	}
	m.state = memberDead
	p.members = slices.DeleteFunc(p.members, func(x *member) bool { return x == m })
	for _, t := range []*time.Timer{m.ageTimer, m.drainTimer, m.proofTimer} {
		if t != nil {
			t.Stop()
		}
	}
	abandoned := w == nil && (m.unwanted || p.finished) || m.candidate
	if w == nil && m.told != nil {
		m.told <- err // who waits decides what it means
		if m.foundsLocked() {
			p.finishLocked()
		}
		m.told = nil
		abandoned = true
	}
	crashed = crashed && !abandoned && !m.late
	// A script that asks to be replaced before it has answered anything is as
	// useless as one that dies, and would be started for ever.
	futile := !abandoned && e.Class == ExitClean && m.answered == 0 && m.asked && e.Age < steadyAge
	switch {
	case crashed:
		p.counts.crashes++
		p.breaker.crash(now, m.number, e.Age, err)
	case futile:
		p.breaker.crash(now, m.number, e.Age, errors.New("it asked to be replaced (worker.retire) before it had answered a call"))
	default:
		p.breaker.gone(m.number)
	}
	if !abandoned {
		p.tellExitLocked(e)
	}
	p.fillLocked()
}

// watchProofLocked looks at a worker again when it has been ready for long, if it
// matters.
func (p *Pool) watchProofLocked(m *member) {
	if !p.breaker.troubled() || m.candidate {
		return
	}
	m.proofTimer = time.AfterFunc(probeAge, func() {
		p.mu.Lock()
		defer p.unlock()
		if m.state == memberReady && !m.leaving && !p.finished {
			p.breaker.proven(m.number)
			p.fillLocked()
		}
	})
}

// answeredLocked is told of each answer of a worker.
func (p *Pool) answeredLocked(m *member, now time.Time) {
	m.answered++
	p.breaker.proven(m.number)
	if p.o.MaxResident > 0 && m.state == memberReady && !m.leaving && now.Sub(m.lookedAt) >= residentInterval {
		m.lookedAt = now
		p.ends.Add(1) // while run holds one
		go p.lookAt(m, m.w.PID())
	}
}
