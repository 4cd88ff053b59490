package js

import (
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// microtasks are the jobs of promises that are to run before the VM is left.
// goja queues them, in internals.jobs; they are run here instead, for two
// reasons. goja drops all of them when one is stopped, also those of calls that
// are not concerned. And a job that goja makes when a promise is resolved with
// another promise is the one thing that it does not tell its context tracker
// of; here, it belongs to the call whose code queued it.
type microtasks struct {
	// calls are those to which the jobs in the queue belong. It may be shorter
	// than the queue, by the jobs that running code has added.
	calls []*engine.Call

	// spared are the jobs that a stop kept from running.
	spared      []func()
	sparedCalls []*engine.Call

	// The memory of the queue before this one.
	freeJobs  []func()
	freeCalls []*engine.Call
}

// drain runs the microtasks until none are left.
func (v *vm) drain() {
	m := &v.micro
	entered := v.ctx
	v.queuedBy(entered.call)
	if len(m.spared) > 0 {
		*v.in.jobs, m.calls = append(m.spared, *v.in.jobs...), append(m.sparedCalls, m.calls...)
		m.spared, m.sparedCalls = nil, nil
	}
	for len(*v.in.jobs) > 0 {
		jobs, calls := *v.in.jobs, m.calls
		*v.in.jobs, m.calls = m.freeJobs[:0], m.freeCalls[:0]
		m.freeJobs, m.freeCalls = nil, nil
		v.runJobs(jobs, calls)
		clear(jobs)
		clear(calls)
		m.freeJobs, m.freeCalls = jobs, calls
	}
	v.ctx = entered
}

func (v *vm) runJobs(jobs []func(), calls []*engine.Call) {
	next := 0
	defer func() { // which are none, unless a job was stopped
		v.micro.spared = append(v.micro.spared, jobs[next:]...)
		v.micro.sparedCalls = append(v.micro.sparedCalls, calls[next:]...)
	}()
	for next < len(jobs) {
		v.ctx = context{call: calls[next]}
		job := jobs[next]
		next++
		job()
		v.queuedBy(v.ctx.blame())
	}
}

// queuedBy tells that the jobs added to the queue since the last time are c's.
func (v *vm) queuedBy(c *engine.Call) {
	for len(v.micro.calls) < len(*v.in.jobs) {
		v.micro.calls = append(v.micro.calls, c)
	}
}

// spareRest keeps what is in the queue for the time after a stop.
func (v *vm) spareRest() {
	m := &v.micro
	v.queuedBy(v.ctx.blame())
	m.spared, m.sparedCalls = append(m.spared, *v.in.jobs...), append(m.sparedCalls, m.calls...)
	m.calls = m.calls[:0]
}

// forsake drops the spared jobs of calls: what was stopped is not to go on. A
// job that follows a promise belongs to the call that asked for it, and goja
// tells only when it runs it; one that resolves a promise with a thenable
// belongs to the call that queued it.
func (v *vm) forsake(calls ...*engine.Call) {
	m := &v.micro
	jobs, owners := m.spared, m.sparedCalls
	m.spared, m.sparedCalls = nil, nil
	for i, job := range jobs {
		spared := job
		if !isThenableJob(job) {
			spared = func() { v.runUnless(calls, job) }
		} else if slices.Contains(calls, owners[i]) {
			continue
		}
		m.spared, m.sparedCalls = append(m.spared, spared), append(m.sparedCalls, owners[i])
	}
}

// forsaken is what context.Resumed panics with, before goja has begun anything.
type forsaken struct{}

// runUnless runs a job unless it belongs to one of calls.
func (v *vm) runUnless(calls []*engine.Call, job func()) {
	defer func() {
		if x := recover(); x != nil && x != (forsaken{}) {
			panic(x)
		}
	}()
	v.ctx.forsaken = calls
	job()
}

func isThenableJob(job func()) bool {
	code := runtime.FuncForPC(reflect.ValueOf(job).Pointer())
	return code != nil && strings.Contains(code.Name(), "newPromiseResolveThenableJob")
}

// resumeSpared sees to it that the spared microtasks run.
func (v *vm) resumeSpared() {
	if len(v.micro.spared) > 0 && v.stop.Load() == nil {
		v.services.Post(nil, func() { v.run(nil, noop, goja.FunctionCall{}) })
	}
}

func noop(goja.FunctionCall) goja.Value { return nil }
