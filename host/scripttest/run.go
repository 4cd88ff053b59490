package scripttest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"scripthost.example/host"
)

// The functions of a worker with tests.
const (
	prefix   = "runner.test."
	listTool = prefix + "list"
	runTool  = prefix + "run"
	fakeTool = prefix + "fake"
)

// A run is one run of the tests of a file.
type run struct {
	Options
	file   string
	script *host.Script
	lock   chan struct{} // of capacity 1: held while a callback runs
	kept   int           // octets of the failures of all tests, about
	late   int           // suites that failed behind their tests
}

// Run runs the tests of a file, and tells of each. It returns the results in the
// order of the file, and an error if its tests could not be found: because it does
// not load, for example. Tests that fail are no error. If ctx ends, the tests that
// have not been run are missing, and the error is that of ctx.
func Run(ctx context.Context, file string, opts *Options) ([]Result, error) {
	r := &run{Options: opts.withDefaults(file), file: file, lock: make(chan struct{}, 1)}
	var err error
	if r.Root, err = filepath.Abs(r.Root); err != nil {
		return nil, err
	}
	if r.script, err = host.Open(file); err != nil {
		return nil, err
	}
	s, err := r.start(ctx)
	if err != nil {
		return nil, err
	}
	tests, err := s.list(ctx)
	if err != nil {
		s.end()
		return nil, err
	}
	return r.runAll(ctx, s, tests)
}

// call calls a callback, one at a time.
func (r *run) call(fn func()) {
	r.lock <- struct{}{}
	defer func() { <-r.lock }()
	fn()
}

func (r *run) onLog(script string) func(host.LogRecord) {
	return func(l host.LogRecord) {
		if r.OnLog != nil {
			r.call(func() { r.OnLog(script, l) })
		}
	}
}

// runAll runs the tests that are selected, in as many workers as it takes: one
// that a test has left unusable is replaced.
func (r *run) runAll(ctx context.Context, s *session, tests []Test) ([]Result, error) {
	results := make([]Result, 0, len(tests))
	byID := make(map[int]Result, len(tests))
	report := func(result Result) {
		if r.OnResult != nil {
			r.call(func() { r.OnResult(result) })
		}
	}
	var left []Test
	for _, t := range tests {
		switch {
		case r.Filter != nil && !r.Filter.MatchString(strings.Join(t.Name, " ")):
		case t.mode == "run":
			left = append(left, t)
		default:
			status := Skipped
			if t.mode == "todo" {
				status = Todo
			}
			byID[t.id] = Result{Test: t, Status: status}
			report(byID[t.id])
		}
	}
	var late []Result
	var err error
	for len(left) > 0 {
		if s == nil {
			if s, err = r.start(ctx); err != nil {
				break
			}
		}
		p := newProgress(s, left, report)
		usable := p.run(ctx)
		for _, result := range p.results {
			byID[result.id] = result
		}
		late = append(late, p.late...)
		if err = ctx.Err(); err != nil {
			break
		}
		left = slices.DeleteFunc(left, func(t Test) bool { _, done := byID[t.id]; return done })
		if !usable {
			s.end()
			s = nil
		} else if len(left) > 0 { // it has not run what it was asked to
			err = fmt.Errorf("%s: %w: %d tests were not run", r.file, host.ErrProtocol, len(left))
			break
		}
	}
	if s != nil {
		s.end()
	}
	for _, t := range tests {
		if result, ok := byID[t.id]; ok {
			results = append(results, result)
		}
	}
	return append(results, late...), err
}

// A session is a worker with the tests, and those that they have loaded.
type session struct {
	*run
	worker *host.Worker
	bench  *bench
}

func (r *run) start(ctx context.Context) (*session, error) {
	s := &session{run: r}
	s.bench = &bench{run: r, session: s}
	grants := r.Grants
	grants.Modules = append(slices.Clone(grants.Modules), r.Root)
	var err error
	s.worker, err = host.Start(ctx, r.script, &host.Options{
		Function:   listTool,
		Async:      true,
		Serialiser: host.CBOR,
		Host:       s.bench.functions(),
		Grants:     grants,
		Sandbox:    r.Sandbox,
		Limits:     host.Limits{Memory: r.Memory, Start: max(host.DefaultStart, r.Timeout)},
		Tools:      host.Tools{Test: true, Coverage: r.Coverage != nil},
		OnEvent:    func(host.Event) {},
		OnError:    func(error) {}, // of its end: the call that runs says so, too
		OnLog:      r.onLog(r.file),
		OnModule:   r.OnModule,
		Audit:      r.Audit,
		Logger:     silent,
	})
	return s, err
}

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))

