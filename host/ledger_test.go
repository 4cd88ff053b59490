//go:build unix

package host

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// long makes the fault suite as long as the numbers of docs/RELIABILITY.md need.
var long = flag.Bool("long", false, "run the fault suite for minutes: 10,000 kills")

// A ledger is what a test knows of the calls that it made of a pool, beside what
// that says itself: each call by its name and what came of it, and a record of
// each time that one was run, which a host function writes.
type ledger struct {
	mu    sync.Mutex
	calls map[string]*entry
	ran   []string // the record, appended to only
	phase string
	times map[string][]time.Duration // of answers, by the phase in which they came
}

// An entry is one call.
type entry struct {
	idempotent bool
	ends       int
	err        error
}

func newLedger() *ledger {
	return &ledger{calls: map[string]*entry{}, times: map[string][]time.Duration{}, phase: "before"}
}

// witness is the host function that writes the record.
func (l *ledger) witness(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ran = append(l.ran, id)
}

func (l *ledger) enter(idempotent bool) (id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id = fmt.Sprint("call-", len(l.calls))
	l.calls[id] = &entry{idempotent: idempotent}
	return id
}

func (l *ledger) end(id string, began time.Time, out []any, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.calls[id]
	e.ends++
	e.err = err
	if err != nil {
		return
	}
	l.times[l.phase] = append(l.times[l.phase], time.Since(began))
	if len(out) != 1 || out[0] != id {
		e.err = fmt.Errorf("wrong answer: %v", out)
	}
}

func (l *ledger) enterPhase(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.phase = name
}

// witnessed are scripts whose run is told to the witness.
var witnessed = source{
	Lua: `function run(id) host.ran(id) event("e", id) return id end`,
	JS:  `async function run(id) { await host.ran(id); event("e", id); return id }`,
}

var witnessedAsync = source{
	Lua: `function run(done, id) host.ran(id) done.event("e", id) done(id) end`,
	JS:  `async function run(done, id) { await host.ran(id); done.event("e", id); done(id) }`,
}

// load makes calls in all ways, from so many goroutines, until it is told to stop.
// patience returns the context of a call.
func (l *ledger) load(p *Pool, callers int, patience func() (context.Context, context.CancelFunc)) (stop func()) {
	if patience == nil {
		patience = func() (context.Context, context.CancelFunc) { return context.Background(), func() {} }
	}
	done := make(chan struct{})
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			for n := i; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				ctx, cancel := patience()
				l.one(ctx, p, n)
				cancel()
			}
		})
	}
	return func() {
		close(done)
		all.Wait()
	}
}

// one makes a call and waits for its end.
func (l *ledger) one(ctx context.Context, p *Pool, how int) {
	idempotent := how%4 == 3
	c := Caller(p)
	if idempotent {
		c = Idempotent(p)
	}
	id := l.enter(idempotent)
	began := time.Now()
	switch how % 8 {
	case 0, 7:
		ended := make(chan struct{})
		c.Go(func(out []any, err error) {
			l.end(id, began, out, err)
			close(ended)
		}, id)
		<-ended
	case 1:
		for e, err := range c.Stream(ctx, id) {
			if e.Result || err != nil {
				l.end(id, began, e.Args, err)
			}
		}
	default:
		out, err := c.Call(ctx, id)
		l.end(id, began, out, err)
	}
}

// phases are those of times, in their order.
var phases = []string{"before", "during", "after"}

// A summary is what a ledger comes to.
type summary struct {
	answers, failures uint64
	kinds             map[string]int // errors, by kind and outcome
	times             map[string][]time.Duration
}

