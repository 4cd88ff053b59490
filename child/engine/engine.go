// Package engine is what a scripting language has to offer to be run in a
// worker: the small interface between the worker end (package child), which
// owns the wire and decides who runs when, and the languages (packages lua and
// js), which own values, functions and errors.
//
// Start with [Engine] and [VM], which a language implements, and [Services],
// which it uses. Package enginetest is the conformance suite for both.
//
// # Who holds the VM
//
// A VM is not safe for concurrent use. The worker end makes sure that at most
// one goroutine at a time "holds the VM": every method of VM but Interrupt is
// called by the holder, and a function given to Services.Post or
// Services.After is run by the holder. Services.Park lets go of the VM while
// it blocks and holds it again when it returns.
package engine

import (
	"time"
)

// An Engine makes VMs of one language. Engines are stateless and safe for
// concurrent use.
type Engine interface {
	// Language is the name that BOOT carries: "lua" or "js".
	Language() string
	// New returns a VM with its standard bindings and no script loaded.
	New(cfg Config) (VM, error)
}

// Config is what a VM is made with. The VM may keep it and must not change it.
type Config struct {
	// Async chooses the async mode: functions get a done before their arguments.
	Async bool
	// Name and PID are what the script sees as worker.name and worker.pid.
	Name string
	PID  int
	// HostFunctions are the names of the parent's functions, offered to the
	// script as host.name.
	HostFunctions []string
	// Modules are the folders whose files the host function
	// "runner.module.first" hands over, as its paths name them, clean and with
	// slashes: the script's own (which is the folder of Source.Name), if it has
	// one, then absolute ones. Without any no file can be required.
	Modules []string
	// Nearby are other names of those absolute ones that a path from a file of the
	// script may lead to, as "../shared" does: that path in the names of the
	// script's own files. Nothing is looked for in them by another name.
	Nearby []string
	// Text says that the serialiser carries octet strings only (the serialiser
	// "string"): the engine then hands Codec.Freeze nothing but string and
	// []byte, written out as the language writes them, and refuses the rest.
	Text bool
	// Binary says that the serialiser can carry octets apart from text (cbor,
	// msgpack): octets that are not UTF-8 are then frozen as []byte, and are
	// an error otherwise.
	Binary bool
	// Seed, if it is not nil, fixes the random numbers of the VM; see Random.
	Seed *uint64
	// Codec is the serialiser; nil where Serialiser is set.
	Codec Codec
	// JSON is for what a language has to offer of JSON and has not itself.
	JSON JSON
	// Serialiser is the source of a custom serialiser, loaded before the
	// script: it returns two functions, freeze and thaw.
	Serialiser *Source
	// Tools are nil in a worker that serves.
	Tools *Tools
	// MaxData is how many octets one host call can carry beside the rest of its
	// arguments: an engine sends what is longer in parts. 0 is for any number.
	MaxData int
	// Function is the name of the function that calls run, for Tools.
	Function string
	// Services is the worker end.
	Services Services
}

// A Source is one file of a script. Text is owned by the caller and not changed.
type Source struct {
	Name string // as shown in positions, e.g. "scripts/tidy.lua"
	Text []byte
}

// A Codec turns the values of one call, result or event into a payload and
// back. Values are of the types nil, bool, int64, uint64, float64, string,
// []byte, []any, map[string]any and time.Time. Implementations are stateless
// and safe for concurrent use. One that is a [Streamer]
// or an [OctetCodec] is used as such.
type Codec interface {
	// AppendFreeze appends the payload to dst and returns it. On an error the
	// returned slice is dst, unchanged. A payload that was appended to
	// Services.Frame may lack the octets of the last value if that is large:
	// they are added by the Answer or Event that it is for, before which nothing
	// else may be frozen and no script may run.
	AppendFreeze(dst []byte, values []any) ([]byte, error)
	// Thaw returns the values of a payload. They may refer to it if it has more
	// than 64 KiB; nobody changes the arguments of a call that are so large.
	Thaw(payload []byte) ([]any, error)
}

// JSON is JSON text, one value at a time. Values are those of a Codec, and what
// JSON cannot carry unchanged is an error. Implementations are stateless and safe
// for concurrent use.
type JSON interface {
	// Writer returns a Writer of one value, which appends its text to dst, without
	// white space.
	Writer(dst []byte) Writer
	// ParseInto has b make the value of a text.
	ParseInto(text []byte, b Builder) error
}

// A Function is a script's function found by VM.Lookup. It stays valid as long
// as its VM.
type Function any

