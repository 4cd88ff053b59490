package host

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"scripthost.example/child/sandbox"
)

var (
	attackFilter   = flag.String("attacks", "", "the attacks of TestAttacks whose names match this regular expression, such as lua/loop; all if it is empty")
	attackControls = flag.Int("attack-controls", controlStride, "have TestAttacks run the controls of one attack in so many too, of others each day; 1 runs those of all, as -long does, and 0 none. Those that -attacks names run theirs unless it is 0")
	attackWorkers  = flag.Int("attack-parallel", 4, "how many attacks TestAttacks runs side by side")
	attackSlack    = flag.Duration("attack-slack", 500*time.Millisecond, "how long after its deadline a call of TestAttacks may end; more on machines that are too busy for a bound to mean anything")
)

// attackDir is where the attacks are.
const attackDir = "../scripts/attacks"

// An outcome of an attack, for the table.
type attackOutcome struct {
	attack  *attack
	got     string // different endings
	took    time.Duration
	peak    int64 // bytes; 0 if not seen
	control string
	failed  bool
}

// What scripts try against their host has no effect but on their own worker: each
// call ends in time and with a typed error, memory is kept to, other workers
// answer, and nothing is left behind. What stops an attack is shown by its
// control, in which it succeeds.
func TestAttacks(t *testing.T) {
	// Not parallel, so that the goroutines and descriptors are its own.
	all, err := attacks(attackDir)
	if err != nil {
		t.Fatal(err)
	}
	filter, err := regexp.Compile(*attackFilter)
	if err != nil {
		t.Fatal(err)
	}
	some := slices.DeleteFunc(slices.Clone(all), func(a *attack) bool { return !filter.MatchString(a.name) })
	if len(some) == 0 {
		t.Skipf("no attack of the %d in %s matches %q", len(all), attackDir, *attackFilter)
	}
	if *attackFilter == "" {
		checkCollection(t, all)
	}
	if raceDetector && *attackFilter == "" {
		// All of them would take a quarter of an hour.
		some = everyNth(some, raceStride, 0)
	}
	controlled := controlledAttacks(some)
	dir := attackFixture(t)
	os.Setenv("SCRIPTHOST_ATTACK_SECRET", "ESCAPED")
	defer os.Unsetenv("SCRIPTHOST_ATTACK_SECRET")

	runtime.GC() // ends what earlier tests left to finalizers
	before := takeCensus(t)
	neighbour, err := Start(testContext(t), mustInline(t, Lua, `function run(x) return x end`), unhurried(nil))
	if err != nil {
		t.Fatal(err)
	}
	// What a worker has without anything to do, and the pages of the program that
	// it has not come to yet.
	baseline := int64(peak(t, neighbour.PID())) + unreadPages(t, neighbour.PID())

	heap := watchHeap()
	outcomes := make([]*attackOutcome, len(some))
	next := make(chan int)
	var alone sync.RWMutex // held by a trial that others would disturb
	var workers sync.WaitGroup
	for range *attackWorkers {
		workers.Go(func() {
			for i := range next {
				a := some[i]
				t.Run(a.name, func(t *testing.T) {
					r := &attackRun{attack: a, dir: dir, neighbour: neighbour, baseline: baseline, alone: &alone, controlled: slices.Contains(controlled, a)}
					outcomes[i] = r.run(t)
				})
			}
		})
	}
	for i := range some {
		next <- i
	}
	close(next)
	workers.Wait()
	mustClose(t, neighbour)
	t.Logf("the heap here was at most %d MiB", heap()>>20)
	before.compare(t)
	table := attackTable(outcomes)
	t.Log(table)
	if path := os.Getenv("ATTACK_TABLE"); path != "" { // go test shows no log of a test that passes
		if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
			t.Error(err)
		}
	}
}

// raceStride is how many attacks stand for one in a build with the race detector,
// in which they are many times slower.
const raceStride = 8

