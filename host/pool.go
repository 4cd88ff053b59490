package host

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// A Pool runs one script in several workers, as many as its calls need, and
// replaces those that die. It is safe for concurrent use. Close it, or Kill it,
// when it is not needed any more.
//
// Each call gets an answer or an error, and no call is run twice unless it was
// made through Idempotent.
//
// Its parts: calls come in poolcall.go and get their workers in poolqueue.go;
// poolmember.go is the life of a worker and poolretire.go its end, poolscale.go says how
// many there are, and poolbreaker.go when there may be another after some have died.
type Pool struct {
	o *PoolOptions
	// self is a worker without a child: it freezes what waits for a worker, and
	// runs the callbacks that are of no worker.
	self    *Worker
	spawn   func(*member) // starts the goroutine of a worker
	auditMu sync.Mutex    // held while Options.Audit runs
	reloads chan struct{} // of capacity 1: taken by a Reload

	procs sync.WaitGroup // workers whose processes may be there
	ends  sync.WaitGroup // workers whose callbacks may run

	closeOnce sync.Once
	closed    chan struct{} // closed when nothing is left but callbacks
	over      chan struct{} // closed when no worker has callbacks left
	failure   error         // why it did not end well; set before closed

	mu       sync.Mutex // guards what follows
	gen      *generation
	members  []*member // all, in the order of their numbers
	numbered int       // workers started
	target   int       // how many workers there should be
	queue    requests  // calls that wait for a worker
	alone    requests  // calls that wait for a worker of their own
	reserved bool      // a worker is, for one of them
	breaker  breaker
	ending   int // workers that are about to end, and why is not known yet

	scaleTimer   *time.Timer
	scaleArmed   bool
	stopTimer    *time.Timer
	stopArmed    bool
	restartTimer *time.Timer

	closing  bool          // no new calls are taken
	killed   bool          // no call is sent any more
	finished bool          // no worker is started any more
	quiet    bool          // drained is closed
	drained  chan struct{} // closed once closing and pending is 0

	counts  counts
	pending int // calls that have no answer yet
}

// A generation is one version of a pool's script.
type generation struct {
	script *Script
	opts   *Options

	// Guarded by Pool.mu.
	name   string // as in Event: of the source alone until a worker has loaded it
	loaded bool
	warned string // the last other name that was warned of
}

// NewPool makes a pool of workers of the script. It starts the first one and waits
// until that has loaded the script; its errors are those of Start. With
// Options.NoWait it returns at once. ctx bounds the start, not the pool's life.
func NewPool(ctx context.Context, script *Script, opts *PoolOptions) (*Pool, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := o.checkStart(); err != nil {
		return nil, err
	}
	self, err := newWorker(ctx, script, &o.Options, !o.Stdio)
	if err != nil {
		return nil, err
	}
	if err := self.broker.Close(); err != nil {
		return nil, err
	}
	p := newPool(o, self)
	p.gen = p.newGeneration(script)
	p.target = max(1, o.Idle)
	p.mu.Lock()
	if o.NoWait {
		p.fillLocked()
		p.mu.Unlock()
		return p, nil
	}
	told := make(chan error, 1)
	first := p.startLocked(p.gen, purpose{ctx: ctx, told: told})
	p.mu.Unlock()
	if err := <-told; err != nil {
		p.Kill()
		p.ends.Wait()
		p.self.cb.wait()
		return nil, err
	}
	p.mu.Lock()
	first.told = nil
	p.fillLocked()
	p.unlock()
	return p, nil
}

// newPool makes a pool without workers.
func newPool(o *PoolOptions, self *Worker) *Pool {
	p := &Pool{
		o: o, self: self,
		reloads: make(chan struct{}, 1),
		closed:  make(chan struct{}),
		over:    make(chan struct{}),
		drained: make(chan struct{}),
		breaker: breaker{max: o.Crashes, jitter: rand.Float64},
	}
	p.spawn = func(m *member) { go m.run() }
	return p
}

func (p *Pool) newGeneration(script *Script) *generation {
	worker := p.o.Options
	worker.NoWait, worker.OnDestroy = false, nil
	g := &generation{script: script, opts: &worker}
	if script != nil {
		g.name = script.generation(nil)
	}
	return g
}

// unlock ends a change to the pool: calls that have got a worker by it are sent.
func (p *Pool) unlock() {
	due := p.dispatchLocked()
	p.mu.Unlock()
	due.run()
}

// Close takes no more calls, lets the workers finish those that there are, queued
// ones included, and waits until all processes and callbacks have ended. What is
// not answered when Limits.Drain has passed is killed; the error says so. It is
// the same every time. In a callback, Close does not wait for the callbacks.
func (p *Pool) Close() error {
	p.closeOnce.Do(func() {
		p.failure = p.drain()
		close(p.closed)
		go func() {
			p.ends.Wait()
			if p.failure == nil && !p.wasKilled() {
				p.self.cb.addDestroy()
			}
			close(p.over)
		}()
	})
	<-p.closed
	if !inCallback() {
		<-p.over
		p.self.cb.wait()
	}
	return p.failure
}

func (p *Pool) drain() (err error) {
	p.mu.Lock()
	p.closing = true
	p.quietLocked()
	p.unlock()
	t := time.NewTimer(p.o.Limits.Drain)
	defer t.Stop()
	select {
	case <-p.drained:
	case <-t.C:
		p.mu.Lock()
		left := p.pending
		p.mu.Unlock()
		err = fmt.Errorf("the pool was not drained within %v (Limits.Drain): %s not answered", p.o.Limits.Drain, calls(left))
		p.end(fmt.Sprintf("its pool was not drained within %v (Limits.Drain)", p.o.Limits.Drain))
	}
	p.procs.Wait()
	return err
}

func (p *Pool) wasKilled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.killed
}

// Kill ends all workers at once. The calls that they have fail with an *ExitError
// that is also ErrClosed, and those that wait with a *CallError that is ErrClosed.
// It returns when the processes have ended, and does not wait for callbacks: Close
// does. Killing a pool that has ended does nothing.
func (p *Pool) Kill() {
	p.end(killCalled)
	p.procs.Wait()
}

// end fails all that waits and kills all workers, for a reason.
func (p *Pool) end(reason string) {
	p.mu.Lock()
	p.closing, p.killed = true, true
	p.failAllLocked(closedError())
	p.finishLocked()
	p.quietLocked()
	var running []*Worker
	for _, m := range p.members {
		if m.w != nil {
			running = append(running, m.w)
		}
	}
	p.unlock()
	for _, w := range running {
		w.kill(reason)
	}
}

// quietLocked ends the workers of a pool that is closing, once no call is left.
func (p *Pool) quietLocked() {
	if p.closing && p.pending == 0 && !p.quiet {
		p.quiet = true
		p.finishLocked()
		close(p.drained)
	}
}

// finishLocked has every worker end.
func (p *Pool) finishLocked() {
	if p.finished {
		return
	}
	p.finished = true
	for _, t := range []*time.Timer{p.scaleTimer, p.stopTimer, p.restartTimer} {
		if t != nil {
			t.Stop()
		}
	}
	for _, m := range p.members {
		p.retireLocked(m)
	}
}
