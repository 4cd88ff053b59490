package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
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
	opts     *Options
	name     string // what logs call it
	custom   bool   // the serialiser is not one of ours
	t        *transport
	peer     peer
	files    *fileSender          // nil if files cannot be passed
	eager    *wire.EagerReader    // what pulse reads from
	used     atomic.Pointer[call] // one to be used again; see release
	answers  arrived              // of who reads
	freed    int                  // answers that made room for calls since these were sent; of who reads
	pulse    pulse                // of rd
	rd       *wire.Reader         // used by who reads
	boot     []byte               // the BOOT frame, until it is sent
	attached bool                 // it was not started here
	// bundling is closed when the script has been bundled, or could not be; nil
	// if it need not. bootSays is what it then has to do with the script.
	bundling  chan struct{}
	script    *Script
	bootSays  *wire.Boot
	host      *hostFunctions
	broker    *broker.Broker
	fileSlots fileSlots
	auditMu   sync.Mutex // held while Options.Audit runs
	cb        callbacks
	backlog   backlog
	heard     bool // a classic worker has made sense; used by who reads

	member     *member // of a pool; nil for a worker on its own
	handed     handed  // files of the script, until it is loaded
	generation atomic.Pointer[string]

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
	sent        []*call    // of a classic sync worker: the sent calls, in order
	outstanding int        // sent calls whose answers have not been read
	waiting     int        // calls that are queued
	isReady     bool
	closing     bool  // no more calls are taken
	drained     bool  // DRAIN was sent
	ended       bool  // every call is failed at once, with endErr
	endErr      error // without an outcome of its own
	killReason  string
	killedFor   *call       // that did not end in time
	killLimit   *LimitError // the limit that it was killed for
	lines       lines       // for processLine alone
	reader      readerState
	idleTimer   *time.Timer // has the socket read when no call does
	idleArmed   bool
	callsSince  bool // a call was made since the idle timer was armed
	readingFor  *call
	mayBoot     bool // the other end is ready for BOOT
	bootMade    bool
	bundleErr   error           // why its script could not be bundled
	hostCalls   map[uint32]bool // under way, by their ids
	hostNumbers uint64          // host calls so far
	profile     []byte          // what has come of it
	profiled    bool            // all of it has
	hostUse     hostUse
	silence     silence
	deadlines   deadlines
	advances    uint64                   // calls of Advance
	advancing   map[uint64]chan struct{} // those that wait, by nonce
	kicked      bool
}

// Start starts a child process, ships it the script and waits until the script
// has been loaded. opts may be nil. ctx bounds the start, not the worker's life.
// A worker that speaks the classic dialect has its script already: script is
// then nil, and nothing is waited for.
//
// The error says what kept the script from loading: a *ScriptError for the
// script's own mistakes, an *ExitError if the child died, a *CommandError if
// Options.Command cannot be started.
func Start(ctx context.Context, script *Script, opts *Options) (*Worker, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	return startWorker(ctx, script, o, nil)
}

// startWorker is Start for checked options, of a worker that may be one of a
// pool's.
func startWorker(ctx context.Context, script *Script, o *Options, m *member) (*Worker, error) {
	if err := o.checkStart(); err != nil {
		return nil, err
	}
	w, err := newWorker(ctx, script, o, !o.Stdio)
	if err != nil {
		return nil, err
	}
	w.member = m
	if err := w.startChild(); err != nil {
		return nil, err
	}
	return w.begin(ctx)
}

