//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// schedulerOf is a pool whose workers are not there: the test says what becomes of
// them. They are ready 20 ms after they were started.
func schedulerOf(t testing.TB, opts *PoolOptions) *Pool {
	t.Helper()
	o, err := opts.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	s := faultScript("none")
	self, err := newWorker(context.Background(), s, &o.Options, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := self.broker.Close(); err != nil {
		t.Fatal(err)
	}
	p := newPool(o, self)
	p.breaker.jitter = func() float64 { return 0.5 } // none
	p.gen = p.newGeneration(s)
	p.target = 1
	gone := make(chan struct{})
	close(gone)
	p.spawn = func(m *member) {
		go func() {
			defer p.procs.Done()
			defer p.ends.Done()
			select {
			case <-time.After(loadTime):
			case <-m.start.Done():
				p.ended(m, nil, m.start.Err())
				return
			}
			w := &Worker{opts: m.gen.opts, name: s.name, member: m, done: gone, peer: noPeer{}}
			p.begun(m, w)
			<-m.stop
			p.ended(m, w, nil)
		}()
	}
	p.mu.Lock()
	p.fillLocked()
	p.mu.Unlock()
	for range 1000 { // without synctest's clock, as in a benchmark
		p.mu.Lock()
		ready := p.headcountLocked().ready
		p.mu.Unlock()
		if ready > 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return p
}

const loadTime = 20 * time.Millisecond

// noPeer is the other end of a worker that has none.
type noPeer struct{}

func (noPeer) pid() int              { return 0 }
func (noPeer) gone() <-chan struct{} { return nil }
func (noPeer) streamEnded()          {}
func (noPeer) kill()                 {}
func (noPeer) exit() exit            { return exit{} }

// take makes a call and leaves it without an answer.
func take(p *Pool) (r *request, err <-chan error) {
	r = &request{p: p, made: time.Now()}
	done := make(chan error, 1)
	go func() { done <- p.acquire(context.Background(), r) }()
	synctest.Wait()
	return r, done
}

func has(t *testing.T, p *Pool, want string) {
	t.Helper()
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	var got []string
	for _, m := range p.members {
		s := fmt.Sprint(m.number, " ", m.state, " ", m.used)
		if m.spare {
			s += " spare"
		}
		got = append(got, s)
	}
	if fmt.Sprint(got) != want {
		t.Errorf("at %v the workers are %v, want %s", time.Since(bubbleStart), got, want)
	}
}

// bubbleStart is when the clock of a synctest bubble starts.
var bubbleStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestPoolScales(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := schedulerOf(t, &PoolOptions{Max: 3})
		has(t, p, "[1 ready 0]")
		var calls []*request
		call := func() {
			r, _ := take(p)
			synctest.Wait()
			calls = append(calls, r)
		}
		call()
		call()
		has(t, p, "[1 ready 2]")
		time.Sleep(time.Second)
		has(t, p, "[1 ready 2]") // Load is not exceeded: none has to wait
		call()
		time.Sleep(DefaultPoolStart - time.Millisecond)
		has(t, p, "[1 ready 2]")
		time.Sleep(time.Millisecond)
		has(t, p, "[1 ready 2 2 starting 0]")
		time.Sleep(loadTime)
		has(t, p, "[1 ready 2 2 ready 1]")
		call() // to the least loaded
		has(t, p, "[1 ready 2 2 ready 2]")
		call()
		call()
		call()
		time.Sleep(DefaultPoolStart + loadTime)
		has(t, p, "[1 ready 2 2 ready 2 3 ready 2]")
		time.Sleep(time.Minute) // Max
		has(t, p, "[1 ready 2 2 ready 2 3 ready 2]")
		if s := p.Stats(); s.Queued != 1 || s.Outstanding != 6 || s.Calls != 7 {
			t.Errorf("%+v", s)
		}
		for _, r := range calls {
			r.settle(nil, false, nil)
		}
		has(t, p, "[1 ready 0 2 ready 0 3 ready 0]")
		time.Sleep(DefaultPoolStop / 2)
		r, _ := take(p)
		synctest.Wait()
		r.settle(nil, false, nil)
		time.Sleep(DefaultPoolStop / 2)
		has(t, p, "[1 ready 0]") // it had a call in the meantime
		time.Sleep(DefaultPoolStop / 2)
		has(t, p, "[]")
		r, err := take(p)
		has(t, p, "[4 starting 0]") // at once
		time.Sleep(loadTime)
		has(t, p, "[4 ready 1]")
		if err := <-err; err != nil {
			t.Error(err)
		}
		r.settle(nil, false, nil)
		p.Close()
	})
}

func TestPoolKeepsIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := schedulerOf(t, &PoolOptions{Idle: 2, Max: 3, Load: 1, Spare: 1})
		has(t, p, "[1 ready 0 2 ready 0 spare]")
		a, _ := take(p)
		synctest.Wait()
		time.Sleep(DefaultPoolStart + loadTime) // the spare, and another spare
		has(t, p, "[1 ready 1 2 ready 0 3 ready 0 spare]")
		time.Sleep(DefaultPoolStart + loadTime) // to have two
		has(t, p, "[1 ready 1 2 ready 0 3 ready 0 4 ready 0 spare]")
		a.settle(nil, false, nil)
		time.Sleep(2 * DefaultPoolStop)
		has(t, p, "[1 ready 0 2 ready 0 4 ready 0 spare]")
		p.mu.Lock()
		if p.stopArmed || p.scaleArmed {
			t.Error("a pool that has nothing to do has a timer")
		}
		p.mu.Unlock()
		p.Close()
	})
}

func TestPoolQueueIsBounded(t *testing.T) {
	t.Parallel()
	for _, wait := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := schedulerOf(t, &PoolOptions{Max: 1, Load: 1, Queue: 2, Wait: wait})
			var calls []*request
			var errs []<-chan error
			for range 5 {
				r, err := take(p)
				synctest.Wait()
				calls, errs = append(calls, r), append(errs, err)
			}
			failed := 0
			for i := range calls {
				select {
				case err := <-errs[i]:
					if err != nil {
						failed++
						if !errors.Is(err, ErrBusy) || OutcomeOf(err) != NotSent || i < 3 {
							t.Errorf("call %d: %v", i, err)
						}
						continue
					}
				default:
					if err := <-errs[i]; err != nil {
						t.Errorf("call %d: %v", i, err)
					}
				}
				calls[i].settle(nil, false, nil)
			}
			if want := map[bool]int{false: 2, true: 0}[wait]; failed != want {
				t.Errorf("Wait %v: %d calls failed, want %d", wait, failed, want)
			}
			p.Close()
		})
	}
}

func TestBreaker(t *testing.T) {
	t.Parallel()
	now := time.Now()
	why := errors.New("why")
	b := breaker{max: 5, jitter: func() float64 { return 0.5 }}
	var waits []time.Duration
	for i := range 9 {
		if i == 6 && !b.open || i < 6 && b.open {
			t.Errorf("after %d crashes: open is %v", i, b.open)
		}
		b.crash(now, i+1, 0, why)
		waits = append(waits, b.notBefore.Sub(now))
	}
	const ms = time.Millisecond
	if want := []time.Duration{0, 50 * ms, 100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms, 5000 * ms}; !slices.Equal(waits, want) {
		t.Errorf("waits %v, want %v", waits, want)
	}
	if b.mayStart(now.Add(4999*ms)) || !b.mayStart(now.Add(5000*ms)) {
		t.Error("the back-off is not kept")
	}
	b.started(10)
	if b.mayStart(now.Add(time.Hour)) {
		t.Error("there are two probes")
	}
	b.proven(5) // one that was there before
	if !b.open {
		t.Error("an old worker has closed the breaker")
	}
	b.proven(10)
	if b.open || !b.mayStart(now) || b.troubled() {
		t.Errorf("the probe has answered: %+v", b)
	}
	if err := b.err("x.lua"); !errors.Is(err, ErrCrashLoop) || OutcomeOf(err) != NotSent {
		t.Errorf("%v", err)
	}

	// Its answer came before it was known how the one before it had ended.
	b.proven(12)
	if b.crash(now, 11, 0, why); b.troubled() {
		t.Errorf("a newer worker has answered: %+v", b)
	}
	b.crash(now, 12, 0, why)
	b.crash(now, 13, 0, why)
	if b.failures != 2 {
		t.Errorf("%d failures, want 2", b.failures)
	}
	// The reason is that of the newest worker, in whichever order they are told.
	b.crash(now, 15, 0, errors.New("the newest"))
	b.crash(now, 14, 0, why)
	if err := b.err("x.lua"); !strings.Contains(err.Error(), "the newest") {
		t.Error(err)
	}
	b.reset()

	// Those that are far apart do not count.
	for i := range 20 {
		b.crash(now.Add(time.Duration(i)*2*time.Second), 20+i, steadyAge, why)
		if b.open || b.failures != 1 {
			t.Fatalf("crash %d: %+v", i, b)
		}
	}
	for _, j := range []float64{0, 0.999} {
		b := breaker{max: 5, jitter: func() float64 { return j }}
		b.crash(now, 1, 0, why)
		b.crash(now, 2, 0, why)
		if d := b.notBefore.Sub(now); d < 40*ms || d > 60*ms {
			t.Errorf("a wait of %v", d)
		}
	}
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	for d := time.Duration(1); d < 1<<58; d = d*9/8 + 1 {
		i := bucket(d)
		if top(i) < d || top(i) > d+d/8 || i > 0 && top(i-1) >= d {
			t.Fatalf("%d is in bucket %d up to %d", d, i, top(i))
		}
	}
	var h histogram
	for i := range 1000 {
		h.add(time.Duration(i+1) * time.Millisecond)
	}
	if m := h.quantile(0.5); m < 500*time.Millisecond || m > 570*time.Millisecond {
		t.Errorf("median %v", m)
	}
	if q := h.quantile(1); q != time.Second {
		t.Errorf("longest %v", q)
	}
	var two histogram
	if q := two.quantile(0.99); q != 0 {
		t.Errorf("p99 of none: %v", q)
	}
	two.add(time.Millisecond)
	two.add(time.Second)
	if m, q := two.quantile(0.5), two.quantile(0.99); m >= 2*time.Millisecond || q != time.Second {
		t.Errorf("of two, the median is %v and the p99 %v", m, q)
	}
	if h.sum != 1000*1001/2*time.Millisecond {
		t.Errorf("sum %v", h.sum)
	}
	for d := time.Duration(0); d < 1200*time.Millisecond; d += 7 * time.Millisecond {
		most := uint64(min(d/time.Millisecond, 1000))
		if n := h.within(d); n > most || n+1 < most-most/8 {
			t.Errorf("within %v: %d of %d", d, n, most)
		}
	}
	if n := h.within(time.Second); n != 1000 {
		t.Errorf("within the longest: %d", n)
	}
	if n := (PoolStats{}).Within(time.Second); n != 0 {
		t.Errorf("of no pool: %d", n)
	}
}