// check compares the ledger, the record and what the pool says, which has ended.
func (l *ledger) check(t *testing.T, p *Pool) summary {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	ran := map[string]int{}
	for _, id := range l.ran {
		ran[id]++
	}
	var answers, failures uint64
	kinds := map[string]int{}
	bad := 0
	wrong := func(id, format string, args ...any) {
		if bad++; bad < 10 {
			t.Errorf("%s: %s", id, fmt.Sprintf(format, args...))
		}
	}
	for id, e := range l.calls {
		n := ran[id]
		if e.ends != 1 {
			wrong(id, "it has ended %d times", e.ends)
		}
		if n > 1 && !e.idempotent || n > 1+maxRetries {
			wrong(id, "it was run %d times: %v", n, e.err)
		}
		if e.err == nil {
			answers++
			if n == 0 {
				wrong(id, "it has an answer and was not run")
			}
			continue
		}
		failures++
		o := OutcomeOf(e.err)
		if o == 0 {
			wrong(id, "an error without an outcome: %v", e.err)
		}
		if o == NotSent && n > 0 {
			wrong(id, "it was run %d times, and the error says that it was not sent: %v", n, e.err)
		}
		kinds[fmt.Sprintf("%s, %s", kindOf(e.err), o)]++
	}
	s := p.Stats()
	if s.Calls != uint64(len(l.calls)) || s.Answers != answers || s.Errors != failures || s.Queued+s.Outstanding != 0 {
		t.Errorf("the ledger has %d calls, %d answers, %d errors; the pool %+v", len(l.calls), answers, failures, s)
	}
	t.Logf("%d calls = %d answers + %d errors; %d runs recorded, %d retries, %d workers started, %d crashes", len(l.calls), answers, failures, len(l.ran), s.Retries, s.Started, s.Crashes)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		t.Logf("%d errors: %s", kinds[kind], kind)
	}
	for _, phase := range phases {
		if times := l.times[phase]; len(times) > 0 {
			t.Logf("answers %s: p50, p99 %s", phase, quantiles(times))
		}
	}
	return summary{answers, failures, kinds, l.times}
}

func kindOf(err error) string {
	var call *CallError
	switch {
	case errors.As(err, new(*QuarantineError)):
		return "quarantined"
	case errors.As(err, &call):
		return call.Kind
	case errors.As(err, new(*LimitError)):
		return "limit"
	case errors.As(err, new(*ExitError)):
		return "exit"
	case errors.As(err, new(*ScriptError)):
		return "script"
	}
	return fmt.Sprintf("%T", err)
}

// leavesNothing fails the test if a goroutine of the package, a descriptor or a
// child process is left after it that was not there before. The test must not be
// parallel.
func leavesNothing(t *testing.T) {
	t.Helper()
	type counts struct{ goroutines, descriptors, children int }
	count := func() counts {
		buf := make([]byte, 4<<20)
		goroutines := 0
		for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(g, "scripthost.example/host.") && !strings.Contains(g, "testing.") {
				goroutines++
			}
		}
		fds, err := os.ReadDir("/dev/fd")
		if err != nil {
			t.Fatal(err)
		}
		return counts{goroutines, len(fds), childProcesses(t)}
	}
	if r, w, err := os.Pipe(); err == nil { // the runtime opens files of its own with the first
		r.Close()
		w.Close()
	}
	before := count()
	t.Cleanup(func() {
		var after counts
		for range 500 {
			// Fewer may be: something of the test before was about to end.
			after = count()
			if after.goroutines <= before.goroutines && after.descriptors <= before.descriptors && after.children <= before.children {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("before the test there were %+v, and now there are %+v", before, after)
	})
}

// childProcesses is how many processes this one has started that are there, those
// included that have ended and not been waited for; 0 where /proc does not tell.
func childProcesses(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	n := 0
	for _, e := range entries {
		if _, parent, ok := processState(e.Name()); ok && parent == os.Getpid() {
			n++
		}
	}
	return n
}

// processState is what /proc says of a process, by its number.
func processState(pid string) (state string, parent int, ok bool) {
	b, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return "", 0, false
	}
	// The name, in parentheses, may hold anything.
	_, err = fmt.Sscan(string(b[bytes.LastIndexByte(b, ')')+1:]), &state, &parent)
	return state, parent, err == nil
}

// hasEnded reports whether a process has, of which this one need not be the parent.
func hasEnded(pid int) bool {
	if state, _, ok := processState(fmt.Sprint(pid)); ok && (state == "Z" || state == "X") {
		return true // nobody has waited for it
	}
	return errors.Is(unix.Kill(pid, 0), unix.ESRCH)
}

// pool is a pool of workers that are witnessed.
func (l *ledger) pool(t *testing.T, script *Script, o PoolOptions) *Pool {
	t.Helper()
	o.Host = map[string]any{"ran": l.witness}
	if o.OnEvent == nil {
		o.OnEvent = func(Event) {}
	}
	if o.OnExit == nil {
		o.OnExit = func(WorkerExit) {}
	}
	return startPool(t, script, &o)
}

// victim returns a worker of the pool that has a process and is not one of killed,
// or nil.
func victim(p *Pool, rng *rand.Rand, killed map[*Worker]bool) *Worker {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []*Worker
	for _, m := range p.members {
		if m.w != nil && m.state <= memberDraining && !killed[m.w] {
			all = append(all, m.w)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[rng.IntN(len(all))]
}