// A VM runs one script. Errors returned are *Error where the script, and not
// the engine, is to blame.
type VM interface {
	// Load compiles and runs the script (and, first of all, the custom
	// serialiser of the Config). It is called once.
	Load(src Source) error
	// Functions returns the sorted names of the script's functions that Lookup
	// would find: globals that the script defined, keys of the table that a Lua
	// chunk returned, exports of a JS module. Names reached through a table
	// ("M.serve") are listed one level deep.
	Functions() []string
	// Lookup finds a function by its name, which may be dotted. The error of a
	// name that does not exist, or is not a function's, is an *Error that lists
	// Functions and has NoFunction set.
	Lookup(name string) (Function, error)
	// Init calls fn with the thawed args, in neither mode with a done, and
	// returns when it (and, in JS, the promise that it returned) is through.
	Init(fn Function, args []byte) error
	// Start calls fn with the thawed args. It owns args until it returns.
	//
	// Sync: the call has been answered (Services.Answer or Fail, exactly once)
	// when Start returns. Async: Start returns when the function has returned;
	// the call is answered then or later, or never. Whatever goes wrong in the
	// script ends in Services.Fail. A panic that is not the script's doing (a
	// Go runtime error in the engine or a binding) is passed on as a panic.
	Start(c *Call, fn Function, args []byte)
	// Cancelled tells that the async call c has been cancelled and answered:
	// its done is to be ignored from now on, and its abort signal fires.
	Cancelled(c *Call)
	// Interrupt makes the code that is running stop with cause, as soon as the
	// VM can, and any code run after it, until ClearInterrupt. Scripts cannot
	// catch it for good. It may be called from any goroutine, and must not use
	// Services.
	Interrupt(cause *Error)
	// ClearInterrupt ends an Interrupt. It is called when nothing runs, and may
	// use Services.
	ClearInterrupt()
}

// A Locator is a VM that can tell where the code that runs is: for the record
// that a parent keeps of what scripts ask for.
type Locator interface {
	// Locate returns the innermost level of the script, or a Frame without a
	// file. It is called by the holder.
	Locate() Frame
}

// A Call is one call from the parent. The worker end makes it; an engine uses
// its address as the call's identity and may keep things in Data.
type Call struct {
	// ID is the call's id on the wire.
	ID uint32
	// Number counts the calls of the worker from 1, in the order in which the
	// parent made them.
	Number uint64
	// Data belongs to the engine.
	Data any
	// State belongs to the worker end.
	State any

	random streams // of Random
}

// Level is the severity of a log record.
type Level string

// The levels of a log record.
const (
	LevelDebug Level = "debug"
	LevelInfo  Level = "info"
	LevelWarn  Level = "warn"
	LevelError Level = "error"
)

// Services is what the worker end does for an engine. Unless it says
// otherwise, a method is called by the holder of the VM. A nil *Call means no
// call: code that runs while loading, in init, or in a timer made there.
type Services interface {
	// Frame returns an empty frame to append a payload to: its contents so far
	// are room for a header and stay as they are. The frame is good for one
	// Answer or Event and must not be kept.
	Frame() []byte
	// Answer sends the frozen results of c. It returns ErrAnswered if c has
	// been answered before, and nil if c was cancelled meanwhile (the answer is
	// then dropped). A frame over the payload limit is a *Error of kind limit:
	// then c is not answered yet.
	Answer(c *Call, frame []byte) error
	// Fail answers c with an error. It returns ErrAnswered if c has been
	// answered before: err is then a log record. With a nil c it logs.
	Fail(c *Call, err error) error
	// Event sends an event of c, or of no call. In sync mode an engine passes
	// the call that is running. After the answer it returns ErrAnswered.
	Event(c *Call, frame []byte) error
	// Log sends a log record. fields may be nil. Any goroutine may call it.
	Log(c *Call, level Level, message string, fields map[string]any)
	// HostCall asks the parent to run a function (its own, or a built-in whose
	// name starts with "runner."). args are values as in Codec. done is called
	// exactly once, on any goroutine, perhaps before HostCall returns: it must
	// not touch the VM, but may call Post or a wake. An error is a *Error, of
	// kind denied for a missing grant.
	//
	// The worker end itself carries out "runner.files.receive", whose result is
	// the handle (an int64 below 0) of the next file that the parent passes, and
	// the operations runner.fs.read, write, seek and close on such a handle.
	// "runner.files.putback" returns one that no script has got, because its
	// call was cancelled, for the next receiver. A receive ends with an error
	// of kind cancelled when its call is cancelled.
	HostCall(c *Call, name string, args []any, done func(results []any, err error))
	// Post has fn run by the holder of the VM, in the order of the Posts, on
	// account of c: an engine that suspends has it run where Park is allowed.
	// Any goroutine may call it.
	Post(c *Call, fn func())
	// After has fn run like Post does after d, until stop is called. A d that
	// is not positive means as soon as possible.
	After(c *Call, d time.Duration, fn func()) (stop func())
	// WakeAfter calls wake after d, like After does fn, until stop is called,
	// but on any goroutine: it is for a Wait or Park that lasts that long.
	WakeAfter(c *Call, d time.Duration, wake func()) (stop func())
	// Now is what time it is for code of c. The parent may have fixed it: each
	// call then begins at the same time, which passes only with what After and
	// WakeAfter are used for.
	Now(c *Call) time.Time
	// Wait calls start and blocks until wake has been called, from any
	// goroutine, or c is cancelled. It goes on holding the VM: nothing else of
	// the script runs meanwhile. The error is of kind cancelled or deadline.
	Wait(c *Call, start func(wake func())) error
	// Park is like Wait, but lets go of the VM, so that other calls, posts and
	// timers run meanwhile, on other goroutines. It must be called in code that
	// Start, Post or After runs; in sync mode it is Wait.
	Park(c *Call, start func(wake func())) error
	// RunUntil runs posts and timers, but starts no calls, until done reports
	// true, nothing is left that could make it true (ErrStalled), or c is
	// cancelled. It is for a sync call that awaits a promise, and for Init.
	RunUntil(c *Call, done func() bool) error
	// Cancelled reports whether c has been cancelled.
	Cancelled(c *Call) bool
	// Retire asks the parent to send this worker no more calls.
	Retire()
}
