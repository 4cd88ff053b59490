package host

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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
	DefaultHostCalls      = 1024
	DefaultPing           = 10 * time.Second
)

// MinMemory is the least that Limits.Memory can be, in bytes: what a VM with its
// standard bindings and a small script need.
const MinMemory = 8 << 20

// maxMemory is more than any machine has.
const maxMemory = 1 << 48

// Options say how a worker is run. A nil *Options and every zero field mean the
// default; a negative number is an error. Start copies what it needs: Options
// may be used again, and by several goroutines.
//
// OnEvent, OnError, OnLog, OnLine, OnSend, OnProfile and OnDestroy, and the functions given to
// Worker.Go, are the worker's callbacks. They run one at a time, in the order in which the
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
	// OnSend is told of each call when it is sent, in the order in which calls are,
	// and before the call's events and its answer. It is one of the callbacks. A
	// call whose worker dies before it has run it may be sent again, to another one.
	OnSend func(Sent)
	// OnLine has the worker tell of each line of its script, and of the files that it
	// requires or imports, before it is run: the lines that statements begin in, and
	// those of the conditions of loops, each time. Several statements of a line are told
	// of once, unless the script has gone back in it or come from elsewhere. OnLine is
	// one of the callbacks, and an exception from what they may do: where many lines
	// wait for callbacks (16 MiB of them) the worker is read no more until they have
	// been told, and waits, so that none of the callbacks may wait for anything of the
	// worker's. A worker that cannot tell is refused with ErrNoLines. Scripts are slower
	// by far. The default is not to know, which costs nothing.
	OnLine func(Line)
	// Logger gets what the worker itself has to tell. The default is
	// slog.Default().
	Logger *slog.Logger

	// OnModule is told of the files that the script loads itself, by absolute
	// paths: of the one that it gets, or, if there is none, of all places where it
	// was looked for. Files of a bundle that is used again are told of too, those
	// of an fs.FS are not. It is called by many goroutines at a time, before the
	// script has the file, and must not block.
	OnModule func(paths []string)

	// Host holds the functions that the script can call as host.name(...), by
	// name. A name may be dotted, and must not start with "runner.". Each value
	// is a function of any type; what it can look like is told at HostFunction.
	Host map[string]any
	// Grants is what the script may reach. The default is nothing.
	Grants Grants
	// Audit is told of every use and every refusal of a grant, before the script
	// learns what came of it. It is called by one goroutine at a time, and holds
	// up the script's use of grants while it runs; it must not call the worker.
	Audit func(AuditRecord)
	// Intercept answers the host calls of the script in place of those functions
	// and grants, or watches how they do: for records and replays of runs, traces
	// and tests. It gets all of them, those for files, modules, requests and
	// variables included; the default is to have each carried out. A script that has
	// to be bundled is then bundled for each worker anew.
	Intercept Interceptor
	// Profile has the worker make a profile of itself, from its loading of the script
	// on, and OnProfile gets it when the worker has been drained by Close, or as one of
	// a pool; one that is killed, or dies, has none. It is one of the callbacks. A
	// profile of processor time lets the worker ask the kernel for the timer that it
	// takes (setitimer), and nothing more. A worker that was attached and shares its
	// process makes none. The default is none, which costs nothing.
	Profile   Profile
	OnProfile func(WorkerProfile)
	// Limits bound what the worker uses.
	Limits Limits
	// Seed fixes the random numbers of the script, and with them its random ids and
	// octets, so that the same calls get the same ones in every run; the default,
	// nil, leaves them to chance. Each call has its own, which depend on Seed and on
	// how many calls the worker was sent before: workers with the same Seed make the
	// same ids. Whoever knows it knows them all: what keeps secrets must not have
	// one.
	Seed *uint64
	// Clock fixes the time that the script sees, and its time zone, which is UTC.
	// Each call, and what belongs to none, begins at Clock, and its time passes
	// with its timers and sleeps only, which take as long as ever. The year is
	// 1 to 9999. The default, the zero time, is the real clock.
	Clock time.Time
	// Sandbox says what happens where the kernel lacks a protection of those
	// that a worker puts itself under before it parses its script. The default
	// is SandboxStrict on Linux, and SandboxBestEffort elsewhere and for workers
	// that are attached, which may share their process with others.
	Sandbox Sandbox

	// Worker is an executable that is started as the child instead of this program,
	// by its absolute path and in the same way: a smaller one, whose main does
	// nothing but call child.Enter with the engine of the script's language. A child
	// pays at its start, and in memory, for all packages that its program imports.
	// It has to be built from the same version of this module, as nothing checks but
	// the protocol's version, and is trusted: it is what puts the child under its
	// protections. The bundler of TypeScript is this program all the same. The
	// default is this program.
	Worker string
	// Command is a program, and its arguments, that is started as the child
	// instead of this program: a worker in whatever language, or what leads to
	// one, such as "ssh box runner child --stdio" in words. It is looked for
	// along PATH, has a process group of its own (so that a Ctrl-C does not
	// reach it, and that all it starts can be killed with it), and is trusted:
	// what it may do is not limited.
	Command []string
	// Env is the environment of Command. The default is this process's own.
	Env []string
	// Stdio says that the child's stream is its standard input and output, and
	// not a socket on its descriptor 3. Start needs Command for that.
	Stdio bool
	// Wire is the dialect of the protocol that the child speaks. The default is
	// Extended.
	Wire Wire
	// InitFiles are open files for the script to receive with files.receive(),
	// in Init for example, before those of SendFile. They stay the caller's.
	InitFiles []*os.File

	// Tools has the worker offer functions for those who write its script. The
	// default is none: what they need would slow down a worker that serves.
	Tools Tools

	// NoWait has Start return at once. Calls are queued until the script has
	// been loaded; if it does not load they all fail with that error.
	NoWait bool
	// MaxOutstanding is how many calls an async worker is sent before it has
	// answered the first, 1 to 2^28-1; the others wait. The default is 1024.
	MaxOutstanding int

	// without names protections to leave out, whatever Sandbox is: tests show
	// with it what one stops.
	without []string
	// spawn is what starts the child's process: nil is [exec.Cmd.Start]. Tests have
	// it fail as a system that is short of something does.
	spawn func(*exec.Cmd) error
	// independent says that no callback waits for anything of the worker's.
	independent bool
	// onModule is told of the files that the script asks for, and of what it got.
	onModule func(paths, results []any) error
	// bundler says that the worker bundles the script of another one.
	bundler bool
	// afterCallbacks is called when all callbacks that were due have run.
	afterCallbacks func()
}

