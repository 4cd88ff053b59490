package lua

import (
	"runtime"
	"strings"
	"testing"

	"scripthost.example/child/engine"
)

// interruptWhenSpinning interrupts f when its script has logged that it is
// about to spin.
func interruptWhenSpinning(f *fake, cause *engine.Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.records) == 0 {
		f.changed.Wait()
	}
	// Now and then let it come further than the print.
	for range 10 {
		runtime.Gosched()
	}
	f.vm.Interrupt(cause)
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"a loop":                    `while true do end`,
		"a loop under pcall":        `while true do pcall(function() while true do end end) end`,
		"a loop under xpcall":       `while true do xpcall(function() while true do end end, function(e) return e end) end`,
		"handlers":                  `xpcall(function() while true do end end, function(e) while true do end end) while true do end`,
		"a coroutine":               `coroutine.wrap(function() while true do end end)()`,
		"resumed under pcall":       `while true do coroutine.resume(coroutine.create(function() pcall(function() while true do end end) end)) end`,
		"a generator":               `for x in coroutine.wrap(function() while true do coroutine.yield(1) end end) do end`,
		"recursion":                 `local function f() return f() end f()`,
		"pcalls of Go functions":    `while true do pcall(string.rep) end`,
		"a metamethod":              `local t = setmetatable({}, {__index = function() while true do end end}) return t.x`,
		"table.sort":                `local t = {} for i = 1, 100 do t[i] = i end while true do table.sort(t, function(a, b) return a < b end) end`,
		"string.gsub":               `while true do (("x"):rep(100)):gsub("x", function() end) end`,
		"an error in the meantime":  `while true do local ok, e = pcall(error, {}) end`,
		"errors that throw errors":  `local function f() local ok, e = pcall(f) error(e) end while true do pcall(f) end`,
		"sleep":                     `while true do sleep(0) end`,
		"sleep under pcall":         `while true do pcall(sleep, 0) end`,
		"a __tostring of the error": `pcall(function() while true do end end) error(setmetatable({}, {__tostring = function() while true do end end}))`,
	} {
		for _, opts := range [][]option{nil, {async}} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				f := script(t, "function run(done)\nprint('spinning')\n"+body+"\nend\nfunction after(done) if done then done(5) else return 5 end end", opts...)
				cause := &engine.Error{Kind: engine.KindDeadline, Message: "the time is up"}
				f.work(func() { interruptWhenSpinning(f, cause) })
				_, err := f.call("run")
				wantError(t, err, engine.KindDeadline, "the time is up")
				if len(err.Stack) == 0 || err.Stack[0].File != "test.lua" || err.Language != "lua" {
					t.Errorf("%s, stack %+v", err.Language, err.Stack)
				}
				if cause.Stack != nil {
					t.Error("the cause was changed")
				}
				f.hold.Lock()
				f.vm.ClearInterrupt()
				f.hold.Unlock()
				got, err := f.call("after")
				if err != nil {
					t.Fatal(err)
				}
				want(t, got, list(int64(5)))
			})
		}
	}
}

func TestInterruptWhileLoading(t *testing.T) {
	t.Parallel()
	f := newVM(t)
	f.work(func() { interruptWhenSpinning(f, &engine.Error{Kind: engine.KindDeadline, Message: "up"}) })
	err, _ := f.load("print('x') while true do end").(*engine.Error)
	wantError(t, err, engine.KindDeadline, "up")
	f.settle()
}

func TestCancelWhileWaiting(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, body, log string }{
		{"uncaught", `sleep(1e9)`, ""},
		{"cleaning up", `local ok, e = pcall(sleep, 1e9) log.info(e.kind .. " " .. tostring(done.cancelled()))`, "cancelled true"},
		{"done is ignored", `pcall(sleep, 1e9) done(1) done(2) done.fail("x") done.event("y") log.info("end")`, "end"},
		{"host call", `host.never()`, ""},
		{"waiting for ever after", `while true do pcall(sleep, 1e9) end`, ""},
		{"in a coroutine", `coroutine.wrap(function() sleep(1e9) end)()`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			release := make(chan struct{})
			f := script(t, "function run(d) done = d "+tt.body+" end function ok(done) done(1) end", async,
				hostFunc("never", func([]any) ([]any, error) { <-release; return nil, nil }))
			c := f.start("run")
			c.stop()
			close(release)
			f.settle()
			wantError(t, c.err, engine.KindCancelled, "")
			log := ""
			for _, r := range f.records {
				log += r.message
			}
			if log != tt.log {
				t.Errorf("log %q, want %q", log, tt.log)
			}
			if got, err := f.call("ok"); err != nil || got[0] != int64(1) {
				t.Errorf("the next call: %v, %v", got, err)
			}
		})
	}
}

func TestCancelledTimers(t *testing.T) {
	t.Parallel()
	f := script(t, `function run(done) timer.every(0.001, function() print("tick") end) timer.after(1e9, print) end`, async)
	c := f.start("run")
	c.stop()
	f.settle() // or a timer goes on
	for _, r := range f.records {
		if !strings.HasPrefix(r.message, "tick") {
			t.Errorf("record %+v", r)
		}
	}
}
