package child

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"scripthost.example/child/engine"
	"scripthost.example/wire"
)

// How a child exits; the parent goes by what FATAL said, these are for people.
const (
	exitClean    = 0
	exitScript   = 1 // the script does not load
	exitUsage    = 2 // the parent is not one, or of another version; a panic
	exitOrphaned = 3 // the parent is gone
)

// bootPayload bounds the BOOT frame, which carries the source.
const bootPayload = 1 << 30

// leaveTime is how long Serve waits for the script to stop.
const leaveTime = time.Second

// A Conn is the stream to the parent. A net.Conn is one, and so is an *os.File
// of a socket that does not block.
type Conn interface {
	io.Reader
	io.Writer
	io.Closer
	SetReadDeadline(t time.Time) error
}

// errParentGone ends a worker whose stream ended without DRAIN.
var errParentGone = errors.New("the parent is gone")

// Serve is a worker on a stream that somebody else made. It returns when the
// parent has drained it (nil) or the stream has ended otherwise, and leaves no
// goroutine behind. Only a script that neither waits nor can be interrupted
// (it is inside one long operation of its language) is beyond its reach: Serve
// returns a second later, and that goroutine ends with the operation. A worker
// in a process of its own ends with the process.
//
// Files can be passed to a worker whose conn has the method FileSocket, which
// returns another Unix stream socket that does not block, or nil. Serve closes
// that, too. A read of a file that was passed and blocks is likewise beyond the
// reach of Serve.
func Serve(conn Conn, engines ...engine.Engine) error {
	return serve(conn, nil, engines)
}

func serve(conn Conn, exit func(int), engines []engine.Engine) error {
	src := io.Reader(conn)
	if c, ok := conn.(interface{ reader() io.Reader }); ok {
		src = c.reader()
	}
	eager := wire.NewEagerReader(src)
	eager.SetPatient()
	w := &worker{
		conn:      conn,
		exit:      exit,
		eager:     eager,
		rd:        wire.NewReader(eager, bootPayload),
		hostCalls: make(map[uint32]*hostCall),
		parked:    make(map[*parked]bool),
		wakeup:    make(chan struct{}, 1),
		ended:     make(chan struct{}),
	}
	w.watch = time.AfterFunc(time.Hour, w.readIfBusy)
	w.watch.Stop()
	w.alarm = time.AfterFunc(time.Hour, w.ring)
	w.alarm.Stop()
	w.files.spawn, w.files.socket = w.spawn, fileSocketOf(conn)
	w.out.init(&w.mu, conn, w.writeFailed)
	if exit != nil { // else the process has other things on its heap
		w.gc.start()
	}
	w.goroutines.Add(2)
	go func() {
		defer w.goroutines.Done()
		w.out.run(w.ended)
	}()
	go w.execute(func() { w.boot(engines) })
	<-w.ended
	w.waitForGoroutines()
	return w.endErr
}

// spawn runs fn on a goroutine that the worker waits for at its end. The holder
// of the VM calls it.
func (w *worker) spawn(fn func()) {
	w.goroutines.Add(1)
	go func() {
		defer w.goroutines.Done()
		fn()
	}()
}

// waitForGoroutines returns when the goroutines of an ended worker are gone, or
// one of them obviously cannot be stopped.
func (w *worker) waitForGoroutines() {
	gone := make(chan struct{})
	go func() {
		w.goroutines.Wait()
		close(gone)
	}()
	t := time.NewTimer(leaveTime)
	defer t.Stop()
	select {
	case <-gone:
	case <-t.C:
	}
}

