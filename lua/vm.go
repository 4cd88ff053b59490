package lua

import (
	"time"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// Engine returns the Lua engine.
func Engine() engine.Engine { return luaEngine{} }

const language = "lua"

type luaEngine struct{}

// Language implements engine.Engine.
func (luaEngine) Language() string { return language }

// New implements engine.Engine.
func (luaEngine) New(cfg engine.Config) (engine.VM, error) {
	if err := layoutError(); err != nil {
		return nil, err
	}
	v := &vm{cfg: cfg, services: cfg.Services, interrupt: new(interrupt), random: engine.NewRandom(cfg.Seed)}
	v.stream, _ = cfg.Codec.(engine.Streamer)
	v.octets, _ = cfg.Codec.(engine.OctetCodec)
	v.in.v = v
	v.started = v.services.Now(nil)
	v.root = glua.NewState(glua.Options{
		CallStackSize:       coroutineCalls,
		RegistrySize:        rootRegisters,
		SkipOpenLibs:        true,
		MinimizeStackMemory: true,
	})
	v.root.G.MainThread = v.root
	v.root.G.CurrentThread = v.root
	v.globals = v.root.G.Global
	v.openLibraries()
	v.openTools()
	return v, nil
}

// A vm implements engine.VM. All its fields but interrupt belong to the holder.
type vm struct {
	cfg      engine.Config
	services engine.Services
	random   *engine.Random
	started  time.Time // by the clock that scripts see

	// root has no context, so that threads made from it get none to cancel. No
	// script code runs on it.
	root      *glua.LState
	globals   *glua.LTable
	interrupt *interrupt
	sampler   *sampler // nil without a profile

	cur          *task // what runs on this goroutine; nil between tasks
	spareTask    *task // see takeTask
	threads      pool
	smallThreads pool

	builtins map[string]glua.LValue // the globals as scripts find them
	demanded func() []string        // the names of those that are made on demand
	unmade   uint32                 // a bit for each of onDemand that is not there yet
	exports  *glua.LTable           // what the chunk returned, if that was a table
	freeze   *glua.LFunction        // of a custom serialiser
	thaw     *glua.LFunction

	scriptName string          // as it is in positions
	files      map[string]bool // others of the script's, as they are in positions

	// Of the library package; loading are the modules that are being loaded.
	pkg, loaded, preload *glua.LTable
	loading              map[string]*module

	lastRequest int64 // the handle of the last HTTP request

	meta       metatables
	coroutines coroutineLibrary
	null       *glua.LUserData   // json.null
	stream     engine.Streamer   // the codec, if it is one
	octets     engine.OctetCodec // the same
	in         builder           // of arguments, and of what is decoded
	out        []field           // of the tables that are being written
	text       []byte            // for a text that is being encoded
	scratch    []any             // for the values of one conversion

	// thrown is the error being raised by the Go function that set it, with
	// what raise should know of it.
	thrown    throwing
	check     *check       // nil without that tool
	testTools *glua.LTable // the same
	coverage  *engine.Coverage
	lines     *engine.Lines
	hook      *glua.Upvalue // of both

	// goPanic is a Go panic on its way out of Lua; see protect.go.
	goPanic any
}

// metatables are those of the values that the VM hands to scripts.
type metatables struct {
	done, timer, file, dir, failure, object, array, hash *glua.LTable
	headers                                              *glua.LTable // nil until there is a response
}

// Load implements engine.VM.
func (v *vm) Load(src engine.Source) error {
	if s := v.cfg.Serialiser; s != nil {
		if err := v.loadSerialiser(*s); err != nil {
			return err
		}
	}
	if t := v.cfg.Tools; t != nil && t.Test {
		if err := v.loadTest(); err != nil {
			return err
		}
	}
	v.scriptName = src.Name
	t := &task{vm: v, quiet: true}
	results, err := v.runChunk(t, src, v.globals)
	if err != nil {
		return err
	}
	if len(results) > 0 {
		v.exports, _ = results[0].(*glua.LTable)
	}
	if v.exports != nil {
		v.pkg.RawSetString("main", v.exports)
	}
	return nil
}

// Init implements engine.VM.
func (v *vm) Init(fn engine.Function, args []byte) error {
	f := fn.(*function)
	t := &task{vm: v, quiet: true, name: f.name}
	th := v.begin(t)
	defer v.end(t, th)
	if len(args) > 0 { // none is what BOOT has where init gets no arguments
		if err := v.pushArgs(th, args); err != nil {
			return err
		}
	}
	if err := v.run(th, f.value); err != nil {
		return err
	}
	return nil
}

// Interrupt implements engine.VM.
func (v *vm) Interrupt(cause *engine.Error) { v.interrupt.set(cause) }

// ClearInterrupt implements engine.VM.
func (v *vm) ClearInterrupt() { v.interrupt.clear() }
