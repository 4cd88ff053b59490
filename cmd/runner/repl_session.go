package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"scripthost.example/host"
	"scripthost.example/wire"
)

const (
	// maxReplInput is how large an input may get, in bytes.
	maxReplInput = 1 << 20
	// maxEvents is how many events :events shows.
	maxEvents = 100
	// completeTime is how long a completion may take: nobody waits longer for one.
	completeTime = time.Second
)

// A replInput is where lines come from.
type replInput interface {
	// line returns the next line, without its end. more says that it goes on with the
	// ones before. The error is io.EOF, errReplInterrupted, or why there is none.
	line(more bool) (string, error)
	// stdout and stderr are where what is told goes. They can be used at any time.
	stdout() *stream
	stderr() *stream
	// interactive tells whether somebody sits at a terminal.
	interactive() bool
	// remember adds a line to the history.
	remember(line string)
	close()
}

// errReplInterrupted says that the line that was being typed is dropped.
var errReplInterrupted = errors.New("interrupted")

// A repl is a session of runner repl: one worker at a time, and lines.
//
// The goroutine of run reads and evaluates. Events, log records and the end of a
// worker come on that of the worker's callbacks, and signals on one of their own.
type repl struct {
	flags  *replFlags
	in     replInput
	file   string       // of the script; "" without one
	script *host.Script // that the worker has; for the goroutine of run

	signal atomic.Int64 // the exit status of a signal, or 0

	outMu sync.Mutex // guards what is written, and what follows
	diag  *diagnostics
	about *host.Script // whose places errors are shown of
	typed typedTexts

	// mu is never held while something is written, which may have to wait for who
	// reads: a signal must get through.
	mu         sync.Mutex // guards what follows
	worker     *host.Worker
	cancel     context.CancelFunc // of what runs; nil if nothing does
	showEvents bool
	events     []string // the last ones
	status     int
}

// run reads inputs until there are none, and returns the exit status.
func (r *repl) run() (int, error) {
	r.about = r.script
	r.diag = newDiagnostics(r.in.stderr().file, r.script.Name(), r.script)
	stop := r.watchSignals()
	defer stop()
	w, err := r.start(r.script)
	if err != nil {
		var usage *usageError
		if errors.As(err, &usage) {
			return 0, err
		}
		r.tell(err)
		return startStatus(err), nil
	}
	r.worker = w
	r.welcome()
	r.read()
	r.end()
	if signal := r.signal.Load(); signal != 0 {
		return int(signal), nil
	}
	if err := r.in.stdout().failed; err != nil {
		if errors.Is(err, syscall.EPIPE) {
			return exitBrokenPipe, nil
		}
		r.diag.note(fmt.Sprintf("cannot write the results: %v", plainError(err)))
		return max(r.status, exitFailed), nil
	}
	if r.in.interactive() {
		return exitOK, nil
	}
	return r.status, nil
}

func (r *repl) welcome() {
	if r.in.interactive() {
		what := "Lua"
		if r.script.Language() != host.Lua {
			what = "JavaScript"
		}
		if r.file != "" {
			what += ", with " + r.file
		}
		r.note(what + "; :help lists its commands, Ctrl-D leaves")
	}
}

// read is the loop.
func (r *repl) read() {
	var input strings.Builder
	for r.signal.Load() == 0 && r.in.stdout().failed == nil {
		more := input.Len() > 0
		line, err := r.in.line(more)
		switch {
		case errors.Is(err, errReplInterrupted):
			input.Reset()
			continue
		case err != nil:
			if more {
				r.evaluate(input.String(), true)
			}
			if !errors.Is(err, errReplEnd) {
				r.failed(exitFailed)
				r.note(err.Error())
			}
			return
		case !more && isReplCommand(line):
			r.in.remember(line)
			if !r.command(line) {
				return
			}
			continue
		case !more && strings.TrimSpace(line) == "":
			continue
		case input.Len()+len(line) > maxReplInput:
			r.failed(exitFailed)
			r.note(fmt.Sprintf("the input is larger than %d KiB: put it into a file, and load that with :load", maxReplInput>>10))
			input.Reset()
			continue
		case strings.Contains(line, "\x00"):
			r.failed(exitFailed)
			r.note("there is a NUL in the input: write it as an escape")
			input.Reset()
			continue
		}
		r.in.remember(line)
		if more {
			input.WriteByte('\n')
		}
		input.WriteString(line)
		if !r.evaluate(input.String(), false) {
			input.Reset()
		}
	}
}