// controlStride is how many attacks there are for each whose control runs too: a
// control that runs to its end costs several times what its attack does. With the
// race detector there are none: they show what stops an attack, which does not
// depend on the build.
var controlStride = func() int {
	if raceDetector {
		return 0
	}
	return 8
}()

// everyNth are one in n, from the one with the number first on.
func everyNth[T any](all []T, n, first int) []T {
	var some []T
	for i := first % n; i < len(all); i += n {
		some = append(some, all[i])
	}
	return some
}

// today is a number that is another one each day.
func today() int { return int(time.Now().Unix() / (24 * 60 * 60)) }

// controlledAttacks are those whose controls run too.
func controlledAttacks(all []*attack) []*attack {
	switch n := *attackControls; {
	case n <= 0:
		return nil
	case *long, *attackFilter != "":
		return all
	default:
		return everyNth(all, n, today())
	}
}

// checkCollection checks what the attacks are as a whole.
func checkCollection(t *testing.T, all []*attack) {
	mechanisms := make(map[Language]map[string]bool)
	count := make(map[Language]int)
	for _, a := range all {
		language := a.script.Language()
		count[language]++
		if mechanisms[language] == nil {
			mechanisms[language] = make(map[string]bool)
		}
		mechanisms[language][a.mechanism] = true
	}
	for language, n := range count {
		if n < 120 || len(mechanisms[language]) < 40 {
			t.Errorf("%s: %d attacks with %d mechanisms: there are to be 120 with 40", language, n, len(mechanisms[language]))
		}
	}
}

