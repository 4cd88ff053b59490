package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"scripthost.example/wire"
)

// A takeover is something that a child does which has been taken over, and what
// comes of it here.
type takeover struct {
	name   string
	attack func(*puppet)
	opts   func(*Options) // beyond those of attackOptions
	// want says what is wrong with the errors of the calls that were under way,
	// in no order, or with that of the start.
	want func(errs []error) string
	// start says that the worker does not become ready.
	start bool
	// slow has OnEvent, OnError and OnLog take their time; held has them not
	// return before the calls have.
	slow, held bool
	// alone has one call made, and not several.
	alone bool
	// peak is how many MiB of memory may be in use for it here at one time; 0 is
	// usualPeak.
	peak int
}

const usualPeak = 64

// takenCalls is how many calls are made of a worker at the same time.
const takenCalls = 3

// attackOptions are short limits, and everybody listens.
func attackOptions() Options {
	return Options{
		Sandbox: SandboxStrict,
		Limits:  Limits{Payload: 1 << 20, CallTime: 200 * time.Millisecond, Grace: 50 * time.Millisecond, Start: 2 * time.Second, Drain: 300 * time.Millisecond},
		Host: map[string]any{
			"add":   func(a, b int) int { return a + b },
			"block": func(ctx context.Context) { <-ctx.Done() },
		},
	}
}

// A child that has been taken over can lose itself, and nothing else: each of its
// calls ends with an error that has a type, soon after its deadline at the
// latest; a worker beside it goes on answering all the time; and once it is gone
// nothing of it is left.
//
// It is not parallel: it counts what the whole process has.
func TestTakeover(t *testing.T) {
	b := newBystander(t)
	all := takeovers()
	if raceDetector {
		// With it they take two minutes, most of them in waiting for deadlines.
		all = everyNth(all, 3, 0)
	}
	for _, a := range all {
		t.Run(a.name, func(t *testing.T) {
			for try := range lateTries {
				late := &lateness{}
				a.run(t, b, late, time.Duration(1+try))
				if late.says == nil || t.Failed() {
					return
				}
				t.Logf("again, because %s", strings.Join(late.says, "; "))
			}
			t.Errorf("it was late %d times", lateTries)
		})
	}
}

// lateTries is how often something has to be late to be a mistake: other
// programs use the processors too. Each time there is more time for what has to
// be done in time; how late it may be remains the same.
const lateTries = 5

// A lateness is what took too long. It is safe for concurrent use.
type lateness struct {
	mu   sync.Mutex
	says []string
}

func (l *lateness) check(what string, took, limit time.Duration) {
	if took > limit {
		l.add(fmt.Sprintf("%s took %v, the limit is %v", what, took, limit))
	}
}

func (l *lateness) add(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.says = append(l.says, what)
}

func (a *takeover) run(t *testing.T, b *bystander, late *lateness, more time.Duration) {
	before := takeStock(t)
	peak := watchHeap()
	b.begin()

	opts := attackOptions()
	release := make(chan struct{})
	told := func() {}
	switch {
	case a.held:
		told = func() { <-release }
	case a.slow:
		told = func() {
			select {
			case <-release:
			case <-time.After(100 * time.Microsecond):
			}
		}
	}
	opts.OnEvent = func(Event) { told() }
	opts.OnError = func(error) { told() }
	opts.OnLog = func(LogRecord) { told() }
	if a.opts != nil {
		a.opts(&opts)
	}
	if raceDetector {
		more *= 4
	}
	opts.Limits.CallTime *= more
	opts.Limits.Start *= more
	if !a.start {
		opts.Limits.Start = testTime // which is not what is tried
	}
	script := &Script{name: puppetName + a.name, language: Lua, source: []byte("return")}
	from := time.Now()
	w, err := Start(context.Background(), script, &opts)
	took := time.Since(from)
	switch {
	case a.start:
		a.judge(t, []error{err}, late)
		late.check("the start", took, within(opts.Limits.Start))
		if w != nil {
			w.Kill()
		}
	case err != nil:
		t.Errorf("start: %v", err)
	default:
		a.call(t, w, &opts, late)
		if a.held {
			killSoon(w, late)
		}
		close(release)
		a.closeSoon(w, &opts, late)
	}

	b.end(t, late)
	limit := cmpOr(a.peak, usualPeak)
	if used := int(peak()-before.heap) >> 20; used > limit {
		t.Errorf("%d MiB of memory were in use for it, want %d at most", used, limit)
	}
	before.compare(t)
}