// evaluate has the worker run an input, and tells what came out. It reports whether
// the input is not complete; if it is the last, that is an error.
func (r *repl) evaluate(text string, last bool) (more bool) {
	r.outMu.Lock()
	name := r.typed.set(text)
	r.outMu.Unlock()
	defer func() {
		if !more {
			r.outMu.Lock()
			r.typed.next()
			r.outMu.Unlock()
		}
	}()
	answer, err := r.ask(replEvaluate, text, name)
	if err != nil && host.OutcomeOf(err) == host.NotSent && workerGone(err) {
		if !r.restart() {
			return false
		}
		answer, err = r.ask(replEvaluate, text, name)
	}
	if r.signal.Load() != 0 {
		return false
	}
	if err != nil {
		r.evaluationFailed(err)
		return false
	}
	switch answer[0] {
	case replMore:
		if !last {
			return true
		}
		r.failed(exitFailed)
		r.syntaxError(strings.Join(answer[1:], " "))
	case replSyntax:
		r.failed(exitFailed)
		r.syntaxError(strings.Join(answer[1:], " "))
	case replValue:
		r.show(answer[1:])
	default:
		r.failed(exitDied)
		r.note("the worker answers what the REPL does not know; :reload starts a new one")
	}
	return false
}

// ask calls the worker's half. The answer has one text at least.
func (r *repl) ask(operation string, texts ...any) ([]string, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r.mu.Lock()
	w := r.worker
	r.cancel = cancel
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.cancel = nil
		r.mu.Unlock()
	}()
	if operation == replComplete {
		ctx, cancel = context.WithTimeout(ctx, completeTime)
		defer cancel()
	}
	values, err := w.Function(replFunction).Call(ctx, append([]any{operation}, texts...)...)
	if err != nil {
		return nil, err
	}
	answer := make([]string, max(1, len(values)))
	for i, v := range values {
		answer[i], _ = v.(string) // as the serialiser has it
	}
	return answer, nil
}

// evaluationFailed tells of an input that failed, and goes on.
func (r *repl) evaluationFailed(err error) {
	var call *host.CallError
	if errors.As(err, &call) && errors.Is(err, context.Canceled) {
		r.failed(exitFailed)
		r.note("interrupted")
		return
	}
	r.failed(statusOf(err))
	r.tell(err)
	if workerGone(err) {
		r.restart()
	}
}

// show writes values, each of which is a text that the worker made of it.
func (r *repl) show(values []string) {
	if len(values) == 0 {
		return
	}
	separator := "\t"
	for _, v := range values {
		if strings.Contains(v, "\n") {
			separator = "\n"
		}
	}
	text := printable(wire.ValidText(strings.Join(values, separator)))
	r.outMu.Lock()
	defer r.outMu.Unlock()
	r.in.stdout().write([]byte(text + "\n"))
}

// syntaxError tells why an input was not run: "repl#1:1:5: message".
func (r *repl) syntaxError(message string) {
	report := &report{Message: message, Stack: placeOfTyped(message)}
	r.outMu.Lock()
	defer r.outMu.Unlock()
	r.tellAt(report, printable(wire.ValidText(message))+"\n")
}

// tellAt writes an error and the place that it is about, in the script or in what was
// typed, also if it was shown before. The caller holds outMu.
func (r *repl) tellAt(report *report, text string) {
	if typed, ok := r.typed.named(report.place().File); ok {
		r.diag.showFrom(typed)
	} else {
		r.diag.showFrom(r.about)
	}
	r.diag.tell(report, text)
}

// tell writes an error as run does, without what belongs to the REPL itself.
func (r *repl) tell(err error) {
	report := newReport(err)
	for c := report; c != nil; c = c.Cause {
		c.withoutFile(replHalf)
	}
	r.outMu.Lock()
	defer r.outMu.Unlock()
	report.Message = strings.Replace(report.Message, "the promise that "+replFunction+" returned", "the promise that is awaited", 1)
	// One level without a name tells nothing that the position does not.
	brief := len(report.Stack) == 0 || report.Stack[0].Function == "" || report.Stack[0].Function == "main chunk"
	text := report.text(r.diag.script, brief)
	r.tellAt(report, text)
}

// withoutFile drops the levels of a file from the traceback.
func (r *report) withoutFile(file string) {
	kept := r.Stack[:0]
	for _, f := range r.Stack {
		if f.File != file {
			kept = append(kept, f)
		}
	}
	r.Stack = kept
}