// A worker that is about to have had all its calls is ended like others when there
// are none.
func TestPoolWornAndIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := schedulerOf(t, &PoolOptions{Max: 1, MaxCalls: 10})
		for range 9 {
			r, err := take(p)
			if err := <-err; err != nil {
				t.Fatal(err)
			}
			r.settle(nil, false, nil)
		}
		time.Sleep(loadTime)
		has(t, p, "[1 ready 0 2 ready 0]")
		time.Sleep(2 * DefaultPoolStop)
		has(t, p, "[]")
		p.Close()
	})
}

// A call that has to be alone gets a worker for itself, and others go elsewhere.
func TestPoolAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := schedulerOf(t, &PoolOptions{Max: 2, Load: 2})
		p.mu.Lock()
		p.target = 2
		p.fillLocked()
		p.mu.Unlock()
		time.Sleep(loadTime)
		a, _ := take(p)
		b, _ := take(p)
		has(t, p, "[1 ready 1 2 ready 1]")
		lone := &request{p: p, made: time.Now(), deaths: 1, attempts: 1}
		p.mu.Lock()
		p.pending++ // as a call that has been given to a worker before
		p.mu.Unlock()
		done := make(chan error, 1)
		ctx, cancel := context.WithCancel(context.Background())
		go func() { done <- p.acquire(ctx, lone) }()
		synctest.Wait()
		c, _ := take(p)
		has(t, p, "[1 ready 1 2 ready 2]") // the first is kept free
		a.settle(nil, false, nil)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		d, _ := take(p)
		has(t, p, "[1 ready 1 2 ready 2]")
		lone.settle(nil, false, nil)
		has(t, p, "[1 ready 1 2 ready 2]") // d has it now
		lone2 := &request{p: p, made: time.Now(), deaths: 1, attempts: 1}
		p.mu.Lock()
		p.pending++
		p.mu.Unlock()
		go func() { done <- p.acquire(ctx, lone2) }()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) || OutcomeOf(err) != Unknown {
			t.Errorf("got %v", err)
		}
		e, _ := take(p) // nothing is kept free any more
		has(t, p, "[1 ready 2 2 ready 2]")
		for _, r := range []*request{b, c, d, e} {
			r.settle(nil, false, nil)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}