// Attach makes a worker of what is at the other end of a stream that somebody
// else made, and ships it the script: a connection to a program that calls
// child.Serve, say. Options.Worker, Command, Env and InitFiles have no use here and must
// not be set. With Options.Stdio the other end has to start with the greeting
// that a child writes when its stream is its standard output.
//
// The worker owns conn from now on, and closes it, also if Attach fails. conn
// serves best if it is a *net.UnixConn, a *net.TCPConn or an *os.File; anything
// else costs another goroutine. A classic worker needs it to have a method
// CloseWrite to be drained. The end of conn is the end of the worker, and Kill
// closes it. Everything else is as with Start.
func Attach(ctx context.Context, conn io.ReadWriteCloser, script *Script, opts *Options) (*Worker, error) {
	if conn == nil {
		return nil, errors.New("there is no connection to attach to: it is nil")
	}
	o, err := opts.withDefaults()
	if err == nil {
		err = o.checkAttach()
		if opts == nil || opts.Sandbox == "" {
			o.Sandbox = SandboxBestEffort
		}
	}
	var w *Worker
	if err == nil {
		w, err = newWorker(ctx, script, o, false)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	w.attached = opts == nil || opts.Sandbox == ""
	w.t = attached(conn)
	w.peer = newAttachment(w.t)
	return w.begin(ctx)
}

// newWorker checks what a worker is made of. It is without a child; files says
// whether files can be passed to that.
func newWorker(ctx context.Context, script *Script, o *Options, files bool) (*Worker, error) {
	w := &Worker{
		opts:      o,
		custom:    isCustom(o.Serialiser),
		booted:    make(chan struct{}),
		done:      make(chan struct{}),
		fileSlots: newFileSlots(),
	}
	var err error
	if w.host, err = newHostFunctions(o.Host, o.Tools); err != nil {
		return nil, err
	}
	switch {
	case o.Wire == Classic && script != nil:
		return nil, errors.New("a worker that speaks the classic dialect has its script already: start it with a nil one, or leave Options.Wire out")
	case o.Wire == Classic:
		w.name = "classic worker"
		if len(o.Command) > 0 {
			w.name = o.Command[0]
		}
	case script == nil:
		return nil, errors.New("there is no script to start: it is nil; did Open fail?")
	default:
		w.name = script.name
		w.script = script
		w.nameGeneration()
		if err := w.prepareBoot(script, files); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, startGivenUp(w.name, err)
	}
	if w.broker, err = broker.New(o.Grants.forBroker(), w.brokerOptions(script)...); err != nil {
		return nil, err
	}
	w.cb.init(w)
	w.backlog.init()
	return w, nil
}

// startChild starts the process.
func (w *Worker) startChild() (err error) {
	s := launch{name: w.name, worker: w.opts.Worker, command: w.opts.Command, env: w.opts.Env, line: w.processLine, stopped: w.wantsTerminal, spawn: w.opts.spawn}
	if w.opts.Stdio {
		err = w.joinByPipes(&s)
	} else {
		err = w.joinBySockets(&s)
	}
	if err != nil {
		s.close()
	} else if w.peer, err = startProcess(s); err == nil {
		return nil
	}
	if w.t != nil {
		w.t.close()
	}
	if w.files != nil {
		w.files.close()
	}
	return err
}

// wantsTerminal ends a command that would wait for ever.
func (w *Worker) wantsTerminal() {
	w.kill("it stopped because it wants to use the terminal, which a worker cannot: see to it that it asks for nothing (with ssh: -o BatchMode=yes)")
}

// joinBySockets makes the sockets that a child finds as its descriptors 3 and 4.
func (w *Worker) joinBySockets(s *launch) error {
	t, child, err := socketToWorker()
	if err != nil {
		return fmt.Errorf("cannot start a worker: %w", err)
	}
	w.t = t
	s.files = append(s.files, child)
	sock, child, err := socketPair()
	if err != nil {
		return fmt.Errorf("cannot start a worker: %w", err)
	}
	w.files = newFileSender(sock)
	s.files = append(s.files, child)
	for i, f := range w.opts.InitFiles {
		if err := w.files.send(f); err != nil {
			return fmt.Errorf("Options.InitFiles[%d]: %w", i, err)
		}
	}
	if w.member != nil {
		w.files.close() // nobody can name a pool's worker to pass it another one
	}
	return nil
}

// joinByPipes makes the pipes to and from a child's standard streams.
func (w *Worker) joinByPipes(s *launch) error {
	stdin, toChild, fromChild, stdout, err := standardPipes()
	if err != nil {
		return fmt.Errorf("cannot start a worker: %w", err)
	}
	s.stdin, s.stdout = stdin, stdout
	w.t = pipes(toChild, fromChild)
	return nil
}

// begin has a worker that is joined to its child do what comes first.
func (w *Worker) begin(ctx context.Context) (*Worker, error) {
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.idleTimer = time.AfterFunc(time.Hour, w.readWhenIdle)
	w.idleTimer.Stop()
	w.silence.timer = time.AfterFunc(time.Hour, w.look)
	w.silence.timer.Stop()
	w.deadlines.timer = time.AfterFunc(time.Hour, w.endLate)
	w.deadlines.timer.Stop()
	w.eager = wire.NewEagerReader(w.t.in)
	w.pulse.src = w.eager
	payload := uint64(w.opts.Limits.Payload)
	classic := w.opts.Wire == Classic
	if classic {
		w.rd = wire.NewClassicReader(&w.pulse, payload)
		w.bootOnce.Do(func() { close(w.booted) })
	} else {
		w.rd = wire.NewReader(&w.pulse, payload)
	}
	w.mu.Lock()
	w.isReady = classic
	if !classic && !w.opts.Stdio {
		w.mayBootLocked()
	}
	w.listenLocked()
	w.startReaderLocked()
	w.mu.Unlock()
	go w.watchPeer()
	if w.opts.Limits.CPU > 0 && w.peer.pid() != 0 {
		go w.watchCPU()
	}
	w.pump()
	if w.bundling != nil {
		go w.bundleAndBoot(w.script, w.bootSays)
	}

	if w.opts.NoWait {
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

// Protections returns the names of the protections that the child says it is
// under (docs/SECURITY.md). With Options.NoWait it waits as Functions does.
func (w *Worker) Protections() []string {
	<-w.booted
	return append([]string(nil), w.ready.Protections...)
}

// PID returns the process id of the child, or of Options.Command; 0 if the worker
// is attached.
func (w *Worker) PID() int { return w.peer.pid() }

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
	w.drain()
	if !inCallback() {
		w.cb.wait()
	}
	return w.failure
}

// drain is Close without the wait for callbacks.
func (w *Worker) drain() {
	w.endCalls()
	t := time.NewTimer(w.opts.Limits.Drain)
	defer t.Stop()
	select {
	case <-w.done:
	case <-t.C:
		w.kill(fmt.Sprintf("it was not drained within %v (Limits.Drain)", w.opts.Limits.Drain))
		<-w.done
	}
}

// endCalls takes no more calls, and tells the child so.
func (w *Worker) endCalls() {
	w.closeOnce.Do(func() {
		w.mu.Lock()
		w.closing = true
		w.listenLocked()
		w.startReaderLocked()
		w.mu.Unlock()
		if w.files != nil {
			w.files.close() // who waits for one waits in vain, and the worker could not end
		}
		w.pump()
	})
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
	w.ending()
	w.peer.kill()
}

// ending tells the pool that the worker is about to end, whatever becomes of the
// calls that it has: it is to get no more.
func (w *Worker) ending() {
	if w.member != nil {
		w.member.ending()
	}
}

// killForLimit is kill for a worker that is over a limit.
func (w *Worker) killForLimit(e *LimitError) {
	w.mu.Lock()
	if w.killReason == "" && !w.ended {
		w.killReason = e.Message
		w.killLimit = e
	}
	w.mu.Unlock()
	w.ending()
	w.peer.kill()
}

// watchPeer sees to it that the end of the process is noticed even if something
// else holds the other end of its stream.
func (w *Worker) watchPeer() {
	<-w.peer.gone()
	w.mu.Lock()
	w.startReaderLocked()
	w.mu.Unlock()
	awaitEnd(w.done, w.t.unread)
	w.closeStreams()
}

// closeStreams closes this end of all that leads to the child.
func (w *Worker) closeStreams() {
	// What has not been delivered by now never will be.
	_ = w.t.close()
	if w.files != nil {
		w.files.close()
	}
}

// onLog takes a log record of the script's.
func (w *Worker) onLog(payload []byte) error {
	var l wire.Log
	if err := wire.ParseMessage(payload, &l); err != nil {
		return err
	}
	if l.Line != 0 && w.opts.OnLine != nil {
		return w.onLine(&l)
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
	w.cb.addLog(LogRecord{Level: l.Level, Message: l.Message, Fields: l.Fields, Call: number}, len(l.Message)+sizeOf(l.Fields))
	return nil
}

// number is that of the worker in its pool, or 0.
func (w *Worker) number() int {
	if w.member == nil {
		return 0
	}
	return w.member.number
}