// note writes something that the runner has to say.
func (r *repl) note(message string) {
	r.outMu.Lock()
	defer r.outMu.Unlock()
	r.diag.note(message)
}

// failed notes what the exit status is at least.
func (r *repl) failed(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = max(r.status, status)
}

// start starts a worker with a script, and has its half of the REPL begin.
func (r *repl) start(script *host.Script) (*host.Worker, error) {
	language := script.Language()
	opts := r.flags.workerOptions(language, r.in.stderr().file)
	opts.OnEvent, opts.OnLog, opts.OnError = r.onEvent, r.onLog, r.onError
	opts.OnModule = r.loads()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r.mu.Lock()
	r.cancel = cancel
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.cancel = nil
		r.mu.Unlock()
	}()
	if err := r.flags.auditing(&opts, func(err error) {
		r.note(err.Error())
		r.leave(exitFailed)
	}); err != nil {
		return nil, err
	}
	w, err := host.Start(ctx, script, &opts)
	if err != nil {
		return nil, err
	}
	if _, err := w.Function(replFunction).Call(ctx, replBegin, ""); err != nil {
		w.Kill()
		return nil, err
	}
	return w, nil
}

// loads has the files that a new worker loads be shown where errors are about them.
func (r *repl) loads() func([]string) {
	r.outMu.Lock()
	defer r.outMu.Unlock()
	return r.diag.loads(nil)
}

// restart replaces a worker that is gone. It reports whether there is one again.
func (r *repl) restart() bool {
	r.mu.Lock()
	old := r.worker
	r.mu.Unlock()
	old.Kill()
	<-old.Done()
	w, err := r.start(r.script)
	if err != nil {
		r.failed(startStatus(err))
		r.tell(err)
		return false
	}
	r.note("the worker is gone, and a new one is there: what was defined is lost")
	r.mu.Lock()
	r.worker = w
	r.mu.Unlock()
	return true
}

// end ends the worker.
func (r *repl) end() {
	r.mu.Lock()
	w := r.worker
	r.mu.Unlock()
	if r.signal.Load() != 0 {
		w.Kill()
	}
	_ = w.Close() // whatever failed has been told
}

func (r *repl) onEvent(ev host.Event) {
	texts := make([]string, len(ev.Args))
	for i, arg := range ev.Args {
		texts[i], _ = arg.(string)
	}
	line := "event: " + wire.ValidText(strings.Join(texts, "\t"))
	r.mu.Lock()
	r.events = append(r.events, line)
	if over := len(r.events) - maxEvents; over > 0 {
		r.events = append(r.events[:0], r.events[over:]...)
	}
	shown := r.showEvents
	r.mu.Unlock()
	if shown {
		r.outMu.Lock()
		defer r.outMu.Unlock()
		r.diag.out.write([]byte(printable(line) + "\n"))
	}
}

func (r *repl) onLog(l host.LogRecord) {
	if stack, ok := l.Fields["stack"].([]any); ok {
		l.Fields["stack"] = slices.DeleteFunc(stack, func(level any) bool {
			text, _ := level.(string)
			return strings.HasPrefix(text, replHalf)
		})
	}
	r.outMu.Lock()
	defer r.outMu.Unlock()
	r.diag.log(l)
}

// onError is told of errors that belong to no input: of a timer's, and of the end of
// a worker, which an input that runs tells of itself.
func (r *repl) onError(err error) {
	r.mu.Lock()
	running := r.cancel != nil
	r.mu.Unlock()
	if running && workerGone(err) {
		return
	}
	r.failed(statusOf(err))
	r.tell(err)
}

// watchSignals has Ctrl-C interrupt what runs on a terminal, and all other signals
// end the session.
func (r *repl) watchSignals() (stop func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for sig := range signals {
			if sig == os.Interrupt && r.in.interactive() {
				r.mu.Lock()
				if r.cancel != nil {
					r.cancel()
				}
				r.mu.Unlock()
				continue
			}
			r.leave(signalStatus(sig))
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}

// leave ends this process, while its main goroutine may be reading.
func (r *repl) leave(status int) {
	r.signal.Store(int64(status))
	r.mu.Lock()
	w := r.worker
	if r.cancel != nil {
		r.cancel()
	}
	r.mu.Unlock()
	if w != nil {
		w.Kill()
		select {
		case <-w.Done():
		case <-time.After(killTime):
		}
	}
	r.in.close()
	os.Exit(status)
}