func mustInline(t *testing.T, language Language, text string) *Script {
	t.Helper()
	s, err := Inline(language, text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// An attackRun is one attack with its control.
type attackRun struct {
	attack    *attack
	dir       string // of the fixture
	neighbour *Worker
	baseline  int64 // what a worker has before its script does anything, in bytes, and all of its program
	alone     *sync.RWMutex
	// controlled says that the control runs too.
	controlled bool
}

func (r *attackRun) run(t *testing.T) *attackOutcome {
	a := r.attack
	o := &attackOutcome{attack: a}
	defer func() { o.failed = t.Failed() }()

	r.attempt(t, o)
	if t.Failed() || !r.controlled {
		o.control = "-"
		return o
	}
	if a.control.none != "" {
		o.control = "none: " + a.control.none
		return o
	}
	r.alone.RLock()
	seen := r.trial(t, a.control.setup, a.control.expect)
	r.alone.RUnlock()
	o.control = fmt.Sprint(seen.endings)
	for _, got := range seen.endings {
		if !a.control.expect.forBuild().allows(got) {
			t.Errorf("the control: %v (%s), expected was %v", got, shortened(got.full), a.control.expect)
		}
	}
	return o
}

// attempt makes the attack, which has to fail.
func (r *attackRun) attempt(t *testing.T, o *attackOutcome) {
	a := r.attack
	slack := *attackSlack
	if raceDetector {
		slack *= raceSlowdown
	}
	r.alone.RLock()
	seen := r.trial(t, a.setup, a.expect)
	r.alone.RUnlock()
	for try := 1; seen.late > slack && try < lateTries; try++ {
		// The machine may have been too busy, with other attacks for one.
		t.Logf("it ended %v after its deadline, with %v; now alone", seen.late, seen.endings)
		r.alone.Lock()
		seen = r.trial(t, a.setup, a.expect)
		r.alone.Unlock()
	}
	o.got, o.took, o.peak = fmt.Sprint(seen.endings), seen.took, seen.peak
	for _, got := range seen.endings {
		switch {
		case got.kind == "untyped":
			t.Errorf("an error of no type of this package: %s", got.full)
		case strings.Contains(got.full, "ESCAPED"):
			t.Errorf("it escaped: %s", shortened(got.full))
		case !a.expect.forBuild().allows(got):
			t.Errorf("%v (%s), expected was %v", got, got.full, a.expect)
		}
	}
	if seen.late > slack {
		t.Errorf("it ended %v after its deadline, and was late %d times", seen.late, lateTries)
	}
	if a.setup.memory > 0 && !raceDetector {
		// Go's records of its heap, its bitmaps and spans, are beside it, in
		// addresses that were reserved before.
		records := a.setup.memory / 32
		limit := a.setup.memory + records + r.baseline + sandbox.DataHeadroom + int64(sandbox.ThreadHeadroom())
		if seen.peak > limit {
			t.Errorf("it used %d MiB of memory, %d MiB is the most that it may", seen.peak>>20, limit>>20)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), testTime)
	defer cancel()
	if out, err := r.neighbour.Call(ctx, a.name); err != nil || len(out) != 1 || out[0] != a.name {
		t.Errorf("another worker answered %v, %v", out, err)
	}
}

// A sighting is what was seen of one worker.
type sighting struct {
	endings []ending      // different ones, in the order in which they came
	took    time.Duration // the start, or the longest call
	late    time.Duration // after the deadline; negative if before
	peak    int64
}

// trial starts a worker with a setup, makes the calls and ends the worker.
func (r *attackRun) trial(t *testing.T, s setup, expect expectation) *sighting {
	s.time, s.start = expect.patience(false, s.time), expect.patience(true, s.start)
	seen := &sighting{}
	opts, err := s.options(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	// What is loaded is waited for by the first call, so that it can be looked
	// at meanwhile.
	opts.NoWait = true
	began := time.Now()
	w, err := Start(context.Background(), r.attack.script, opts)
	if err != nil {
		seen.endings = []ending{endingOf(true, nil, err)}
		return seen
	}
	watch := watchMemory(w)
	defer func() {
		select {
		case <-w.Done():
		default:
			if err := w.Close(); err != nil && !errors.As(err, new(*ExitError)) && !errors.As(err, new(*LimitError)) {
				t.Logf("closed: %v", err)
			}
		}
		w.Close() // waits for the callbacks
		seen.peak = watch.end()
	}()
	<-w.booted
	if w.bootErr != nil {
		seen.took = time.Since(began)
		seen.late = seen.took - s.start
		<-w.done
		seen.endings = []ending{endingOf(true, nil, w.bootErr)}
		return seen
	}
	var mu sync.Mutex
	var calls sync.WaitGroup
	for i := range s.calls {
		calls.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), s.time)
			defer cancel()
			made := time.Now()
			out, err := w.Call(ctx, i+1, r.dir)
			took := time.Since(made)
			got := endingOf(false, out, err)
			mu.Lock()
			defer mu.Unlock()
			seen.took = max(seen.took, took)
			seen.late = seen.took - s.time
			if !slices.ContainsFunc(seen.endings, func(e ending) bool { return e.kind == got.kind && e.arg == got.arg }) {
				seen.endings = append(seen.endings, got)
			}
		})
	}
	calls.Wait()
	return seen
}

// A memoryWatch looks at how much memory a worker uses.
type memoryWatch struct {
	stop, done chan struct{}
	peak       int64
}

func watchMemory(w *Worker) *memoryWatch {
	m := &memoryWatch{stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(m.done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-m.stop:
				return
			case <-w.Done():
				return
			case <-tick.C:
				m.peak = max(m.peak, residentPeak(w.PID()))
			}
		}
	}()
	return m
}

func (m *memoryWatch) end() int64 {
	close(m.stop)
	<-m.done
	return m.peak
}

// residentPeak is the most memory that a process has used, in bytes; 0 if it is
// gone.
func residentPeak(pid int) int64 { return statusBytes(pid, "VmHWM:") }

// statusBytes is a size that /proc tells of a process; 0 if it is gone.
func statusBytes(pid int, name string) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), name)
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kib, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}

