package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"scripthost.example/host/internal/broker"
	"scripthost.example/wire"
)

// A Worker is one script in one child process. It is safe for concurrent use.
// Close it, or Kill it, when it is not needed any more.
//
// Its life: Start makes the process (here) and sends BOOT (boot.go); calls go
// out in send.go and come back in receive.go; the callbacks run in callback.go;
// and finish in end.go is where every life ends.
type Worker struct {
	opts   *Options
	script *Script
	custom bool // the serialiser is not one of ours
	sock   *socket
	proc   *process
	rd     *wire.Reader // used by who reads
	host   *hostFunctions
	broker *broker.Broker
	cb     callbacks

	// ctx ends with the worker: the host functions' contexts come from it.
	ctx    context.Context
	cancel context.CancelFunc

	booted    chan struct{} // closed once READY has come or bootErr is set
	bootOnce  sync.Once
	bootErr   error
	ready     wire.Ready
	done      chan struct{} // closed when nothing of the worker is left but callbacks
	closeOnce sync.Once
	failure   error // why the worker ended, if not by a clean drain; set before done

	out outbox

	mu          sync.Mutex // guards what follows
	numbers     uint64     // calls made
	slots       []*call    // sent calls, by id-1
	free        []uint32   // ids of slots that are free
	outstanding int        // sent calls whose answers have not been read
	waiting     int        // calls that are queued
	isReady     bool
	closing     bool  // no more calls are taken
	drained     bool  // DRAIN was sent
	ended       bool  // every call is failed at once, with endErr
	endErr      error // without an outcome of its own
	killReason  string
	reader      readerState
	idleTimer   *time.Timer // has the socket read when no call does
	idleArmed   bool
	callsSince  bool // a call was made since the idle timer was armed
	readingFor  *call
	hostCalls   map[uint32]bool // under way, by their ids
	kicked      bool
}

// Start starts a child process, ships it the script and waits until the script
// has been loaded. opts may be nil. ctx bounds the start, not the worker's life.
//
// The error says what kept the script from loading: a *ScriptError for the
// script's own mistakes, an *ExitError if the child died.
func Start(ctx context.Context, script *Script, opts *Options) (*Worker, error) {
	if script == nil {
		return nil, errors.New("there is no script to start: it is nil; did Open fail?")
	}
	if err := ctx.Err(); err != nil {
		return nil, startGivenUp(script, err)
	}
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	w := &Worker{
		opts:   o,
		script: script,
		custom: isCustom(o.Serialiser),
		booted: make(chan struct{}),
		done:   make(chan struct{}),
	}
	if w.host, err = newHostFunctions(o.Host); err != nil {
		return nil, err
	}
	boot, err := w.bootFrame()
	if err != nil {
		return nil, err
	}
	if w.broker, err = broker.New(o.Grants.forBroker(), broker.WithMaxRead(max(1, o.Limits.Payload-returnRoom))); err != nil {
		return nil, err
	}
	sock, child, err := socketPair()
	if err != nil {
		return nil, err
	}
	w.sock = sock
	w.cb.init(w)
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.rd = wire.NewReader(sock, uint64(o.Limits.Payload))
	w.idleTimer = time.AfterFunc(time.Hour, w.readWhenIdle)
	w.idleTimer.Stop()
	if w.proc, err = startProcess(script.name, child, w.processLine); err != nil {
		sock.Close()
		w.cancel()
		return nil, err
	}
	w.mu.Lock()
	w.startReaderLocked()
	w.mu.Unlock()
	go w.watchProcess()
	w.mu.Lock()
	w.addControlLocked(boot)
	w.mu.Unlock()
	w.pump()

	if o.NoWait {
		go w.awaitBoot(context.Background())
		return w, nil
	}
	if err := w.awaitBoot(ctx); err != nil {
		<-w.done
		w.cb.wait()
		return nil, err
	}
	return w, nil
}

// Functions returns the names of the script's functions, as the child told. With
// Options.NoWait it waits until the script has been loaded; there are none if
// that fails.
func (w *Worker) Functions() []string {
	<-w.booted
	return append([]string(nil), w.ready.Functions...)
}

// PID returns the process id of the child.
func (w *Worker) PID() int { return w.proc.cmd.Process.Pid }

// Done returns a channel that is closed when the child is gone and every call
// has been answered.
func (w *Worker) Done() <-chan struct{} { return w.done }

// Close takes no more calls, lets the worker finish those that it has, queued
// ones included, and waits until its process and its callbacks have ended. What
// is not answered when Limits.Drain has passed is killed. The error says why
// the worker did not end well; it is the same every time.
//
// In a callback, Close does not wait for the callbacks.
func (w *Worker) Close() error {
	w.closeOnce.Do(func() {
		w.mu.Lock()
		w.closing = true
		w.startReaderLocked()
		w.mu.Unlock()
		w.pump()
	})
	t := time.NewTimer(w.opts.Limits.Drain)
	defer t.Stop()
	select {
	case <-w.done:
	case <-t.C:
		w.kill(fmt.Sprintf("it was not drained within %v (Limits.Drain)", w.opts.Limits.Drain))
		<-w.done
	}
	if !inCallback() {
		w.cb.wait()
	}
	return w.failure
}

// killCalled is why a worker was killed whose owner did so.
const killCalled = "Kill was called"

// Kill ends the worker's process at once; calls that are not answered fail with
// an *ExitError that is also ErrClosed. It returns when the process has ended,
// and does not wait for callbacks: those that are due still run, and Close waits
// for them. Killing a worker that has ended does nothing.
func (w *Worker) Kill() {
	w.kill(killCalled)
	<-w.done
}

// kill has the process end; the rest happens when its socket has ended.
func (w *Worker) kill(reason string) {
	w.mu.Lock()
	if w.killReason == "" && !w.ended {
		w.killReason = reason
	}
	w.mu.Unlock()
	w.proc.kill()
}

// watchProcess sees to it that the end of the process is noticed even if
// something else holds the other end of its socket.
func (w *Worker) watchProcess() {
	<-w.proc.exited
	w.mu.Lock()
	w.startReaderLocked()
	w.mu.Unlock()
	awaitEnd(w.done, w.sock.unread)
	w.sock.Close()
}

// processLine takes a line that the child's process wrote to its standard
// output or standard error.
func (w *Worker) processLine(line string) {
	w.cb.addLog(LogRecord{Level: "error", Message: line, Process: true})
}

// onLog takes a log record of the script's.
func (w *Worker) onLog(payload []byte) error {
	var l wire.Log
	if err := wire.ParseMessage(payload, &l); err != nil {
		return err
	}
	w.mu.Lock()
	number := uint64(0)
	if c := w.slotLocked(l.Call); c != nil {
		number = c.number
	}
	w.mu.Unlock()
	switch l.Level {
	case "debug", "info", "warn", "error":
	default: // the child may say anything
		l.Level = "info"
	}
	w.cb.addLog(LogRecord{Level: l.Level, Message: l.Message, Fields: l.Fields, Call: number})
	return nil
}
