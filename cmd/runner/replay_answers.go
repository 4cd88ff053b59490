package main

import (
	"cmp"
	"context"
	"encoding/json"
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
	differ   func(*difference) // told of the first host call that is another one
	note     func(string)
	patience time.Duration // of an answer

	mu      sync.Mutex // guards what follows
	next    uint64     // the host call of the worker whose turn it is
	turn    *sync.Cond
	calls   map[uint64]*callAnswers // by the numbers of the record; 0 is no call
	numbers map[uint64]uint64       // of the worker's calls, in the record
	modules map[string]recordLine   // by their arguments
	differs bool
}

// callAnswers are the host calls of one call, in the order in which the script made
// them.
type callAnswers struct {
	list []*recordedAnswer
	made int // so many of list
}

// A recordedAnswer is that of one host call.
type recordedAnswer struct {
	line     recordLine
	before   *recordedAnswer // the one that the script got before this one; may be nil
	released chan struct{}   // closed when the script gets it
}

// A difference is a host call that is not what the record has.
type difference struct {
	call     uint64
	place    int // of the host call among those of its call, from 1
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

// newRecordedAnswers takes from lines the host calls of those calls of a worker that
// are made, and of none.
func newRecordedAnswers(lines []recordLine, worker int, made func(call uint64) bool, differ func(*difference), note func(string)) *recordedAnswers {
	a := &recordedAnswers{
		differ: differ, note: note, patience: answerPatience, next: 1,
		calls: make(map[uint64]*callAnswers), numbers: make(map[uint64]uint64), modules: make(map[string]recordLine),
	}
	a.turn = sync.NewCond(&a.mu)
	var before *recordedAnswer
	for _, l := range lines {
		switch {
		case l.Host == "":
		case l.Host == moduleFunction: // bundlers have no number
			a.modules[argsKey(plainValues(l.Given))] = l
		case l.Worker == worker && (l.Call == 0 || made(l.Call)):
			before = &recordedAnswer{line: l, before: before, released: make(chan struct{})}
			c := a.of(l.Call)
			c.list = append(c.list, before)
		}
	}
	for _, c := range a.calls {
		slices.SortStableFunc(c.list, func(x, y *recordedAnswer) int { return cmp.Compare(x.line.Number, y.line.Number) })
	}
	return a
}

func (a *recordedAnswers) of(call uint64) *callAnswers {
	c := a.calls[call]
	if c == nil {
		c = new(callAnswers)
		a.calls[call] = c
	}
	return c
}

// argsKey tells lists of arguments apart.
func argsKey(args []any) string {
	text, err := json.Marshal(recordValues(args))
	if err != nil {
		return fmt.Sprint(args)
	}
	return string(text)
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
	number := a.numbers[c.Call]
	if c.Name == moduleFunction {
		a.mu.Unlock()
		return a.module(number, c)
	}
	calls := a.of(number)
	place := calls.made
	calls.made++
	a.mu.Unlock()
	if place >= len(calls.list) {
		want := "no more of them"
		if len(calls.list) == 0 {
			want = "none"
		}
		return nil, a.other(number, place, want, c)
	}
	r := calls.list[place]
	if r.line.Host != c.Name || !sameValues(plainValues(r.line.Given), c.Args) {
		return nil, a.other(number, place, r.line.hostCall(), c)
	}
	if err := a.await(ctx, r.before); err != nil {
		return nil, err
	}
	go func() {
		<-c.Answered
		close(r.released)
	}()
	return r.line.answer()
}

// hostCall is the host call of a line as people read it.
func (l recordLine) hostCall() string { return hostCallText(l.Host, plainValues(l.Given)) }

// answer is what the parent answered.
func (l recordLine) answer() ([]any, error) {
	if l.Thrown != nil {
		return nil, l.Thrown
	}
	return plainValues(*l.Results), nil
}

// await waits until the script gets an answer, or for as long as answerPatience.
func (a *recordedAnswers) await(ctx context.Context, r *recordedAnswer) error {
	if r == nil {
		return nil
	}
	patience := time.NewTimer(a.patience)
	defer patience.Stop()
	select {
	case <-r.released:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-patience.C:
		// The script may be unable to ask for that before it has this one: calls
		// that a worker got one by one may be started in another order.
		a.note(fmt.Sprintf("note: an answer is given before that to %s, which came first in the record: the script has not asked for that yet", r.line.hostCall()))
		return nil
	}
}

// module serves a file of the script's.
func (a *recordedAnswers) module(number uint64, c host.HostCall) ([]any, error) {
	l, ok := a.modules[argsKey(c.Args)]
	if !ok {
		return nil, a.differed(&difference{call: number, place: int(c.Number), want: "no such file of the script's", got: hostCallText(c.Name, c.Args), position: positionOf(c)})
	}
	return l.answer()
}

func (a *recordedAnswers) other(number uint64, place int, want string, c host.HostCall) error {
	return a.differed(&difference{call: number, place: place + 1, want: want, got: hostCallText(c.Name, c.Args), position: positionOf(c)})
}

// differed tells of the first difference, and returns what the script gets thrown.
func (a *recordedAnswers) differed(d *difference) error {
	a.mu.Lock()
	first := !a.differs
	a.differs = true
	a.mu.Unlock()
	if first {
		a.differ(d)
	}
	return &host.Thrown{Kind: "script", Message: "the record has no answer to this: " + d.got}
}

// unused is how many host calls of a call there are in the record, and how many of
// them were made.
func (a *recordedAnswers) unused(call uint64) (made, all int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.calls[call]
	if c == nil {
		return 0, 0
	}
	return c.made, len(c.list)
}

// number notes under which number of the worker's a call of the record is made.
func (a *recordedAnswers) number(worker, record uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.numbers[worker] = record
}

func positionOf(c host.HostCall) string {
	if c.File == "" || c.Line <= 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d", c.File, c.Line)
}
