package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"scripthost.example/host"
)

// benchSample is how often the workers' memory is looked at.
const benchSample = 50 * time.Millisecond

// A bench is one benchmark.
type bench struct {
	flags  *benchFlags
	script *host.Script
	opts   host.PoolOptions
	custom *fileSerialiser
	args   []any
	calls  uint64 // to be made; 0 is as many as there is time for

	pool   *host.Pool
	answer chan time.Duration // of a call: how long it took, or -1 if it failed

	mu     sync.Mutex // guards what follows
	diag   *diagnostics
	status int
	said   bool // why a call failed
	peak   int64
	all    int64 // of all workers together

	profiled bool
}

// run returns the numbers, nil if there are none, and the exit status.
func (b *bench) run() (int, *benchResult) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	interrupted := make(chan os.Signal, 1)
	go func() {
		select {
		case sig := <-signals:
			signal.Stop(signals) // the next one ends this process
			interrupted <- sig
			cancel()
		case <-ctx.Done():
		}
	}()
	ready := make(chan struct{}, b.opts.Max)
	o := b.opts
	o.OnEvent, o.OnError = func(host.Event) {}, b.onError
	o.OnModule = b.diag.loads(nil)
	o.OnLog = func(l host.LogRecord) { b.locked(func() { b.diag.log(l) }) }
	settled := func() {
		select {
		case ready <- struct{}{}:
		default:
		}
	}
	o.OnStart = func(host.WorkerStart) { settled() }
	o.OnExit = func(e host.WorkerExit) {
		if e.Err != nil && !errors.Is(e.Err, host.ErrClosed) {
			b.onError(e.Err)
		}
		settled()
	}
	if o.Profile = host.Profile(b.flags.profile.value); o.Profile != "" {
		o.OnProfile = b.writeProfile
	}
	startFailed := func(err error) (int, *benchResult) {
		select {
		case sig := <-interrupted:
			b.diag.note("interrupted")
			return signalStatus(sig), nil
		default:
		}
		b.diag.report(err)
		return startStatus(err), nil
	}
	if b.custom != nil {
		if err := b.custom.start(ctx, &o.Options); err != nil {
			return startFailed(err)
		}
		defer b.custom.close()
	}
	p, err := host.NewPool(ctx, b.script, &o)
	if err != nil {
		return startFailed(err)
	}
	defer p.Kill()
	b.pool = p
	for range b.opts.Max { // what is measured is not the start of workers
		select {
		case <-ready:
		case <-ctx.Done():
		}
	}
	window := b.opts.Max * b.opts.Load
	b.answer = make(chan time.Duration, window)
	if b.flags.warmUp.value > 0 {
		b.measure(ctx, window, 0, b.flags.warmUp.value)
	}
	result := b.measure(ctx, window, b.calls, b.flags.duration.value)
	select {
	case sig := <-interrupted:
		b.status = signalStatus(sig)
	default:
	}
	if o.Profile != "" { // it comes when a worker has been drained
		signal.Stop(signals)
		if err := p.Close(); err != nil {
			b.onError(err)
		}
		if !b.profiled {
			b.diag.note("there is no profile: the worker did not end well")
			b.status = max(b.status, exitFailed)
		}
	}
	b.locked(func() { result.Memory, result.MemoryAll = b.peak, b.all })
	b.describe(result)
	if result.Calls == 0 {
		b.diag.note(errNoCalls.Error())
		return max(b.status, exitFailed), nil
	}
	return b.status, result
}

// measure makes so many calls, or for 0 calls for so long, and waits for their
// answers.
func (b *bench) measure(ctx context.Context, window int, calls uint64, duration time.Duration) *benchResult {
	var t times
	var failed uint64
	begun := time.Now()
	over := time.NewTimer(duration)
	defer over.Stop()
	if calls > 0 {
		over.Stop()
	}
	sample := time.NewTicker(benchSample)
	defer sample.Stop()
	made, left := uint64(0), 0
	ended := false
	for {
		for !ended && left < window && (calls == 0 || made < calls) {
			b.call()
			made++
			left++
		}
		if left == 0 {
			break
		}
		select {
		case d := <-b.answer:
			left--
			if d < 0 {
				failed++
			} else {
				t.add(d)
			}
		case <-over.C:
			ended = true
		case <-ctx.Done():
			ended = true
			ctx = context.Background()
		case <-sample.C:
			b.sample()
		}
	}
	took := time.Since(begun)
	b.sample()
	return newBenchResult(&t, failed, took)
}

// call makes one call.
func (b *bench) call() {
	begun := time.Now()
	b.pool.Go(func(_ []any, err error) {
		d := time.Since(begun)
		if err != nil {
			d = -1
			b.failed(err)
		}
		b.answer <- d
	}, b.args...)
}

func (b *bench) failed(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status = max(b.status, statusOf(err))
	if !b.said { // the others will be like it
		b.said = true
		b.diag.report(err)
	}
}

func (b *bench) onError(err error) {
	b.locked(func() {
		b.status = max(b.status, statusOf(err))
		if !b.said {
			b.said = true
			b.diag.report(err)
		}
	})
}

// writeProfile writes the profile of a worker; that of a second one, which took the place
// of the first, into a file of its own.
func (b *bench) writeProfile(p host.WorkerProfile) {
	name := b.flags.into
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.Worker > 1 {
		name += fmt.Sprintf(".%d", p.Worker)
	}
	b.profiled = true
	if err := os.WriteFile(name, p.Data, 0o600); err != nil {
		b.status = max(b.status, exitFailed)
		b.diag.note(fmt.Sprintf("cannot write the profile %s: %v", quoted(name), plainError(err)))
		return
	}
	b.diag.note(fmt.Sprintf("the profile is in %s; it is read with: go tool pprof -top %[1]s", quoted(name)))
}

// sample looks at the workers' memory.
func (b *bench) sample() {
	all, peak := int64(0), int64(0)
	for _, w := range b.pool.Stats().Workers {
		all += w.Resident
		peak = max(peak, w.Resident)
	}
	b.locked(func() { b.peak, b.all = max(b.peak, peak), max(b.all, all) })
}

func (b *bench) locked(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// describe says what was measured.
func (b *bench) describe(r *benchResult) {
	r.Script, r.Function = b.script.Name(), b.opts.Function
	r.Async, r.Serialiser = b.opts.Async, b.opts.Serialiser.Name()
	r.Workers, r.Load = b.opts.Max, b.opts.Load
	r.Runner = version()
}
