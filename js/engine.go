package js

import (
	"bytes"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"

	"scripthost.example/child/engine"
)

// language is the name of the language, in BOOT and in errors.
const language = "js"

// maxCallDepth bounds the frames of one call chain. Scripts get some 10,000
// levels of ordinary recursion. It is not higher because each level that goes
// through a native function (forEach, a getter, new) takes up to 2 KiB of the
// goroutine's stack, and because unwinding those levels takes a time that
// grows with the square of their number: seconds, at this depth.
const maxCallDepth = 10_100

// Engine returns the JavaScript engine. It is stateless and safe for
// concurrent use; the VMs that it makes are not, see [engine.VM].
func Engine() engine.Engine { return javascript{} }

type javascript struct{}

// Language returns "js".
func (javascript) Language() string { return language }

// New returns a VM with its bindings in place and no script loaded. It fails
// if cfg has no services, or neither a codec nor a serialiser.
func (javascript) New(cfg engine.Config) (engine.VM, error) {
	if cfg.Services == nil {
		return nil, errors.New("js: the configuration has no Services")
	}
	if cfg.Codec == nil && cfg.Serialiser == nil {
		return nil, errors.New("js: the configuration has neither a Codec nor a Serialiser")
	}
	v, err := newVM(cfg)
	if err != nil {
		return nil, err
	}
	v.began = v.now()
	v.openTools()
	return v, nil
}

// callable is a function of the VM's as Go calls it from inside the VM: an
// exception comes out of it as a panic that only goja is to recover.
type callable func(goja.FunctionCall) goja.Value

// vm is the machine that runs one script. It belongs to its holder, but for
// what says otherwise.
type vm struct {
	cfg      engine.Config
	services engine.Services
	random   *engine.Random
	rt       *goja.Runtime
	in       internals
	known    intrinsics
	profile  *bytes.Buffer // where that of the process goes; nil without one

	// What is running; see enter.go.
	ctx       context
	entry     entry
	callEntry func()       // calls entry.fn
	runEntry  func() error // enters the VM with callEntry
	depth     int          // how many uses of within are nested
	stack     []goja.Value // for goja's, while nothing runs
	stackWas  []goja.Value // goja's at the end of the last entry
	micro     microtasks

	// stopMu keeps the two halves of an interrupt together: goja's flag, which
	// stops what runs, and stop, which refuses what would run next. Any
	// goroutine may use the three.
	stopMu sync.Mutex
	stop   atomic.Pointer[engine.Error]

	running    *engine.Call  // sync mode: the call that Start is in
	starting   string        // why no events can be sent yet; empty later
	nothing    bool          // a sync call was answered with nothing
	begun      *beginning    // what runs then, and can fail; nil later
	awaiting   *goja.Promise // somebody is going to look at it
	rejections []rejection
	describing int // how many errors are being described, one inside the other

	scriptName string       // as it is in positions
	module     *goja.Object // the script's module.exports is in it
	modules    *modules     // nil until it wants to require a file
	sources    *sourceMap   // nil if the script is its own source
	declared   declared     // what its top level declares
	freezer    callable     // of the custom serialiser; nil without
	thawer     callable
	stream     engine.Streamer   // the codec, if it is one
	octetCodec engine.OctetCodec // the same
	kinds      kinds
	build      builder          // of arguments
	out        []field          // of the objects that are being written
	scratch    []any            // the values of one payload
	kept       map[string]*kept // what was compiled, by its name

	timers        timers
	lastRequest   int64                   // the handle of the last HTTP request
	made          map[string]*goja.Object // see once
	indent        string                  // of the console's groups
	customInspect *goja.Symbol            // see inspectSymbol
	localesOpen   bool
	jsonOpen      bool
	regExp        *regExpOpening     // nil until a script has use for it
	codeSets      map[string]codeSet // of \p{…}, by name
	began         time.Time          // when the VM was made

	bufferProto *goja.Object // nil until a script wants a Buffer

	check    *check           // nil without that tool
	coverage *engine.Coverage // the same
	lines    *engine.Lines    // the same
}

func newVM(cfg engine.Config) (*vm, error) {
	v := &vm{cfg: cfg, services: cfg.Services, random: engine.NewRandom(cfg.Seed), rt: goja.New(), scriptName: cfg.Name}
	if err := v.in.open(v.rt); err != nil {
		return nil, err
	}
	v.rt.SetMaxCallStackSize(maxCallDepth)
	// eval and new Function parse too: no parser may go looking for files.
	v.rt.SetParserOptions(parser.WithDisableSourceMaps)
	v.rt.SetTimeSource(v.now)
	v.rt.SetRandSource(func() float64 { return v.random.Float64(v.ctx.call) })
	v.rt.SetAsyncContextTracker(&v.ctx)
	v.rt.SetPromiseRejectionTracker(v.trackRejection)
	v.openEntry()
	v.openIntrinsics()
	if err := v.openKinds(); err != nil {
		return nil, err
	}
	v.stream, _ = cfg.Codec.(engine.Streamer)
	v.octetCodec, _ = cfg.Codec.(engine.OctetCodec)
	v.build.v = v
	v.openGlobals()
	return v, nil
}

// now is the time that the running code sees.
func (v *vm) now() time.Time { return v.services.Now(v.ctx.call) }

// openGlobals defines what scripts find. What few scripts use is made when it
// is first touched.
func (v *vm) openGlobals() {
	v.global("results", 0, v.makeResults)
	v.global("event", 0, v.event)
	v.global("queueMicrotask", 1, v.queueMicrotask)
	v.openTimers()
	v.method(v.known.newError, "captureStackTrace", 2, v.captureStackTrace)
	v.openSymbols()
	global := v.rt.GlobalObject()
	must(global.Delete("GoError")) // goja's own, for what scripts cannot meet here
	v.lazy(global, "require", v.makeScriptRequire)
	v.lazy(global, "console", func() goja.Value { return v.once("console", v.makeConsole) })
	v.lazy(global, "log", v.makeLog)
	v.lazy(global, "worker", v.makeWorker)
	v.lazy(global, "host", v.makeHost)
	v.lazy(global, "files", v.makeFiles)
	v.lazy(global, "process", func() goja.Value { return v.once("process", v.makeProcess) })
	v.openHTTP()
	v.lazyParts("url", "URL", "URLSearchParams")
	v.lazyParts("abort", "AbortController", "AbortSignal")
	v.lazyParts("event", "Event", "CustomEvent", "EventTarget")
	v.lazyParts("domexception", "DOMException")
	v.lazyParts("clone", "structuredClone")
	v.lazyParts("performance", "performance")
	v.hidden(global, "global", global)
	v.lazyParts("buffer", "Buffer")
	v.lazyParts("encoding", "TextEncoder", "TextDecoder", "atob", "btoa")
	v.lazyParts("crypto", "crypto")
}