// A Sandbox says how a worker is protected by the kernel: what it may still ask
// the kernel for once a script has broken out of its VM. See docs/SECURITY.md.
type Sandbox string

const (
	// SandboxStrict has a start fail, with ErrSandboxUnavailable, if any
	// protection is missing.
	SandboxStrict Sandbox = "strict"
	// SandboxBestEffort goes without what is missing; Worker.Protections tells.
	SandboxBestEffort Sandbox = "best-effort"
	// SandboxOff leaves the protections out. Limits hold as far as they can.
	SandboxOff Sandbox = "off"
)

// defaultSandbox is the Sandbox of workers of which nothing else is said.
func defaultSandbox() Sandbox {
	if runtime.GOOS == "linux" {
		return SandboxStrict
	}
	return SandboxBestEffort
}

// A Wire is a dialect of the protocol (wire/PROTOCOL.md).
type Wire string

// The dialects. Classic is that of Perl's AnyEvent::Fork::RPC. A worker that
// speaks it brings its script with it, so that what Options and Script say of
// one cannot be used: Function, Init, InitArgs, NoWait, Host, Intercept, Grants,
// OnLine, Profile, Seed, Clock and Tools.
//
// It also has no way to cancel a call. A sync worker is killed if a call goes on
// for Limits.Grace after it was given up; in an async one such a call goes on,
// and counts for MaxOutstanding until it is answered. Events are those of the
// call that runs in a sync worker, and of no call in an async one. A worker that
// ends by itself while nothing is asked of it is no error.
const (
	Extended Wire = "extended"
	Classic  Wire = "classic"
)