// A worker is one script, its VM and the stream to its parent.
type worker struct {
	conn  Conn
	exit  func(int)         // os.Exit; nil where the worker shares its process
	eager *wire.EagerReader // what rd reads from
	crowd int               // see noteCrowd; of who reads
	// mayLook says that who reads may look for what comes before it waits.
	mayLook bool
	rd      *wire.Reader
	out     outbox

	vm         engine.VM
	boots      wire.Boot
	async      bool
	maxPayload uint64
	grace      time.Duration
	// protections are the names of those in force.
	protections []string
	// stopProfile ends the profile that is made of the worker; nil if there is none.
	stopProfile func() ([]byte, error)
	toolNames   []string // of BOOT, those that are there
	entry       engine.Function
	functions   map[string]engine.Function // by name, as CALL frames asked for them; the executor's
	scratch     []byte                     // the frame that Frame lends; the executor's
	tail        []byte                     // see workerCodec; the executor's
	files       files
	gc          collector
	waits       bool // Wait or Park starts something; of the holder of the VM

	mu sync.Mutex // guards what follows

	// The executor is the goroutine that holds the VM.
	execReading bool          // it is in Reader.Next
	execWaiting bool          // it waits for wakeup, because another one reads
	kicked      bool          // its read was interrupted by a deadline
	wakeup      chan struct{} // of capacity 1
	readerTaken bool          // somebody reads
	watch       *time.Timer   // has someone read while the executor is busy
	watching    bool
	busySince   time.Duration // by uptime

	queue    []*call          // not started
	posts    []post           // to be run
	parked   map[*parked]bool // goroutines that let go of the VM
	woken    []*parked        // of them, those to be resumed
	idle     []chan bool
	starting int  // functions of calls that have not returned, and may use their arguments
	lastPost bool // a post ran last: a call's turn
	args     argBuffer

	timers  timerHeap
	alarm   *time.Timer
	nextSeq uint64
	fixed   *fixedClock // nil: the clock is the real one

	callsMade uint64

	calls     callTable // not answered
	hostCalls map[uint32]*hostCall
	hostIDs   uint64 // of them, the last; the lower 32 bits are sent
	pending   int    // host calls and timers under way

	running      *call         // whose code is running
	runningSince time.Duration // by uptime
	justBusy     bool          // no code has been run since busySince
	turns        uint64        // how often code was started or resumed
	interrupt    *engine.Error // why the VM was told to stop; nil if it was not
	draining     bool
	inputEnded   bool // behind DRAIN: nothing comes any more, and nobody reads
	cleanups     []cleanup
	cleanupTimer *time.Timer
	broken       bool // the VM panicked: nothing may run on it again

	// goroutines are those that the worker started, and timers' goroutines for
	// as long as they read.
	goroutines sync.WaitGroup

	endOnce sync.Once
	ended   chan struct{} // closed with mu held
	over    bool          // it is; guarded by mu
	endErr  error
}

// boot does what BOOT says and answers it; then the executor serves.
func (w *worker) boot(engines []engine.Engine) {
	w.rd.ExpectFirst(wire.ControlID(wire.KindBoot, 0), "BOOT")
	f, err := w.rd.Next()
	if err == nil {
		err = w.bootFrame(f, engines)
	} else if !errors.Is(err, wire.ErrProtocol) && !errors.As(err, new(*wire.TooLargeError)) {
		w.end(exitOrphaned, fmt.Errorf("no BOOT came: %w", err))
		return
	}
	switch {
	case errors.Is(err, wire.ErrProtocol), errors.As(err, new(*wire.TooLargeError)):
		if w.exit != nil {
			// A parent that speaks something else will not tell of it.
			fmt.Fprintf(os.Stderr, "%s: %v\n", wire.ChildArg, err)
		}
		w.fatal(exitUsage, err)
		return
	case err != nil:
		w.fatal(exitScript, err)
		return
	}
	ready := wire.Ready{
		Version:     wire.Version,
		PID:         os.Getpid(),
		Protections: w.protections,
		Functions:   w.vm.Functions(),
		Tools:       w.toolNames,
	}
	w.control(wire.KindReady, 0, &ready)
	w.out.flush()
}

func (w *worker) bootFrame(f wire.Frame, engines []engine.Engine) error {
	b := &w.boots
	if err := wire.ParseBoot(f.Payload, b); err != nil {
		return err
	}
	w.mayLook = !slices.Contains(b.Without, noLook)
	w.files.boot(b.Files)
	eng, err := findEngine(engines, b.Language)
	if err != nil {
		return err
	}
	switch b.Mode {
	case wire.ModeSync:
	case wire.ModeAsync:
		w.async = true
	default:
		return wire.Protocolf("BOOT asks for the mode %q: there are %q and %q", b.Mode, wire.ModeSync, wire.ModeAsync)
	}
	w.maxPayload = b.Limits.Payload
	if w.maxPayload == 0 {
		w.maxPayload = wire.MaxPayloadSize
	}
	w.rd.SetMaxPayload(w.maxPayload)
	w.grace = time.Duration(b.Limits.GraceMS) * time.Millisecond
	if b.Clock != nil {
		w.fixClock(*b.Clock)
	}
	if slices.Contains(b.Tools, toolClock) {
		w.holdClock()
	}
	if err := w.setZone(b.Zone); err != nil {
		return err
	}
	if err := w.protect(); err != nil {
		return err
	}

	cfg := engine.Config{
		Async:         w.async,
		Name:          b.Name,
		PID:           os.Getpid(),
		HostFunctions: b.Host,
		Modules:       b.Modules,
		Nearby:        b.Nearby,
		Seed:          b.Seed,
		JSON:          jsonText{},
		Services:      w,
		Tools:         w.tools(b.Tools),
		MaxData:       w.maxData(),
		Function:      b.Function,
	}
	if err := w.chooseSerialiser(&cfg); err != nil {
		return err
	}
	w.mu.Lock()
	w.becomeBusyLocked()
	w.mu.Unlock()
	vm, err := eng.New(cfg)
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.vm = vm
	ended := w.hasEnded()
	w.mu.Unlock()
	if ended {
		return errParentGone
	}
	if err := w.startProfile(vm); err != nil {
		return err
	}
	return w.load()
}