func (s *session) end() {
	s.bench.end()
	s.Coverage.collect(context.Background(), s.run, s.worker)
	s.worker.Kill()
	<-s.worker.Done()
}

// What is taken of the tests of a file.
const (
	maxTests = 100_000
	maxNames = 100
	maxText  = 1 << 20  // octets of a name, a message or a value
	maxKept  = 64 << 20 // octets of all failures
)

// list returns the tests of the file.
func (s *session) list(ctx context.Context) ([]Test, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	out, err := s.worker.Call(ctx)
	if err != nil {
		return nil, err
	}
	items, ok := only(out).([]any)
	if !ok || len(items) > maxTests {
		return nil, s.broken("did not list its tests")
	}
	tests := make([]Test, 0, len(items))
	for i, item := range items {
		o := object{item}
		t := Test{File: s.file, id: i, mode: o.text("mode"), At: o.frame()}
		names := o.list("name")
		for _, name := range names[:min(len(names), maxNames)] {
			t.Name = append(t.Name, textOf(name))
		}
		t.timeout = s.Timeout
		if ms := o.number("timeout"); ms > 0 {
			t.timeout = time.Duration(min(ms, 1e12) * float64(time.Millisecond))
		}
		if len(t.Name) == 0 {
			return nil, s.broken("has a test without a name")
		}
		tests = append(tests, t)
	}
	return tests, nil
}

func (s *session) broken(what string) error {
	return fmt.Errorf("%s: %w: the worker %s", s.file, host.ErrProtocol, what)
}

// A progress is the run of some tests in one worker.
type progress struct {
	*session
	tests   []Test
	byID    map[int]*Test // those that have no result yet
	report  func(Result)
	results []Result
	late    []Result

	running *Test
	begun   time.Time
	limit   *time.Timer
	expired bool
}

func newProgress(s *session, tests []Test, report func(Result)) *progress {
	p := &progress{session: s, tests: tests, byID: make(map[int]*Test, len(tests)), report: report}
	for i := range tests {
		p.byID[tests[i].id] = &tests[i]
	}
	return p
}

// run runs the tests, and reports whether the worker is good for more.
func (p *progress) run(ctx context.Context) (usable bool) {
	given := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ids := make([]any, len(p.tests))
	for i, t := range p.tests {
		ids[i] = int64(t.id)
	}
	// What is run before the first test has the time of a test, too.
	expired := make(chan struct{})
	p.limit = time.AfterFunc(p.Timeout, func() {
		close(expired)
		cancel()
	})
	defer p.limit.Stop()
	for ev, err := range p.worker.Function(runTool).Stream(ctx, ids) {
		switch {
		case err != nil:
			select {
			case <-expired:
				p.expired = true
			default:
				if given.Err() != nil {
					return false // the test that runs is missing, as are those behind it
				}
			}
			p.failed(err)
			return false
		case ev.Result:
			return true
		default:
			if !p.event(ev.Args) {
				p.failed(p.broken("told of a test what is not so"))
				return false
			}
		}
	}
	return false
}

// event takes what the worker tells, and reports whether it can be so.
func (p *progress) event(args []any) bool {
	if len(args) < 2 {
		return false
	}
	switch args[0] {
	case "begin":
		t := p.find(args[1])
		if t == nil || p.running != nil {
			return false
		}
		p.running, p.begun = t, time.Now()
		p.limit.Reset(t.timeout)
		if p.OnStart != nil {
			p.call(func() { p.OnStart(*t) })
		}
	case "end":
		t := p.find(args[1])
		if t == nil || t != p.running || len(args) < 3 {
			return false
		}
		skipped := len(args) > 3 && args[3] == true // by itself
		p.finish(p.keep(failuresOf(args[2])), skipped)
		p.limit.Reset(p.Timeout) // of what is run after the suite
	case "suite":
		if len(args) != 3 || p.running != nil || p.session.late >= maxTests {
			return false
		}
		p.session.late++
		name, _ := args[1].([]any)
		if p.session.kept += sizeOf(args[1]); p.session.kept > maxKept {
			return false // names as long as that nobody has
		}
		r := Result{Test: Test{File: p.file, id: -1}, Status: Failed, Failures: p.keep(failuresOf(args[2]))}
		for _, part := range name[:min(len(name), maxNames)] {
			r.Name = append(r.Name, textOf(part))
		}
		r.Name = append(r.Name, "afterAll")
		p.late = append(p.late, r)
		p.report(r)
	default:
		return false
	}
	return true
}

