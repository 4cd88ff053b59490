package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"scripthost.example/host"
)

// moduleFunction is the host function that serves files of a script.
const moduleFunction = "runner.module.first"

// answerPatience is how long the answer of a host call waits for that of another one,
// which came before it in the record, until it is given all the same: longer than a busy
// machine needs for a script to ask for that.
const answerPatience = 5 * time.Second

// recordedAnswers answer the host calls of one worker from a record. Those of a call
// have to come in the order of the record, and all are answered in the order in which
// they were then. Files of the script are served whenever they are asked for.
type recordedAnswers struct {
	record *record
	calls  *callNumbers
	fail   func(error) // told of the first host call that is another one, or cannot be looked up
	note   func(string)
	all    uint64 // host calls of calls
	// patience is how long an answer waits for its turn.
	patience time.Duration

	mu      sync.Mutex // guards what follows
	next    uint64     // the host call of the worker whose turn it is
	turn    *sync.Cond
	rows    table[answerRow]         // by the numbers of host calls in the record
	waiting map[uint64]chan struct{} // closed when the script gets the answer of that number
	made    uint64                   // of all
	failed  bool
	closed  bool
}

// An answerRow is the answer of a host call. A row of zeros is none.
type answerRow struct {
	Line     uint64 // where it is in the record
	Call     uint64
	Before   uint64 // the host call whose answer the script got before this one; 0 is none
	Released uint64 // 1 once the script has got it
}

// A difference is a host call that is not what the record has.
type difference struct {
	call     uint64
	place    uint64 // of the host call among those of its call, from 1
	want     string
	got      string
	position string
}

func (d *difference) Error() string {
	whose := fmt.Sprintf("host call %d of call %d", d.place, d.call)
	if d.call == 0 {
		whose = fmt.Sprintf("host call %d of the script as a whole", d.place)
	}
	at := ""
	if d.position != "" {
		at = d.position + ": "
	}
	return fmt.Sprintf("the script does something else than in the record, at %s:\n    in the record: %s\n    now:           %s%s", whose, d.want, at, d.got)
}

// newRecordedAnswers looks up the host calls of a worker, of those of its calls that
// are made and of none. Its errors are for the user.
func newRecordedAnswers(r *record, worker int, made func(callRow) bool, calls *callNumbers, fail func(error), note func(string)) (*recordedAnswers, error) {
	a := &recordedAnswers{record: r, calls: calls, fail: fail, note: note, patience: answerPatience, next: 1, waiting: make(map[uint64]chan struct{})}
	a.turn = sync.NewCond(&a.mu)
	if err := r.setCall(0, callRow{}); err != nil {
		return nil, err
	}
	var before uint64
	err := r.eachHead(worker, func(h *lineHead, at *recordScanner) error {
		if h.Host == "" || h.Host == moduleFunction || h.Worker != worker {
			return nil
		}
		call, err := r.call(h.Call)
		if err != nil || h.Call != 0 && !made(call) {
			return err
		}
		row, err := a.rows.get(h.Number)
		if err == nil && row.Line != 0 {
			return r.broken(at.number, fmt.Errorf("host call %d of worker %d is in the record more than once", h.Number, worker))
		}
		if err == nil {
			err = a.rows.put(h.Number, answerRow{Line: uint64(at.start), Call: h.Call, Before: before})
		}
		if err != nil {
			return err
		}
		before = h.Number
		if h.Call != 0 {
			a.all++
		}
		if call.All++; call.Next == 0 || h.Number < call.Next {
			call.Next = h.Number
		}
		return r.setCall(h.Call, call)
	})
	if err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// close ends it. What is still on its way to the worker, which has ended, needs nothing
// of it any more.
func (a *recordedAnswers) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	a.rows.clear()
}

// answer is Options.Intercept.
func (a *recordedAnswers) answer(ctx context.Context, c host.HostCall, _ func() ([]any, error)) ([]any, error) {
	if c.Bundling {
		return a.module(0, c)
	}
	a.mu.Lock()
	for a.next != c.Number { // each has a goroutine, and gets here
		a.turn.Wait()
	}
	a.next++
	a.turn.Broadcast()
	call := a.calls.of(c.Call)
	if c.Name == moduleFunction {
		a.mu.Unlock()
		return a.module(call, c)
	}
	place, number, row, err := a.takeLocked(call)
	a.mu.Unlock()
	switch {
	case err != nil:
		return nil, a.stop(err, c)
	case number == 0 && place == 1:
		return nil, a.other(call, place, "none", c)
	case number == 0:
		return nil, a.other(call, place, "no more of them", c)
	}
	line, err := a.record.line(int64(row.Line))
	if err != nil {
		return nil, a.stop(err, c)
	}
	if line.Host != c.Name || !sameValues(plainValues(line.Given), c.Args) {
		return nil, a.other(call, place, line.hostCall(), c)
	}
	if err := a.await(ctx, row.Before); err != nil {
		return nil, err
	}
	go func() {
		<-c.Answered
		a.release(number)
	}()
	return line.answer()
}