// unreadPages is how much of the program and its libraries a worker has not in
// memory yet, in bytes. What it has mapped of them is as much as this process has,
// whose list of mappings everybody may read.
func unreadPages(t *testing.T, pid int) int64 {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	var size int64
	for line := range strings.Lines(string(maps)) {
		var from, to uint64
		if _, err := fmt.Sscanf(line, "%x-%x", &from, &to); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if strings.Contains(line, " /") { // a file
			size += int64(to - from)
		}
	}
	return size - statusBytes(pid, "RssFile:")
}

// A census counts what an attack could leave behind in this process.
type census struct {
	goroutines, descriptors int
	heap                    int64
}

func takeCensus(t *testing.T) census {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return census{runtime.NumGoroutine(), len(fds), int64(m.HeapAlloc)}
}

// heapFlat is by how much the heap may differ that is left of some hundred
// workers: pools, and the table of outcomes.
const heapFlat = 8 << 20

// compare waits for things to be as they were, and complains if they do not get
// to be.
func (before census) compare(t *testing.T) {
	t.Helper()
	var after census
	for range 100 {
		after = takeCensus(t)
		if after.goroutines <= before.goroutines && after.descriptors <= before.descriptors && after.heap <= before.heap+heapFlat {
			break
		}
		time.Sleep(20 * time.Millisecond) // they are about to end: nothing to wait on
	}
	if after.goroutines > before.goroutines {
		t.Errorf("%d goroutines are left over", after.goroutines-before.goroutines)
	}
	if after.descriptors > before.descriptors {
		t.Errorf("%d descriptors are left over", after.descriptors-before.descriptors)
	}
	if after.heap > before.heap+heapFlat {
		t.Errorf("the heap grew from %d to %d KiB", before.heap>>10, after.heap>>10)
	}
	if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); !errors.Is(err, syscall.ECHILD) {
		t.Errorf("a process is left over: wait4 returned %d, %v", pid, err)
	}
	t.Logf("before and after: goroutines %d, %d; descriptors %d, %d; heap %d, %d KiB", before.goroutines, after.goroutines, before.descriptors, after.descriptors, before.heap>>10, after.heap>>10)
}

// attackFixture makes the files that attacks are after. What holds ESCAPED must
// not be read, and what a script is granted is in "granted".
func attackFixture(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	must(os.MkdirAll(at("granted/folder"), 0o755))
	must(os.MkdirAll(at("secret"), 0o755))
	must(os.WriteFile(at("granted/file"), []byte("granted"), 0o644))
	must(os.WriteFile(at("secret/key"), []byte("ESCAPED"), 0o644))
	must(os.WriteFile(at("secret/spare"), []byte("ESCAPED"), 0o644)) // to be moved, while others read the key
	must(os.Symlink("../secret/key", at("granted/link")))
	must(os.Symlink(at("secret/key"), at("granted/absolute")))
	must(os.Symlink("../secret", at("granted/out")))
	must(os.Symlink("/proc/self/environ", at("granted/environ")))
	must(os.Symlink("/dev/zero", at("granted/zero")))
	must(os.Symlink("loop", at("granted/loop")))
	must(os.Link(at("secret/key"), at("granted/hard")))
	must(syscall.Mkfifo(at("granted/fifo"), 0o644))
	return dir
}

func attackTable(outcomes []*attackOutcome) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "\nattack\tmechanism\texpected\tgot\tms\tMiB\tcontrol\n")
	failed := 0
	for _, o := range outcomes {
		if o == nil { // its test was left out by -run
			continue
		}
		name := o.attack.name
		if o.failed {
			name, failed = "FAIL "+name, failed+1
		}
		brief := func(s string) string {
			s = strings.Join(strings.Fields(s), " ")
			if len(s) > 60 {
				s = strings.ToValidUTF8(s[:60], "") + "..."
			}
			return s
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%s\n", name, brief(o.attack.mechanism), brief(o.attack.expect.String()), brief(o.got), o.took.Milliseconds(), o.peak>>20, brief(o.control))
	}
	w.Flush()
	fmt.Fprintf(&b, "%d attacks, %d failures\n", len(outcomes), failed)
	return b.String()
}