// Limits bound what a worker uses. Zero is the default, negative an error.
type Limits struct {
	// Memory is what the script may use, in bytes, MinMemory at least, beside
	// what a worker has before it loads a script. A headroom of 32 MiB lies
	// between it and what the kernel refuses, half a MiB more for each thread in
	// a program with cgo, and 64 MiB more for a worker that was taken over
	// (docs/SECURITY.md). A worker that needs more dies; its calls fail with a
	// *LimitError. The default is no limit.
	Memory int64
	// CPU is how much processor time the worker may use in its whole life. One
	// that uses more is killed; its calls fail with a *LimitError. The default
	// is no limit.
	CPU time.Duration
	// CallTime is how long a call may take, from the moment that it is made.
	// The default is no limit but that of the call's context.
	CallTime time.Duration
	// Payload is the largest payload of a frame in either direction, in bytes,
	// at most 4 GiB - 1. The default is 64 MiB. With the serialiser String a
	// payload takes about twice its size here while it is sent (what was given
	// to Call, and the frame), and once while it is received; a worker holds
	// one that comes once, and one that it sends twice. With the others the
	// values of a payload can take 64 times its size while they are held, which
	// is once for each call or callback that has them.
	Payload int64
	// HostCalls is how many calls of the parent's functions, built-in ones
	// included, may be outstanding: made by the script, with an answer that is
	// not written yet. The default is 1024. Together their arguments and
	// results take at most twice Payload. One that is too many, or too large,
	// fails with a *LimitError.
	HostCalls int
	// Grace is how long the worker has to end a call that was cancelled, before
	// it is killed. The default is 250 ms.
	Grace time.Duration
	// Start is how long the start may take, bundling, loading and Init included.
	// The default is 10 s.
	Start time.Duration
	// Drain is how long Close waits for the calls that are not answered, and how
	// long a worker of a pool that is replaced has to finish those that it has. The
	// default is 30 s.
	Drain time.Duration
	// Ping is how long a worker of which something is expected (the answer to a
	// call, its start or its end) may send nothing before it is asked for a sign
	// of life, and how long it then has to give one; 10 ms at least. Workers that
	// are busy do so. One that does not, because its process was stopped or the
	// connection to it is dead, is killed; its calls fail with an *ExitError.
	// Choose it longer where you stop workers for a while, with a debugger for
	// example, or where a connection may be interrupted. Classic workers cannot
	// be asked. The default is 10 s.
	Ping time.Duration
}

// Grants is what a script may reach. The zero value is nothing. What is denied
// is denied even if it is granted too. Start refuses what is malformed.
type Grants struct {
	// Read and Write are files, and folders with all that is in them, by
	// absolute paths, which need not exist.
	Read, Write         []string
	DenyRead, DenyWrite []string
	// Net are hosts that requests can be made to, for a program that imports
	// scripthost.example/host/nethttp: "example.com", "example.com:443",
	// "*.example.com" (not example.com itself), "10.0.0.1", "[::1]:8080",
	// "10.0.0.0/8", "localhost" (and the loopback addresses), or "*" for all
	// that are public. Without a port, or with ":*", it is any port. An address
	// that is not public (loopback, private, link-local and the like) has to be
	// granted by address, range or localhost, also where a granted name leads
	// to it.
	Net, DenyNet []string
	// Env are variables of this process's environment: names, prefixes of names
	// like "AWS_*", or "*" for all. A variable that is not granted reads as one
	// that is not set.
	Env, DenyEnv []string
	// Modules are folders, by absolute paths, whose files a script can require
	// beside those of its own folder: that one needs no grant. What is in
	// DenyRead is not served either.
	Modules []string
}

// Validate returns an error that names the first path, host or name that cannot
// be granted, and says why. Start does the same.
func (g Grants) Validate() error { return g.forBroker().Validate() }

func (g Grants) forBroker() broker.Grants { return broker.Grants(g) }

// names are the grants as BOOT tells them, for the script's error messages.
func (g Grants) names() []string {
	var names []string
	for _, kind := range []struct {
		name  string
		items []string
	}{{"read", g.Read}, {"write", g.Write}, {"net", g.Net}, {"env", g.Env}, {"modules", g.Modules}} {
		if len(kind.items) > 0 {
			names = append(names, kind.name)
		}
	}
	return names
}

func (g Grants) isZero() bool {
	return len(g.Read)+len(g.Write)+len(g.DenyRead)+len(g.DenyWrite)+
		len(g.Net)+len(g.DenyNet)+len(g.Env)+len(g.DenyEnv)+len(g.Modules) == 0
}