func cmpOr(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// call makes calls and judges how they end.
func (a *takeover) call(t *testing.T, w *Worker, opts *Options, late *lateness) {
	t.Helper()
	calls := takenCalls
	if a.alone {
		calls = 1
	}
	answers := make(chan error, calls)
	for range calls {
		go func() {
			from := time.Now()
			out, err := w.Call(context.Background(), "x")
			late.check("a call", time.Since(from), within(opts.Limits.CallTime))
			if err == nil && (len(out) != 1 || out[0] != "served") {
				err = returned{out}
			}
			answers <- err
		}()
	}
	var errs []error
	for range calls {
		errs = append(errs, <-answers)
	}
	a.judge(t, errs, late)
}

func (a *takeover) judge(t *testing.T, errs []error, late *lateness) {
	t.Helper()
	for _, err := range errs {
		if err != nil && OutcomeOf(err) == 0 && !errors.As(err, new(returned)) {
			t.Errorf("an error without a type: %T: %.300v", err, err)
		}
	}
	switch msg := a.want(errs); {
	case msg == "":
	case tooLate(errs) == "":
		late.add(fmt.Sprintf("%s; got %.600v", msg, errs))
	default:
		t.Errorf("%s; got %.600v", msg, errs)
	}
}

// returned are results that are not those of a call that was served.
type returned struct{ list []any }

func (r returned) Error() string {
	if len(r.list) == 1 {
		return fmt.Sprintf("the call returned %.100v", r.list[0])
	}
	return fmt.Sprintf("the call returned %d values", len(r.list))
}

func killSoon(w *Worker, late *lateness) {
	from := time.Now()
	w.Kill()
	late.check("Kill", time.Since(from), within(0))
}

// closeSoon closes a worker. With slow callbacks that waits for what was due,
// which takes its time.
func (a *takeover) closeSoon(w *Worker, opts *Options, late *lateness) {
	from := time.Now()
	_ = w.Close() // how it ended was judged
	if !a.held && !a.slow {
		late.check("Close", time.Since(from), within(opts.Limits.Drain))
	}
}

// A bystander is a worker that has nothing to do with it, and is called all the
// time.
type bystander struct {
	w       *Worker
	running chan bool
	slowest atomic.Int64
	calls   atomic.Int64
	failed  atomic.Value
}

func newBystander(t *testing.T) *bystander {
	script, err := Inline(Lua, echo[Lua])
	if err != nil {
		t.Fatal(err)
	}
	return &bystander{w: start(t, script, nil), running: make(chan bool)}
}

func (b *bystander) begin() {
	b.slowest.Store(0)
	b.calls.Store(0)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-b.running:
				b.running <- true
				return
			default:
			}
			from := time.Now()
			out, err := b.w.Call(context.Background(), n)
			if err != nil || out[0] != strconv.Itoa(n) {
				b.failed.Store(fmt.Sprintf("call %d of a worker beside it: %v, %v", n, out, err))
			}
			b.slowest.Store(max(b.slowest.Load(), int64(time.Since(from))))
			b.calls.Add(1)
			time.Sleep(time.Millisecond) // it is not a benchmark
		}
	}()
}

func (b *bystander) end(t *testing.T, late *lateness) {
	t.Helper()
	b.running <- false
	<-b.running
	if msg := b.failed.Load(); msg != nil {
		t.Error(msg)
	}
	late.check("a call of a worker beside it", time.Duration(b.slowest.Load()), within(0))
	if b.calls.Load() == 0 {
		t.Error("a worker beside it was not called")
	}
}

// A stock is what this process has.
type stock struct {
	goroutines, files, children int
	heap                        uint64
}

func takeStock(t *testing.T) stock {
	t.Helper()
	runtime.GC()
	return stock{runtime.NumGoroutine(), countFiles(t), countChildren(t), heapInUse()}
}

// compare waits until there is no more of anything than there was.
func (s stock) compare(t *testing.T) {
	t.Helper()
	const spare = 8 << 20 // for what pools and the runtime keep
	var now stock
	for deadline := time.Now().Add(testTime); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		now = takeStock(t)
		if now.goroutines <= s.goroutines && now.files == s.files && now.children == s.children && now.heap <= s.heap+spare {
			return
		}
		debug.FreeOSMemory()
	}
	buf := make([]byte, 1<<20)
	t.Errorf("before it there were %+v, and now %+v\n%s", s, now, buf[:runtime.Stack(buf, true)])
}

func countFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// countChildren counts the processes that this one started, zombies too.
func countChildren(t *testing.T) int {
	t.Helper()
	stats, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range stats {
		b, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue // not a process, or not any more
		}
		fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) {
			n++
		}
	}
	return n
}

func heapInUse() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// watchHeap returns a function that ends the watching and returns the most that
// was in use at one time.
func watchHeap() (end func() uint64) {
	stop := make(chan struct{})
	result := make(chan uint64)
	go func() {
		most := heapInUse()
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				most = max(most, heapInUse())
			case <-stop:
				result <- most
				return
			}
		}
	}()
	return func() uint64 {
		close(stop)
		return <-result
	}
}

// allServed wants the calls answered as if nothing were amiss.
func allServed(errs []error) string {
	for _, err := range errs {
		if err != nil {
			return "want all calls served"
		}
	}
	return ""
}

// one wants one of the errors to be as is says, and tells otherwise.
func one(says string, is func(error) bool) func([]error) string {
	return func(errs []error) string {
		for _, err := range errs {
			if err != nil && is(err) {
				return ""
			}
		}
		return "want " + says
	}
}

func brokenBecause(reason string) func([]error) string {
	return one("a protocol error that tells of "+strconv.Quote(reason), func(err error) bool {
		return errors.Is(err, ErrProtocol) && strings.Contains(err.Error(), reason)
	})
}

// tooLate wants a call to have ended at its deadline.
var tooLate = one("a call that took too long", func(err error) bool {
	var ce *CallError
	return errors.As(err, &ce) && ce.Kind == wire.ErrorDeadline && errors.Is(err, context.DeadlineExceeded)
})

var tooLong = one("ErrTooLarge", func(err error) bool { return errors.Is(err, ErrTooLarge) })

func overLimit(limit string) func([]error) string {
	return one("a LimitError of "+limit, func(err error) bool {
		var le *LimitError
		return errors.As(err, &le) && le.Limit == limit
	})
}

func exited(reason string) func([]error) string {
	return one("an ExitError that tells of "+strconv.Quote(reason), func(err error) bool {
		return errors.As(err, new(*ExitError)) && strings.Contains(err.Error(), reason)
	})
}

var unreadable = one("a SerialiseError", func(err error) bool { return errors.As(err, new(*SerialiseError)) })

// oneOf wants one of several.
func oneOf(wants ...func([]error) string) func([]error) string {
	return func(errs []error) string {
		var all []string
		for _, want := range wants {
			msg := want(errs)
			if msg == "" {
				return ""
			}
			all = append(all, msg)
		}
		return strings.Join(all, ", or ")
	}
}