// keep returns failures for a result, which is kept until the end. What would be too
// much of all tests together is left out.
func (r *run) keep(failures []Failure) []Failure {
	for i, f := range failures {
		size := sizeOfFailure(f)
		if r.kept+size > maxKept {
			failures[i] = Failure{Kind: "limit", Message: fmt.Sprintf("it failed; why is left out, as the failures of this file take more than %d MiB", maxKept>>20)}
			return failures[:i+1]
		}
		r.kept += size
	}
	return failures
}

func sizeOfFailure(f Failure) int {
	const each = 64
	size := each + len(f.Kind) + len(f.Message) + len(f.Expected) + len(f.Actual)
	for _, frame := range f.Stack {
		size += each + len(frame.Function) + len(frame.File)
	}
	return size
}

// find returns the test of that number, if it is to be run and has not been.
func (p *progress) find(id any) *Test {
	n := numberOf(id)
	if n != math.Trunc(n) || math.Abs(n) > maxTests { // NaN, too
		return nil
	}
	return p.byID[int(n)]
}

// finish notes what came of the test that runs.
func (p *progress) finish(failures []Failure, skipped bool) {
	r := Result{Test: *p.running, Status: Passed, Time: time.Since(p.begun), Failures: failures}
	if len(failures) > 0 {
		r.Status = Failed
	} else if skipped {
		r.Status = Skipped
	}
	p.running = nil
	delete(p.byID, r.id)
	p.results = append(p.results, r)
	p.report(r)
}

// failed is called when the worker cannot go on. The test that runs has failed
// then; or if none does, the next, since nothing else would tell of it.
func (p *progress) failed(err error) {
	f := failureOf(err)
	if f.Kind == "script" && !p.expired && p.script.Language() != host.Lua {
		f.Message += " (nothing handled it: is an await missing?)"
	}
	if p.expired {
		f.Kind = "timeout"
		f.Message = fmt.Sprintf("it did not end within %v", p.Timeout)
		if p.running != nil {
			f.Message = fmt.Sprintf("it did not end within %v", p.running.timeout)
		}
	}
	if p.running == nil {
		f.Message += " (outside of tests: before or after a suite)"
		next := slices.IndexFunc(p.tests, func(t Test) bool { return p.byID[t.id] != nil })
		if next < 0 { // it was behind the last one
			r := Result{Test: Test{File: p.file, Name: []string{"afterAll"}, id: -1}, Status: Failed, Failures: []Failure{f}}
			p.late = append(p.late, r)
			p.report(r)
			return
		}
		p.running, p.begun = &p.tests[next], time.Now()
	}
	p.finish([]Failure{f}, false)
}

// failureOf is an error of a worker's as a failure.
func failureOf(err error) Failure {
	f := Failure{Kind: "exit", Message: err.Error()}
	var (
		script    *host.ScriptError
		call      *host.CallError
		limit     *host.LimitError
		denied    *host.DeniedError
		serialise *host.SerialiseError
	)
	switch {
	case errors.As(err, &script):
		f.Kind, f.Message, f.Stack = "script", script.Message, script.Stack
	case errors.As(err, &limit):
		f.Kind, f.Message, f.Stack = "limit", limit.Message, limit.Stack
	case errors.As(err, &denied):
		f.Kind, f.Message, f.Stack = "denied", denied.Message, denied.Stack
	case errors.As(err, &serialise):
		f.Kind, f.Message, f.Stack = "serialise", serialise.Message, serialise.Stack
	case errors.As(err, &call):
		f.Kind, f.Stack = call.Kind, call.Stack
		if call.Message != "" {
			f.Message = call.Message
		}
	}
	return f
}