// withDefaults returns a checked copy with every default filled in.
func (o *Options) withDefaults() (*Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	switch c.Sandbox {
	case "":
		c.Sandbox = defaultSandbox()
	case SandboxStrict, SandboxBestEffort, SandboxOff:
	default:
		return nil, fmt.Errorf("Options.Sandbox is %q: there are %q, %q and %q", c.Sandbox, SandboxStrict, SandboxBestEffort, SandboxOff)
	}
	switch c.Wire {
	case "":
		c.Wire = Extended
	case Extended:
	case Classic:
		if err := c.checkClassic(); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("Options.Wire is %q: there are %q and %q", c.Wire, Extended, Classic)
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
	if err := c.checkProfile(); err != nil {
		return nil, err
	}
	if c.Init == "" && len(c.InitArgs) > 0 {
		return nil, errors.New("Options.InitArgs are set without Options.Init: there is no function that gets them")
	}
	if c.Command != nil && len(c.Command) == 0 {
		return nil, errors.New("Options.Command is empty: nil is this program itself")
	}
	if year := c.Clock.UTC().Year(); year < 1 || year > 9999 {
		return nil, fmt.Errorf("Options.Clock is in the year %d: it must be 1 to 9999", year)
	}
	l := &c.Limits
	for _, f := range []struct {
		name string
		n    int64
	}{
		{"Memory", l.Memory}, {"CPU", int64(l.CPU)}, {"CallTime", int64(l.CallTime)}, {"Payload", l.Payload}, {"HostCalls", int64(l.HostCalls)},
		{"Grace", int64(l.Grace)}, {"Start", int64(l.Start)}, {"Drain", int64(l.Drain)}, {"Ping", int64(l.Ping)},
	} {
		if f.n < 0 {
			return nil, fmt.Errorf("Options.Limits.%s is %d: it cannot be negative", f.name, f.n)
		}
	}
	if l.Memory > 0 && l.Memory < MinMemory || l.Memory > maxMemory {
		return nil, fmt.Errorf("Options.Limits.Memory is %d: it must be %d to %d, or 0 for no limit", l.Memory, int64(MinMemory), int64(maxMemory))
	}
	if l.Ping > 0 && l.Ping < minPing {
		return nil, fmt.Errorf("Options.Limits.Ping is %v: it must be at least %v, which is how long a worker may take to answer, or 0 for the default of %v", l.Ping, minPing, DefaultPing)
	}
	if l.Payload > math.MaxUint32 {
		return nil, fmt.Errorf("Options.Limits.Payload is %d: the protocol carries at most %d bytes", l.Payload, uint32(math.MaxUint32))
	}
	setDefault(&l.Payload, DefaultPayload)
	if l.HostCalls == 0 {
		l.HostCalls = DefaultHostCalls
	}
	setDefault(&l.Grace, DefaultGrace)
	setDefault(&l.Start, DefaultStart)
	setDefault(&l.Drain, DefaultDrain)
	setDefault(&l.Ping, DefaultPing)
	return &c, nil
}

// checkClassic refuses what the classic dialect has no way to say.
func (o *Options) checkClassic() error {
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"Function", o.Function != ""}, {"Init", o.Init != ""}, {"InitArgs", len(o.InitArgs) > 0}, {"NoWait", o.NoWait},
		{"Host", len(o.Host) > 0}, {"Intercept", o.Intercept != nil}, {"Grants", !o.Grants.isZero()}, {"Seed", o.Seed != nil}, {"Clock", !o.Clock.IsZero()}, {"Profile", o.Profile != ""},
		{"Tools", o.Tools != Tools{}}, {"OnLine", o.OnLine != nil},
	} {
		if f.given {
			return fmt.Errorf("a worker that speaks the classic dialect cannot be told of Options.%s: leave it out", f.name)
		}
	}
	return nil
}

// checkStart refuses what does not go together in a new process.
func (o *Options) checkStart() error {
	switch {
	case o.Worker != "" && len(o.Command) > 0:
		return errors.New("Options.Worker and Options.Command are both set: either is started instead of this program")
	case o.Worker != "" && !filepath.IsAbs(o.Worker):
		return fmt.Errorf("Options.Worker is %q: it must be an absolute path", o.Worker)
	case len(o.Command) > 0 && o.Command[0] == "":
		return errors.New("Options.Command has an empty name")
	case len(o.Command) > 0:
	case o.Wire == Classic:
		return errors.New("Options.Wire is classic without Options.Command: this program's own workers speak the extended dialect")
	case o.Stdio:
		return errors.New("Options.Stdio is set without Options.Command: this program's own workers have a socket")
	case o.Env != nil:
		return errors.New("Options.Env is set without Options.Command: this program's own workers have no environment")
	}
	if o.Stdio && len(o.InitFiles) > 0 {
		return fmt.Errorf("Options.InitFiles: %w", errFilesStdio)
	}
	return nil
}

// checkAttach refuses what is for a new process only.
func (o *Options) checkAttach() error {
	switch {
	case len(o.Command) > 0:
		return errors.New("Options.Command is of no use for a worker that is there: Start starts one")
	case o.Worker != "":
		return errors.New("Options.Worker is of no use for a worker that is there: Start starts one")
	case o.Env != nil:
		return errors.New("Options.Env is of no use for a worker that is there: Start starts one")
	case len(o.InitFiles) > 0:
		return fmt.Errorf("Options.InitFiles: %w", errFilesAttached)
	}
	return nil
}

func setDefault[T ~int64](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}
