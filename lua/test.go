package lua

import (
	_ "embed"
	"strings"
	"sync"
	"time"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// testSource is what scripts of tests find, in Lua. It returns the globals, the
// module testModule, and the functions that list and run the tests.
//
//go:embed lib/test.lua
var testSource string

// testModule is the name of the module.
const testModule = "runner.test"

// loadTest makes what the script of tests finds.
func (v *vm) loadTest() error {
	t := &task{vm: v, quiet: true}
	th := v.begin(t)
	defer v.end(t, th)
	native := v.root.NewTable()
	v.setFields(native, fields{
		{"array", func(L *glua.LState) int { return v.markArray(L) }},
		{"begin", v.testBegin},
		{"failure", v.testFailure},
		{"rethrow", func(L *glua.LState) int {
			v.thrown = throwing{trace: v.cur.caught.trace, exact: true}
			L.Error(L.Get(1), 0)
			return 0
		}},
		{"text", v.jsonEncode},
		{"thrown", v.testThrown},
		{"time", func(L *glua.LState) int {
			seconds := float64(L.CheckNumber(1))
			L.Push(glua.LString(time.UnixMicro(int64(seconds * 1e6)).UTC().Format(time.RFC3339Nano)))
			return 1
		}},
		{"where", v.testWhere},
	})
	th.L.Push(native)
	if err := v.run(th, v.mustCompile(testSource)); err != nil {
		return err
	}
	th.L.Get(1).(*glua.LTable).ForEach(func(name, value glua.LValue) { v.globals.RawSet(name, value) })
	v.preload.RawSetString(testModule, v.root.NewFunction(func(module glua.LValue) glua.LGFunction {
		return func(L *glua.LState) int {
			L.Push(module)
			return 1
		}
	}(th.L.Get(2))))
	v.testTools = th.L.Get(3).(*glua.LTable)
	return nil
}

// testTool returns one of the functions that list and run the tests, nil if there
// is none of that name.
func (v *vm) testTool(name string) engine.Function {
	name, ok := strings.CutPrefix(name, engine.TestTools)
	if !ok || v.testTools == nil {
		return nil
	}
	fn := v.testTools.RawGetString(name)
	if fn == glua.LNil {
		return nil
	}
	return &function{name, fn}
}

// testBegin begins a call of a function of the parent's for tests, and returns a
// function that waits for its results.
func (v *vm) testBegin(L *glua.LState) int {
	name := engine.TestTools + L.CheckString(1)
	args, bad := v.freezeArgs(L, 2, testModule)
	if bad != nil {
		v.throw(L, bad)
	}
	p := new(pendingCall)
	v.services.HostCall(v.cur.ec(), name, args, p.end)
	L.Push(L.NewFunction(func(L *glua.LState) int {
		if !p.ended() {
			if err := v.wait(p.await); err != nil {
				v.throw(L, asFailure(err))
			}
		}
		if p.err != nil {
			v.throw(L, asFailure(p.err))
		}
		if len(p.results) == 1 { // the functions return one list
			if list, ok := p.results[0].([]any); ok {
				p.results = list
			}
		}
		L.SetTop(0)
		if bad := v.push(L, p.results, "result ", " of "+name); bad != nil {
			v.throw(L, bad)
		}
		return len(p.results)
	}))
	return 1
}

// A pendingCall is a call of the parent that a script has begun.
type pendingCall struct {
	mu      sync.Mutex
	done    bool
	wakes   []func()
	results []any // what came of it, once it is done
	err     error
}

func (p *pendingCall) end(results []any, err error) {
	p.mu.Lock()
	p.done, p.results, p.err = true, results, err
	wakes := p.wakes
	p.mu.Unlock()
	for _, wake := range wakes {
		wake()
	}
}

func (p *pendingCall) ended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}

func (p *pendingCall) await(wake func()) {
	p.mu.Lock()
	if !p.done {
		p.wakes = append(p.wakes, wake)
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	wake()
}

// testWhere is the place in the script that calls: {file, line}.
func (v *vm) testWhere(L *glua.LState) int {
	tb := v.root.NewTable()
	if frames := v.trace(L).frames; len(frames) > 0 {
		v.setFrame(tb, frames[0])
	}
	L.Push(tb)
	return 1
}

func (v *vm) setFrame(tb *glua.LTable, f engine.Frame) {
	tb.RawSetString("function", glua.LString(f.Function))
	tb.RawSetString("file", glua.LString(f.File))
	tb.RawSetString("line", glua.LNumber(f.Line))
}

// testThrown is the error of a worker under test as tests catch it.
func (v *vm) testThrown(L *glua.LState) int {
	tb := L.CheckTable(1)
	tb.Metatable = v.meta.failure
	L.Push(tb)
	return 1
}

// testFailure describes what a test has thrown, as the parent shows it.
func (v *vm) testFailure(L *glua.LState) int {
	value := L.Get(1)
	var frames []engine.Frame
	if caught := v.cur.caught; caught.value == value && caught.trace != nil {
		frames = caught.trace.frames
	}
	e := v.toError(value, frames)
	tb := v.root.NewTable()
	tb.RawSetString("kind", glua.LString(e.Kind))
	tb.RawSetString("message", glua.LString(e.Message))
	stack := v.root.NewTable()
	if thrown, ok := value.(*glua.LTable); ok {
		if of, ok := thrown.RawGetString("stack").(*glua.LTable); ok { // of the worker under test
			of.ForEach(func(_, frame glua.LValue) { stack.Append(frame) })
		}
		for _, name := range []string{"expected", "actual"} {
			if text, ok := thrown.RawGetString(name).(glua.LString); ok {
				tb.RawSetString(name, text)
			}
		}
	}
	for _, f := range e.Stack {
		frame := v.root.NewTable()
		v.setFrame(frame, f)
		stack.Append(frame)
	}
	tb.RawSetString("stack", stack)
	L.Push(tb)
	return 1
}
