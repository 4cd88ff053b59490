package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
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
	last      uint64 // where the last call stands that is to be made; 0 is the end

	mu      sync.Mutex // guards what follows
	out     output
	diag    *diagnostics
	numbers *callNumbers
	status  int
	failed  bool // a host call was not that of the record, or the record cannot be read any more
	ended   bool // by a signal
	// untraced is the exit status if the trace cannot be written, or 0.
	untraced int
	worker   *host.Worker
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
		if err := r.runWorker(ctx, worker); err != nil {
			return 0, err
		}
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
	if shown := uint64(r.flags.call.value); shown > 0 {
		row, err := r.record.call(shown)
		if err == nil && row.Sent == 0 {
			err = replayUsage("", "the record %s has no call %d", quoted(r.record.name), shown)
		}
		r.last = row.Sent
		return []int{int(row.Worker)}, err
	}
	if workers := r.record.workerNumbers(); len(workers) > 0 {
		return workers, nil
	}
	return []int{1}, nil // it was loaded, at least
}

// runWorker runs the calls of one worker. A call is made as soon as all those have been
// answered that were so then. An error is one of usage: the record is broken.
func (r *replay) runWorker(ctx context.Context, worker int) error {
	// One that the worker has not run may have been sent to another one.
	made := func(row callRow) bool {
		return row.Worker == uint64(worker) && (r.last == 0 || row.Sent <= r.last)
	}
	numbers := new(callNumbers)
	answers, err := newRecordedAnswers(r.record, worker, made, numbers, r.fail, r.note)
	if err != nil {
		return err
	}
	defer answers.close()
	opts := r.opts
	opts.Intercept = answers.answer
	r.observers.options(&opts)
	r.mu.Lock()
	r.numbers = numbers
	r.mu.Unlock()
	w, err := host.Start(ctx, r.script, &opts)
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		if !r.failed && !r.ended {
			r.diag.report(err)
			r.status = max(r.status, startStatus(err))
		}
		return nil
	}
	r.mu.Lock()
	r.worker = w
	stopped := r.failed || r.ended || r.untraced != 0
	r.mu.Unlock()
	if stopped {
		w.Kill()
	}
	if err := r.makeCalls(w, worker, made); err != nil && err != errStopped {
		r.fail(err)
	}
	// What it has to say is told of already, by onError and by its calls.
	_ = w.Close()
	if r.stopped() {
		return nil
	}
	err = answers.eachUnmade(worker, func(call uint64, row callRow) {
		if r.shows(call) {
			r.differs(call, "made %d host calls, and %d in the record", row.Made, row.All)
		}
	})
	if err != nil {
		r.fail(err)
	}
	return nil
}

// errStopped is why no more calls are made.
var errStopped = errors.New("the replay is stopped")

// makeCalls makes the calls of a worker.
func (r *replay) makeCalls(w *host.Worker, worker int, made func(callRow) bool) error {
	count := uint64(0)
	answered := make(map[uint64]<-chan struct{}) // of calls that have no answer yet in what was read of the record
	var before []<-chan struct{}                 // of those that are answered before the next one is made
	return r.record.eachHead(worker, func(h *lineHead, at *recordScanner) error {
		switch {
		case h.Host != "":
			return nil
		case !h.sent():
			if c := answered[h.Call]; c != nil {
				before = append(before, c)
				delete(answered, h.Call)
			}
			return nil
		}
		row, err := r.record.call(h.Call)
		if err != nil || row.Sent != uint64(at.start) || !made(row) {
			return err
		}
		for _, b := range before {
			<-b
		}
		before = nil
		if r.stopped() {
			return errStopped
		}
		var l recordLine
		if err := json.Unmarshal(at.text, &l); err != nil || l.check() != nil {
			return r.record.changed(err)
		}
		count++
		answered[h.Call] = r.make(w, count, h.Call, plainValues(*l.Args))
		return nil
	})
}

// make makes a call, the worker's made-th. The channel is closed once it is answered.
func (r *replay) make(w *host.Worker, made, number uint64, args []any) <-chan struct{} {
	answered := make(chan struct{})
	r.mu.Lock()
	r.numbers.add(made, number)
	if r.shows(number) {
		r.out.begin(number)
	}
	r.mu.Unlock()
	r.observers.made(made, number, args)
	w.Go(func(results []any, err error) {
		defer close(answered)
		r.mu.Lock()
		if r.failed || r.ended || r.untraced != 0 { // which is why
			r.mu.Unlock()
			return
		}
		r.observers.answered(made, results, err)
		if !r.shows(number) {
			r.mu.Unlock()
			return
		}
		failure := err
		if err == nil {
			failure = r.out.result(number, results)
		}
		if failure != nil {
			r.status = max(r.status, statusOf(failure))
			r.out.failure(number, failure)
		}
		r.mu.Unlock()
		r.compare(number, results, err)
	}, args...)
	return answered
}

func (r *replay) shows(number uint64) bool {
	return r.flags.call.value == 0 || number == uint64(r.flags.call.value)
}

// compare says so if a call did not come out as in the record.
func (r *replay) compare(number uint64, results []any, err error) {
	row, failed := r.record.call(number)
	if failed == nil && row.Answer == 0 {
		r.note(fmt.Sprintf("note: the record has no answer of call %d", number))
		return
	}
	var was recordLine
	if failed == nil {
		was, failed = r.record.line(int64(row.Answer))
	}
	if failed != nil {
		r.fail(failed)
		return
	}
	if is := newAnswer(results, err); !sameAnswer(&was, is) {
		r.differs(number, "came out otherwise:\n    in the record: %s\n    now:           %s", answerText(&was), answerText(is))
	}
}

// differs tells what is different of a call.
func (r *replay) differs(number uint64, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = max(r.status, exitFailed)
	r.diag.note(fmt.Sprintf("call %d ", number) + fmt.Sprintf(format, args...))
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

// fail ends the run: at a host call that the record has not, or since the record
// cannot be read any more.
func (r *replay) fail(err error) {
	r.mu.Lock()
	r.failed = true
	r.status = max(r.status, exitFailed)
	r.diag.note(err.Error())
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
	return r.failed || r.ended || r.untraced != 0 || r.out.err() != nil
}

func (r *replay) onEvent(ev host.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.observers.event(ev.Call, ev.Args)
	number := r.numbers.of(ev.Call)
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
	if !r.failed && !r.ended && r.untraced == 0 {
		r.status = max(r.status, statusOf(err))
		r.diag.report(err)
	}
}

func (r *replay) onLog(l host.LogRecord) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.diag.log(l)
}