func (w *worker) load() error {
	b := &w.boots
	if err := w.vm.Load(engine.Source{Name: b.Name, Text: b.Source}); err != nil {
		return err
	}
	if b.Init != "" {
		init, err := w.vm.Lookup(b.Init)
		if err != nil {
			return err
		}
		if err := w.vm.Init(init, b.InitArgs); err != nil {
			return err
		}
	}
	var err error
	w.entry, err = w.vm.Lookup(b.Function)
	w.functions = map[string]engine.Function{b.Function: w.entry}
	return err
}

func (w *worker) chooseSerialiser(cfg *engine.Config) error {
	s := w.boots.Serialiser
	if len(s.Source) > 0 {
		cfg.Serialiser = &engine.Source{Name: s.Name, Text: s.Source}
		cfg.Binary = true
		return nil
	}
	serialiser, err := wire.SerialiserByName(s.Name)
	if err != nil {
		return err
	}
	cfg.Codec = w.codec(serialiser)
	cfg.Text = serialiser.Name() == "string"
	cfg.Binary = serialiser.Name() == "cbor" || serialiser.Name() == "msgpack"
	return nil
}

func findEngine(engines []engine.Engine, language string) (engine.Engine, error) {
	for _, e := range slices.Concat(engines, engine.Registered()) {
		if e.Language() == language {
			return e, nil
		}
	}
	has := "none"
	for i, e := range engines { // those that are registered are not for scripts
		if i == 0 {
			has = e.Language()
		} else {
			has += ", " + e.Language()
		}
	}
	if language == "lua" || language == "js" { // what BOOT asks for there is, but not here
		return nil, fmt.Errorf("the script is in the language %s, which the worker's program does not have (it has %s): start one that has it; in Go, child.Enter is given its engine", language, has)
	}
	return nil, wire.Protocolf("BOOT asks for the language %q, which the worker's program does not have: it has %s", language, has)
}

// fatal says why the worker is about to die, and ends it.
func (w *worker) fatal(code int, err error) {
	w.control(wire.KindFatal, 0, toWire(err))
	w.out.flush()
	w.end(code, err)
}

// panicked ends the worker: a VM that panicked is not to be used again.
func (w *worker) panicked(v any) {
	w.mu.Lock()
	c := w.running
	w.broken = true
	w.mu.Unlock()
	where := ""
	if c != nil {
		where = fmt.Sprintf(" during call %d", c.ID)
	}
	fmt.Fprintf(os.Stderr, "panic in the worker%s: %v\n\n%s", where, v, debug.Stack())
	w.fatal(exitUsage, &engine.Error{Kind: wire.ErrorExit, Message: fmt.Sprintf("panic in the worker%s: %v", where, v)})
}

// writeFailed is told by the outbox that the parent reads no more.
func (w *worker) writeFailed(err error) {
	w.end(exitOrphaned, fmt.Errorf("%w: %w", errParentGone, err))
}

// end ends the worker, once: the process, or the goroutines if it is shared.
func (w *worker) end(code int, err error) {
	w.endOnce.Do(func() {
		if w.exit != nil {
			w.exit(code)
		}
		defer w.files.close()
		w.mu.Lock()
		defer w.mu.Unlock()
		w.endErr = err
		close(w.ended)
		w.over = true
		w.conn.Close()
		w.watch.Stop()
		w.alarm.Stop()
		if w.cleanupTimer != nil {
			w.cleanupTimer.Stop()
		}
		for p := range w.parked {
			w.wakeLocked(p)
			if w.broken { // no executor is left to resume it
				p.resume <- struct{}{}
			}
		}
		for _, ch := range w.idle {
			close(ch)
		}
		w.idle = nil
		if w.vm != nil {
			w.interruptLocked(cancelledError())
		}
		w.notifyLocked()
	})
}

func (w *worker) hasEnded() bool {
	select {
	case <-w.ended:
		return true
	default:
		return false
	}
}
