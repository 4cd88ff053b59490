package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"

	"scripthost.example/host"
)

// A replay is one run of a record: of each of its workers, one after the other.
type replay struct {
	flags     *replayFlags
	record    *record
	script    *host.Script
	opts      host.Options
	custom    *fileSerialiser
	observers *observers

	mu      sync.Mutex // guards what follows
	out     output
	diag    *diagnostics
	numbers map[uint64]uint64 // of the worker's calls, in the record
	status  int
	differs bool // a host call was not that of the record
	ended   bool // by a signal
	// untraced is the exit status if the trace cannot be written, or 0.
	untraced int
	worker   *host.Worker
}

// A replayedCall is a call of the record, and what came of it.
type replayedCall struct {
	line     recordLine
	answer   *recordLine // in the record; nil if it has none
	made     bool
	answered chan struct{}
	results  []any
	err      error
}

// run replays all workers, or the one of the call that is to be shown.
func (r *replay) run() (int, error) {
	r.opts.OnEvent, r.opts.OnError, r.opts.OnLog = r.onEvent, r.onError, r.onLog
	workers, err := r.workers()
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	go func() {
		select {
		case sig := <-signals:
			r.mu.Lock()
			r.ended, r.status = true, signalStatus(sig)
			w := r.worker
			r.mu.Unlock()
			cancel()
			if w != nil {
				w.Kill()
			}
		case <-ctx.Done():
		}
	}()
	if r.custom != nil {
		if err := r.custom.start(ctx, &r.opts); err != nil {
			r.diag.report(err)
			return startStatus(err), nil
		}
		defer r.custom.close()
	}
	for _, worker := range workers {
		r.runWorker(ctx, worker)
		if r.stopped() {
			break
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch err := r.out.err(); {
	case r.ended:
	case r.untraced != 0:
		return max(r.status, r.untraced), nil
	case errors.Is(err, syscall.EPIPE):
		return exitBrokenPipe, nil
	case err != nil:
		r.diag.note(fmt.Sprintf("cannot write the results: %v", plainError(err)))
		return max(r.status, exitFailed), nil
	}
	return r.status, nil
}

// workers are the numbers of those to be run, in their order.
func (r *replay) workers() ([]int, error) {
	var workers []int
	shown := uint64(r.flags.call.value)
	ofShown := 0
	for _, l := range r.record.lines {
		if l.Worker > 0 && !slices.Contains(workers, l.Worker) {
			workers = append(workers, l.Worker)
		}
		if l.Args != nil && l.Call == shown {
			ofShown = l.Worker
		}
	}
	switch {
	case shown > 0 && ofShown == 0:
		return nil, replayUsage("", "the record %s has no call %d", quoted(r.record.name), shown)
	case shown > 0:
		return []int{ofShown}, nil
	case len(workers) == 0:
		return []int{1}, nil // it was loaded, at least
	}
	slices.Sort(workers)
	return workers, nil
}

// calls are those that a worker ran, and stay with it: one that it has not run may
// have been sent to another one.
func (r *replay) calls(worker int) map[uint64]*replayedCall {
	calls := make(map[uint64]*replayedCall)
	for _, l := range r.record.lines {
		switch c := calls[l.Call]; {
		case l.Args != nil && l.Worker == worker:
			calls[l.Call] = &replayedCall{line: l, answered: make(chan struct{})}
		case l.Args != nil:
			delete(calls, l.Call)
		case c != nil && (l.Result != nil || l.Error != nil):
			c.answer = &l
		}
	}
	return calls
}

// made are those of a worker's calls that are made: all, or those up to the one that is
// to be shown.
func (r *replay) made(calls map[uint64]*replayedCall, worker int) map[uint64]bool {
	made := make(map[uint64]bool)
	for _, l := range r.record.lines {
		if l.Args != nil && l.Worker == worker && calls[l.Call] != nil {
			made[l.Call] = true
			if l.Call == uint64(r.flags.call.value) {
				break
			}
		}
	}
	return made
}

// runWorker runs the calls of one worker. A call is made as soon as all those have been
// answered that were so then.
func (r *replay) runWorker(ctx context.Context, worker int) {
	calls := r.calls(worker)
	made := r.made(calls, worker)
	answers := newRecordedAnswers(r.record.lines, worker, func(call uint64) bool { return made[call] }, r.differ, r.note)
	opts := r.opts
	opts.Intercept = answers.answer
	r.observers.options(&opts)
	r.mu.Lock()
	r.numbers = make(map[uint64]uint64)
	r.mu.Unlock()
	w, err := host.Start(ctx, r.script, &opts)
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		if !r.differs && !r.ended {
			r.diag.report(err)
			r.status = max(r.status, startStatus(err))
		}
		return
	}
	r.mu.Lock()
	r.worker = w
	stopped := r.differs || r.ended || r.untraced != 0
	r.mu.Unlock()
	if stopped {
		w.Kill()
	}
	var list, before []*replayedCall // all that are made; those to be answered before the next one is
	for _, l := range r.record.lines {
		c := calls[l.Call]
		switch {
		case c == nil || l.Host != "":
			continue
		case l.Args == nil:
			if c.made {
				before = append(before, c)
			}
			continue
		case l.Worker != worker || c.made || !made[l.Call]:
			continue
		}
		for _, b := range before {
			<-b.answered
		}
		before = nil
		if r.stopped() {
			continue
		}
		c.made = true
		list = append(list, c)
		r.make(w, answers, uint64(len(list)), c)
	}
	// What it has to say is told of already, by onError and by its calls.
	_ = w.Close()
	if r.stopped() {
		return
	}
	for _, c := range list {
		r.compare(answers, c)
	}
}

// make makes a call, the worker's made-th.
func (r *replay) make(w *host.Worker, answers *recordedAnswers, made uint64, c *replayedCall) {
	number, args := c.line.Call, plainValues(*c.line.Args)
	answers.number(made, number)
	r.mu.Lock()
	r.numbers[made] = number
	if r.shows(number) {
		r.out.begin(number)
	}
	r.mu.Unlock()
	r.observers.made(made, number, args)
	w.Go(func(results []any, err error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		defer close(c.answered)
		c.results, c.err = results, err
		if r.differs || r.ended || r.untraced != 0 { // which is why
			return
		}
		r.observers.answered(made, results, err)
		if !r.shows(number) {
			return
		}
		if err == nil {
			err = r.out.result(number, results)
		}
		if err != nil {
			r.status = max(r.status, statusOf(err))
			r.out.failure(number, err)
		}
	}, args...)
}

func (r *replay) shows(number uint64) bool {
	return r.flags.call.value == 0 || number == uint64(r.flags.call.value)
}

// compare says so if a call did not come out as in the record.
func (r *replay) compare(answers *recordedAnswers, c *replayedCall) {
	number := c.line.Call
	if !r.shows(number) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	differs := func(format string, args ...any) {
		r.status = max(r.status, exitFailed)
		r.diag.note(fmt.Sprintf("call %d ", number) + fmt.Sprintf(format, args...))
	}
	if made, all := answers.unused(number); made < all {
		differs("made %d host calls, and %d in the record", made, all)
	}
	if c.answer == nil {
		r.diag.note(fmt.Sprintf("note: the record has no answer of call %d", number))
		return
	}
	was, is := answerText(c.answer), answerText(newAnswer(c.results, c.err))
	if !sameAnswer(c.answer, newAnswer(c.results, c.err)) {
		differs("came out otherwise:\n    in the record: %s\n    now:           %s", was, is)
	}
}

func newAnswer(results []any, err error) *recordLine {
	if err != nil {
		return &recordLine{Error: newReport(err)}
	}
	list := recordValues(results)
	return &recordLine{Result: &list}
}

// sameAnswer compares answers. What is said of the end of a process, and of times that
// are up, is never quite the same.
func sameAnswer(a, b *recordLine) bool {
	if a.Error == nil || b.Error == nil {
		return a.Error == nil && b.Error == nil && sameValues(plainValues(*a.Result), plainValues(*b.Result))
	}
	switch a.Error.Kind {
	case "script", "denied", "serialise":
		return a.Error.Kind == b.Error.Kind && a.Error.Message == b.Error.Message
	}
	return a.Error.Kind == b.Error.Kind
}

func answerText(l *recordLine) string {
	if l.Error != nil {
		return "an error of kind " + l.Error.Kind + ": " + oneLine(l.Error.Message)
	}
	return "(" + shown(plainValues(*l.Result)) + ")"
}

// differ ends the run at a host call that the record has not.
func (r *replay) differ(d *difference) {
	r.mu.Lock()
	r.differs = true
	r.status = max(r.status, exitFailed)
	r.diag.note(d.Error())
	w := r.worker
	r.mu.Unlock()
	if w != nil {
		go w.Kill()
	}
}

func (r *replay) note(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.diag.note(text)
}

// traceFailed ends the run, as session.traceFailed does.
func (r *replay) traceFailed(err error) {
	go func() {
		r.mu.Lock()
		r.untraced = untracedStatus(err)
		w := r.worker
		r.mu.Unlock()
		if w != nil {
			w.Kill()
		}
	}()
}

func (r *replay) stopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.differs || r.ended || r.untraced != 0 || r.out.err() != nil
}

func (r *replay) onEvent(ev host.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.observers.event(ev.Call, ev.Args)
	number := r.numbers[ev.Call]
	if ev.Call != 0 && !r.shows(number) {
		return
	}
	if err := r.out.event(number, ev.Args); err != nil {
		r.diag.note(fmt.Sprintf("an event cannot be written: %v", err))
	}
}

func (r *replay) onError(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.differs && !r.ended && r.untraced == 0 {
		r.status = max(r.status, statusOf(err))
		r.diag.report(err)
	}
}

func (r *replay) onLog(l host.LogRecord) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.diag.log(l)
}
