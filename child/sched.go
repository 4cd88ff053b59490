package child

import (
	"runtime"
	"slices"
	"time"

	"scripthost.example/child/engine"
)

// maxIdle is how many goroutines wait to become the executor again; more than
// that are let go.
const maxIdle = 16

// A post is a function to be run on the VM on account of a call, or of none.
type post struct {
	c  *call
	fn func()
}

// A parked goroutine has let go of the VM inside Park.
type parked struct {
	c      *call
	woken  bool
	resume chan struct{} // of capacity 1; gives it the VM
}

// pop takes the first element of a queue. One that becomes empty keeps its
// memory for the next element.
func pop[T any](queue *[]T) T {
	q := *queue
	first := q[0]
	clear(q[:1])
	*queue = q[1:]
	if len(q) == 1 {
		*queue = q[:0]
	}
	return first
}

// execute makes this goroutine the executor, after first.
func (w *worker) execute(first func()) {
	defer w.goroutines.Done()
	defer func() {
		if v := recover(); v != nil {
			w.panicked(v)
		}
	}()
	if first != nil {
		first()
	}
	w.loop()
}

// loop runs what there is to run, until the worker ends or another goroutine
// has become the executor and this one is not needed.
func (w *worker) loop() {
	w.mu.Lock()
	for {
		switch {
		case len(w.woken) > 0:
			p := pop(&w.woken)
			p.resume <- struct{}{}
			if !w.idleLocked() {
				return
			}
		case w.over:
			w.mu.Unlock()
			return
		case w.draining && w.calls.n == 0 && w.cleaningLocked():
			w.runNextLocked()
		case w.draining && w.calls.n == 0 && w.stopProfile != nil:
			stop := w.stopProfile
			w.stopProfile = nil
			w.mu.Unlock()
			w.sendProfile(stop)
			w.mu.Lock()
		case w.draining && w.calls.n == 0:
			w.mu.Unlock()
			w.out.flush()
			w.end(exitClean, nil)
			w.mu.Lock()
		case w.draining && w.unanswerableLocked():
			w.mu.Unlock()
			w.failUnanswerable()
			w.mu.Lock()
		default:
			w.runNextLocked()
		}
	}
}

// runNextLocked runs the next post or call, or waits for one.
func (w *worker) runNextLocked() {
	switch {
	case len(w.posts) > 0 && (len(w.queue) == 0 || !w.lastPost):
		w.runPostLocked()
	case len(w.queue) > 0:
		w.lastPost = false
		w.releaseLateLocked()
		w.startLocked(w.takeLocked())
	default:
		w.waitLocked()
	}
}

// idleLocked keeps this goroutine for later, after it has given the VM away. It
// reports false, with mu not held, if the goroutine should end.
func (w *worker) idleLocked() bool {
	if len(w.idle) >= maxIdle || w.hasEnded() {
		w.mu.Unlock()
		return false
	}
	ch := make(chan bool, 1)
	w.idle = append(w.idle, ch)
	w.mu.Unlock()
	if !<-ch {
		return false
	}
	w.mu.Lock()
	return true
}

// passLocked gives the VM to another goroutine.
func (w *worker) passLocked() {
	n := len(w.idle)
	if n == 0 {
		w.goroutines.Add(1)
		go w.execute(nil)
		return
	}
	ch := w.idle[n-1]
	w.idle = w.idle[:n-1]
	ch <- true
}

// runPostLocked runs the oldest post.
func (w *worker) runPostLocked() {
	w.releaseLateLocked()
	p := pop(&w.posts)
	if p.c != nil {
		p.c.posts--
	}
	w.lastPost = true
	before, since := w.running, w.runningSince
	w.setRunningLocked(p.c)
	due := w.out.dueLocked(w.runningSince, gatherFrames)
	w.mu.Unlock()
	if due {
		w.out.flush()
	}
	p.fn()
	w.mu.Lock()
	w.stoppedLocked(p.c)
	w.running, w.runningSince = before, since
}

// setRunningLocked notes whose code is about to run.
func (w *worker) setRunningLocked(c *call) {
	w.running = c
	w.runningSince = w.busySince
	if !w.justBusy {
		w.runningSince = uptime()
	}
	w.justBusy = false
	w.turns++
	if c != nil && c.cancelled {
		w.stopLaterLocked(c)
	}
}

