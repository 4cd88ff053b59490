package host

import (
	"fmt"
	"log/slog"
	"math"
	"time"

	"scripthost.example/host/internal/broker"
	"scripthost.example/wire"
)

// Defaults of Options and Limits.
const (
	DefaultFunction       = "run"
	DefaultMaxOutstanding = 1024
	DefaultPayload        = 64 << 20
	DefaultGrace          = 250 * time.Millisecond
	DefaultStart          = 10 * time.Second
	DefaultDrain          = 30 * time.Second
)

// Options say how a worker is run. A nil *Options and every zero field mean the
// default; a negative number is an error. Start copies what it needs: Options
// may be used again, and by several goroutines.
//
// OnEvent, OnError, OnLog and OnDestroy, and the functions given to Worker.Go,
// are the worker's callbacks. They run one at a time, in the order in which the
// child made what they tell of, on a goroutine of the worker's own. They may
// block, and may call the worker: reading from the child goes on. What waits
// for them is kept in memory. A panic in one is recovered and goes to OnError.
type Options struct {
	// Function is the script's function that calls run; dotted names reach into
	// tables and objects. The default is "run".
	Function string
	// Init names a function that is run once, with InitArgs, after the script
	// has been loaded. The default is none.
	Init     string
	InitArgs []any
	// Async chooses the async mode: every call starts at once, and its function
	// answers by calling done, its first argument.
	Async bool
	// Serialiser carries arguments, results and events. The default is String.
	Serialiser Serialiser

	// OnEvent gets every event.
	OnEvent func(Event)
	// OnError gets errors that belong to no call: the death of the child, a
	// panic in a callback, an event that nobody handles. Without it they go to
	// OnEvent as an event with the arguments "error" and the message, and
	// without either to Logger.
	OnError func(error)
	// OnDestroy is called once, last of all, after Close has drained the
	// worker; not if it died or was killed.
	OnDestroy func()
	// OnLog gets what the script logs and prints. The default is Logger.
	OnLog func(LogRecord)
	// Logger gets what the worker itself has to tell. The default is
	// slog.Default().
	Logger *slog.Logger

	// Host holds the functions that the script can call as host.name(...), by
	// name. A name may be dotted, and must not start with "runner.". Each value
	// is a function of any type; what it can look like is told at HostFunction.
	Host map[string]any
	// Grants is what the script may reach. The default is nothing.
	Grants Grants
	// Limits bound what the worker uses.
	Limits Limits

	// NoWait has Start return at once. Calls are queued until the script has
	// been loaded; if it does not load they all fail with that error.
	NoWait bool
	// MaxOutstanding is how many calls an async worker is sent before it has
	// answered the first, 1 to 2^28-1; the others wait. The default is 1024.
	MaxOutstanding int
}

// Limits bound what a worker uses. Zero is the default, negative an error.
type Limits struct {
	// Memory is what the script may use, in bytes; at the moment the child's
	// garbage collector works to stay below it. The default is no limit.
	Memory int64
	// CallTime is how long a call may take, from the moment that it is made.
	// The default is no limit but that of the call's context.
	CallTime time.Duration
	// Payload is the largest payload of a frame in either direction, in bytes,
	// at most 4 GiB - 1. The default is 64 MiB.
	Payload int64
	// Grace is how long the worker has to end a call that was cancelled, before
	// it is killed. The default is 250 ms.
	Grace time.Duration
	// Start is how long the start may take, loading and Init included. The
	// default is 10 s.
	Start time.Duration
	// Drain is how long Close waits for the calls that are not answered. The
	// default is 30 s.
	Drain time.Duration
}

// Grants is what a script may reach. The zero value is nothing. Paths are
// absolute and name a file or a folder with all that is in it; they need not
// exist. What is denied is denied even if it is granted too.
type Grants struct {
	Read, Write         []string
	DenyRead, DenyWrite []string
}

func (g Grants) forBroker() broker.Grants { return broker.Grants(g) }

// names are the grants as BOOT tells them, for the script's error messages.
func (g Grants) names() []string {
	var names []string
	if len(g.Read) > 0 {
		names = append(names, "read")
	}
	if len(g.Write) > 0 {
		names = append(names, "write")
	}
	return names
}

// withDefaults returns a checked copy with every default filled in.
func (o *Options) withDefaults() (*Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Function == "" {
		c.Function = DefaultFunction
	}
	if c.Serialiser == nil {
		c.Serialiser = String
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.MaxOutstanding < 0 || c.MaxOutstanding > wire.MaxCallID {
		return nil, fmt.Errorf("Options.MaxOutstanding is %d: it must be 1 to %d, or 0 for the default of %d", c.MaxOutstanding, wire.MaxCallID, DefaultMaxOutstanding)
	}
	if c.MaxOutstanding == 0 {
		c.MaxOutstanding = DefaultMaxOutstanding
	}
	l := &c.Limits
	for _, f := range []struct {
		name string
		n    int64
	}{
		{"Memory", l.Memory}, {"CallTime", int64(l.CallTime)}, {"Payload", l.Payload},
		{"Grace", int64(l.Grace)}, {"Start", int64(l.Start)}, {"Drain", int64(l.Drain)},
	} {
		if f.n < 0 {
			return nil, fmt.Errorf("Options.Limits.%s is %d: it cannot be negative", f.name, f.n)
		}
	}
	if l.Payload > math.MaxUint32 {
		return nil, fmt.Errorf("Options.Limits.Payload is %d: the protocol carries at most %d bytes", l.Payload, uint32(math.MaxUint32))
	}
	setDefault(&l.Payload, DefaultPayload)
	setDefault(&l.Grace, DefaultGrace)
	setDefault(&l.Start, DefaultStart)
	setDefault(&l.Drain, DefaultDrain)
	return &c, nil
}

func setDefault[T ~int64](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}