// takeLocked finds the next host call of a call: its place among those, from 1, and its
// number, which is 0 if there are no more.
func (a *recordedAnswers) takeLocked(call uint64) (place, number uint64, row answerRow, err error) {
	if a.closed {
		return 0, 0, row, errStopped
	}
	c, err := a.record.call(call)
	if err != nil {
		return 0, 0, row, err
	}
	place = c.Made + 1
	if c.Made == c.All {
		return place, 0, row, nil
	}
	for number = c.Next; ; number++ { // there is one, as All says
		if row, err = a.rows.get(number); err != nil {
			return 0, 0, row, err
		}
		if row.Line != 0 && row.Call == call {
			break
		}
	}
	c.Made, c.Next = place, number+1
	if call != 0 {
		a.made++
	}
	return place, number, row, a.record.setCall(call, c)
}

// hostCall is the host call of a line as people read it.
func (l *recordLine) hostCall() string { return hostCallText(l.Host, plainValues(l.Given)) }

// answer is what the parent answered.
func (l *recordLine) answer() ([]any, error) {
	switch {
	case l.Thrown != nil:
		return nil, l.Thrown
	case l.Results != nil:
		return plainValues(*l.Results), nil
	}
	return nil, nil
}

// release notes that the script has got an answer.
func (a *recordedAnswers) release(number uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	if row, err := a.rows.get(number); err == nil {
		row.Released = 1
		_ = a.rows.put(number, row) // it was there to be written over
	}
	if waiting := a.waiting[number]; waiting != nil {
		close(waiting)
		delete(a.waiting, number)
	}
}

// released is closed when the script has got an answer.
func (a *recordedAnswers) released(number uint64) (<-chan struct{}, answerRow, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	row, err := a.rows.get(number)
	waiting := a.waiting[number]
	switch {
	case a.closed:
		return nil, row, errStopped
	case err != nil:
		return nil, row, err
	case row.Released != 0:
		waiting = make(chan struct{})
		close(waiting)
	case waiting == nil:
		waiting = make(chan struct{})
		a.waiting[number] = waiting
	}
	return waiting, row, nil
}

// await waits until the script gets an answer, or for as long as answerPatience.
func (a *recordedAnswers) await(ctx context.Context, number uint64) error {
	if number == 0 {
		return nil
	}
	released, row, err := a.released(number)
	if err != nil {
		return err
	}
	patience := time.NewTimer(a.patience)
	defer patience.Stop()
	select {
	case <-released:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-patience.C:
		line, err := a.record.line(int64(row.Line))
		if err != nil {
			return err
		}
		// The script may be unable to ask for that before it has this one: calls
		// that a worker got one by one may be started in another order.
		a.note(fmt.Sprintf("note: an answer is given before that to %s, which came first in the record: the script has not asked for that yet", line.hostCall()))
		return nil
	}
}

// module serves a file of the script's.
func (a *recordedAnswers) module(call uint64, c host.HostCall) ([]any, error) {
	at, ok := a.record.modules[moduleKeyOf(c.Args)]
	if !ok {
		return nil, a.other(call, c.Number, "no such file of the script's", c)
	}
	line, err := a.record.line(at)
	if err != nil {
		return nil, a.stop(err, c)
	}
	return line.answer()
}

// other tells of a host call that is not that of the record.
func (a *recordedAnswers) other(call, place uint64, want string, c host.HostCall) error {
	return a.stop(&difference{call: call, place: place, want: want, got: hostCallText(c.Name, c.Args), position: positionOf(c)}, c)
}

// stop tells of the first error, and returns what the script gets thrown.
func (a *recordedAnswers) stop(err error, c host.HostCall) error {
	a.mu.Lock()
	first := !a.failed && !a.closed
	a.failed = true
	a.mu.Unlock()
	if first {
		a.fail(err)
	}
	return &host.Thrown{Kind: "script", Message: "the record has no answer to this: " + hostCallText(c.Name, c.Args)}
}

// eachUnmade calls f with the calls of the worker some of whose host calls were not
// made.
func (a *recordedAnswers) eachUnmade(worker int, f func(call uint64, row callRow)) error {
	a.mu.Lock()
	done := a.made == a.all
	a.mu.Unlock()
	if done {
		return nil
	}
	return a.record.eachHead(worker, func(h *lineHead, at *recordScanner) error {
		if !h.sent() {
			return nil
		}
		row, err := a.record.call(h.Call)
		if err == nil && row.Sent == uint64(at.start) && row.Made < row.All {
			f(h.Call, row)
		}
		return err
	})
}

// callNumbers are those in the record of the calls of a worker, which numbers them by
// itself. It takes memory for where they do not go up one by one. It is safe for
// concurrent use.
type callNumbers struct {
	mu    sync.Mutex
	spans []callSpan
}

type callSpan struct{ made, recorded uint64 }

// add notes the next call, which the worker has as made.
func (n *callNumbers) add(made, recorded uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if last := len(n.spans) - 1; last >= 0 && recorded-n.spans[last].recorded == made-n.spans[last].made {
		return
	}
	n.spans = append(n.spans, callSpan{made, recorded})
}

// of is the number in the record of a call of the worker; 0 is no call.
func (n *callNumbers) of(made uint64) uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	i, found := slices.BinarySearchFunc(n.spans, made, func(s callSpan, made uint64) int { return cmp.Compare(s.made, made) })
	if !found {
		i--
	}
	if i < 0 || made == 0 {
		return 0
	}
	return n.spans[i].recorded + made - n.spans[i].made
}

func positionOf(c host.HostCall) string {
	if c.File == "" || c.Line <= 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d", c.File, c.Line)
}