// stoppedLocked is called when code of c, if c is not nil, has returned or let
// go of the VM. It answers c if the code was interrupted and did not. It lets
// go of mu if there is an interrupt to clear.
func (w *worker) stoppedLocked(c *call) {
	w.running = nil
	if w.interrupt != nil && !w.over {
		w.interrupt = nil
		w.mu.Unlock()
		w.vm.ClearInterrupt() // which may call Services
		w.mu.Lock()
		if w.interrupt != nil { // another one came meanwhile
			w.vm.Interrupt(w.interrupt)
		}
	}
	if c != nil && c.cancelled && !c.answered {
		w.answerErrorLocked(c, c.cause)
	}
}

// notifyLocked makes the executor look again, if it waits.
func (w *worker) notifyLocked() {
	switch {
	case w.execWaiting:
		select {
		case w.wakeup <- struct{}{}:
		default:
		}
	case w.execReading && !w.kicked:
		w.kicked = true
		w.conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// Post implements engine.Services.
func (w *worker) Post(ec *engine.Call, fn func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.postLocked(post{callOf(ec), fn})
}

func (w *worker) postLocked(p post) {
	w.posts = append(w.posts, p)
	if p.c != nil {
		p.c.posts++
	}
	w.notifyLocked()
}

// stopLocked returns why code of c must not wait, or nil.
func (w *worker) stopLocked(c *call) error {
	if w.hasEnded() {
		return cancelledError()
	}
	if c != nil && c.cancelled {
		return c.cause
	}
	return nil
}

// Wait implements engine.Services.
func (w *worker) Wait(ec *engine.Call, start func(wake func())) error {
	c := callOf(ec)
	w.mu.Lock()
	err := w.stopLocked(c)
	w.mu.Unlock()
	if err != nil {
		return err
	}
	woken := false
	w.begin(start, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		woken = true
		w.notifyLocked()
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	for !woken {
		if err := w.stopLocked(c); err != nil {
			return err
		}
		w.waitLocked()
	}
	return nil
}

// begin begins what code is about to wait for.
func (w *worker) begin(start func(wake func()), wake func()) {
	w.waits = true
	start(wake)
	w.waits = false
}

// Park implements engine.Services.
func (w *worker) Park(ec *engine.Call, start func(wake func())) error {
	if !w.async {
		return w.Wait(ec, start)
	}
	c := callOf(ec)
	p := &parked{c: c, resume: make(chan struct{}, 1)}
	w.mu.Lock()
	if err := w.stopLocked(c); err != nil {
		w.mu.Unlock()
		return err
	}
	w.parked[p] = true
	w.pendLocked(c, 1)
	w.mu.Unlock()

	w.begin(start, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.wakeLocked(p)
	})

	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.stopLocked(c); p.woken || err != nil {
		// Either start woke it already, or c was cancelled during start.
		w.woken = slices.DeleteFunc(w.woken, func(q *parked) bool { return q == p })
		p.woken = true
		w.unparkLocked(p)
		return err
	}
	running := w.running
	w.stoppedLocked(running)
	w.passLocked()
	w.mu.Unlock()
	<-p.resume
	w.mu.Lock()
	w.unparkLocked(p)
	if w.broken {
		runtime.Goexit() // no code of the script's may run again
	}
	w.setRunningLocked(running)
	return w.stopLocked(c)
}

func (w *worker) unparkLocked(p *parked) {
	delete(w.parked, p)
	w.pendLocked(p.c, -1)
}

// wakeLocked has a parked goroutine resumed. Waking it again changes nothing.
func (w *worker) wakeLocked(p *parked) {
	if p.woken {
		return
	}
	p.woken = true
	w.woken = append(w.woken, p)
	w.notifyLocked()
}

// RunUntil implements engine.Services.
func (w *worker) RunUntil(ec *engine.Call, done func() bool) error {
	c := callOf(ec)
	for !done() {
		w.mu.Lock()
		err := w.stopLocked(c)
		switch {
		case err != nil:
		case len(w.posts) > 0:
			w.runPostLocked()
		case w.pending == 0:
			err = engine.ErrStalled
		default:
			w.waitLocked()
		}
		w.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}
