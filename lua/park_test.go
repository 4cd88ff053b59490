package lua

import (
	"fmt"
	"strings"
	"testing"

	"scripthost.example/child/engine"
)

// gate is a host function that waits until it is opened under the name that it
// was called with, and returns that name.
type gate struct {
	open map[string]chan struct{}
}

func newGate(names ...string) *gate {
	g := &gate{make(map[string]chan struct{})}
	for _, n := range names {
		g.open[n] = make(chan struct{})
	}
	return g
}

func (g *gate) host() option {
	return hostFunc("gate", func(args []any) ([]any, error) {
		name := args[0].(string)
		<-g.open[name]
		if strings.HasPrefix(name, "bad") {
			return nil, &engine.Error{Kind: engine.KindScript, Message: "the gate is " + name}
		}
		return list(name), nil
	})
}

// Two calls wait in the same code at the same time and go on in either order.
func TestParking(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"plain":          `local r = host.gate(x)`,
		"pcall":          `local ok, r = pcall(host.gate, x)`,
		"nested pcall":   `local _, ok, r = pcall(pcall, function(y) local z = host.gate(y) return z end, x)`,
		"xpcall":         `local _, r = xpcall(function() return host.gate(x) end, print)`,
		"xpcall handler": `local _, r = xpcall(error, function() return host.gate(x) end)`,
		"__index":        `local r = setmetatable({}, {__index = function(_, k) return host.gate(k) end})[x]`,
		"__add":          `local r = setmetatable({}, {__add = function(_, k) return host.gate(k) end}) + x`,
		"__tostring":     `local r = tostring(setmetatable({}, {__tostring = function() return host.gate(x) end}))`,
		"iterator":       `local r for y in function(s, c) if not c then return host.gate(s) end end, x do r = y end`,
		"table.sort":     `local t = {2, 1} local r table.sort(t, function(a, b) r = r or host.gate(x) return a < b end) assert(t[1] == 1)`,
		"string.gsub":    `local r = x:gsub("^.*$", host.gate)`,
		"coroutine":      `local r = coroutine.wrap(function() coroutine.yield(host.gate(x)) end)()`,
		"later in one":   `local co = coroutine.wrap(function() coroutine.yield() return (host.gate(x)) end) co() local r = co()`,
		"pcall in one":   `local r = coroutine.wrap(function() local ok, r = pcall(host.gate, x) coroutine.yield(r) end)()`,
		"one in pcall":   `local ok, r = pcall(coroutine.wrap(function() coroutine.yield((host.gate(x))) end))`,
		"failing":        `local ok, e = pcall(host.gate, "bad " .. x) local r = e.message:match("bad (.*)")`,
		"load":           `local n = 0 local f = load(function() n = n + 1 if n == 1 then return "return '" .. host.gate(x) .. "'" end end) local r = f()`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate("a", "b", "bad a", "bad b")
			f := script(t, `
				depth = 0
				function run(done, x)
					local before = x .. "-before"
					local up = 0
					local function count() up = up + 1 end
					count()
					`+body+`
					count()
					done(before, r, up, coroutine.running())
				end
				function quick(done) done(pcall(function() return coroutine.wrap(function() coroutine.yield("quick") end)() end)) end`,
				async, g.host())
			a := f.start("run", "a")
			b := f.start("run", "b")
			if a.answered || b.answered {
				t.Fatalf("answered without waiting: %v %v", a.err, b.err)
			}
			got, err := f.call("quick")
			if err != nil {
				t.Fatal(err)
			}
			want(t, got, list(true, "quick"))
			for _, n := range []string{"a", "b"} { // the first goes on while the second waits
				close(g.open[n])
				close(g.open["bad "+n])
				c := map[string]*fakeCall{"a": a, "b": b}[n].wait()
				if c.err != nil {
					t.Fatal(c.err)
				}
				want(t, c.results, list(n+"-before", n, int64(2), nil)[:len(c.results)])
			}
		})
	}
}

func TestSyncWaits(t *testing.T) {
	t.Parallel()
	g := newGate("a")
	close(g.open["a"])
	f := script(t, `function run() sleep(0.001) return pcall(host.gate, "a") end`, g.host())
	want(t, f.run(), list(true, "a"))
}

func TestSleep(t *testing.T) {
	t.Parallel()
	f := script(t, `function run() return pcall(sleep, -1) end function nan() sleep(0/0) end function none() sleep() end`)
	got := f.run()
	if got[0] != false || !strings.Contains(fmt.Sprint(got[1]), "seconds must not be negative or NaN") {
		t.Errorf("got %v", got)
	}
	_, err := f.call("nan")
	wantError(t, err, engine.KindScript, "must not be negative or NaN")
	_, err = f.call("none")
	wantError(t, err, engine.KindScript, "number expected, got nil")
}

// A coroutine that one call waits in is not to be resumed by another one.
func TestCoroutineOfAnotherCall(t *testing.T) {
	t.Parallel()
	g := newGate("a")
	f := script(t, `
		function run(done) co = coroutine.create(function() return host.gate("a") end) done(coroutine.resume(co)) end
		function other(done) done(coroutine.status(co), coroutine.resume(co)) end`, async, g.host())
	c := f.start("run")
	got, _ := f.call("other")
	want(t, got, list("normal", false, "cannot resume non-suspended coroutine: it waits in another call or timer"))
	close(g.open["a"])
	want(t, c.wait().results, list(true, "a"))
	got, _ = f.call("other")
	want(t, got, list("dead", false, "cannot resume dead coroutine"))
}

// An error keeps its trace although others ran while the call waited.
func TestTraceAfterParking(t *testing.T) {
	t.Parallel()
	g := newGate("a")
	f := script(t, `
		local function inner() host.gate("a") error("x") end
		function run(done)
			pcall(print)
			inner()
		end
		function other(done) pcall(error, "y") done() end`, async, g.host())
	c := f.start("run")
	f.call("other")
	close(g.open["a"])
	if got := stack(c.wait().err); got != "inner:2 run:5" || c.err.Message != "x" {
		t.Errorf("%q at %s", c.err.Message, got)
	}
}

func TestManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	g := newGate("a")
	f := script(t, `function run(done, n) local a = {n} local r = host.gate("a") done(a[1], r) end`, async, g.host())
	calls := make([]*fakeCall, 100)
	for i := range calls {
		calls[i] = f.start("run", int64(i))
	}
	close(g.open["a"])
	for i, c := range calls {
		want(t, c.wait().results, list(int64(i), "a"))
	}
}

func TestTimers(t *testing.T) {
	t.Parallel()
	f := script(t, `
		function after(done) timer.after(0.001, function(...) done("later", select('#', ...)) end) end
		function every(done)
			local n, t = 0
			t = timer.every(0.001, function()
				n = n + 1
				if n == 3 then t:cancel() done(n) end
			end)
		end
		function cancelled(done)
			local t = timer.after(0.001, function() done("fired") end)
			t:cancel() t:cancel()
			timer.after(0.005, function() done("not fired") end)
		end
		function fails(done) timer.after(0, function() error("in a timer") end) end
		function parks(done) timer.after(0, function() sleep(0.001) done(tostring(coroutine.running())) end) end
		function keeps(done)
			local n = 0
			timer.every(0.001, function() n = n + 1 if n == 1 then error("once") end end)
		end
		function late(done) done(1) timer.after(0, function() error("late") end) end
		function bad(done) timer.after(1, 5) end
		function negative(done) timer.after(-1, print) end
		function own(done) done(tostring(timer.after(0, function() end)), getmetatable(timer.after(0, function() end))) end`, async)
	for _, tt := range []struct {
		name    string
		results []any
		part    string
	}{
		{"after", list("later", int64(0)), ""},
		{"every", list(int64(3)), ""},
		{"cancelled", list("not fired"), ""},
		{"fails", nil, "in a timer"},
		{"parks", list("nil"), ""},
		{"keeps", nil, "once"},
		{"bad", nil, "bad argument #2 to after (function expected, got number)"},
		{"negative", nil, "must not be negative"},
		{"own", list("timer", "timer"), ""},
		{"late", list(int64(1)), ""},
	} {
		got, err := f.call(tt.name)
		if tt.part != "" {
			wantError(t, err, engine.KindScript, tt.part)
		} else {
			want(t, got, tt.results)
		}
	}
	f.settle()
	if len(f.records) != 1 || !strings.Contains(f.records[0].message, "late") {
		t.Errorf("log %+v", f.records)
	}
}

func TestTimersOfNoCall(t *testing.T) {
	t.Parallel()
	f := script(t, `
		local n, t = 0
		t = timer.every(0.001, function()
			n = n + 1
			event("tick", n)
			if n == 1 then error("first") end
			if n == 3 then t:cancel() end
		end)
		function run() end`)
	f.settle()
	want(t, f.events, []event{{0, list("tick", int64(1))}, {0, list("tick", int64(2))}, {0, list("tick", int64(3))}})
	if len(f.records) != 1 || !strings.Contains(f.records[0].message, "first") {
		t.Errorf("log %+v", f.records)
	}
}

func TestSyncTimerAfterItsCall(t *testing.T) {
	t.Parallel()
	f := script(t, `function run() timer.after(0.001, function() event("late") end) return 1 end`)
	want(t, f.run(), list(int64(1)))
	f.settle()
	want(t, f.events, []event{{0, list("late")}})
}

func TestLog(t *testing.T) {
	t.Parallel()
	nan, _ := nanText()
	f := script(t, `
		function run()
			print("a", 1, nil, setmetatable({}, {__tostring = function() return "T" end}))
			log.debug("d") log.info(5, {k = 1, f = json.null, t = {1}}) log.warn("w", {bad = 0/0}) log.error("e")
			io.write("x", 1) print("y") io.write("one\ntwo\nthr") io.write("ee")
			io.stderr:write("err\n")
			io.stdout:write("!")
		end`)
	f.run()
	want(t, f.records, []record{
		{1, engine.LevelInfo, "a\t1\tnil\tT", nil},
		{1, engine.LevelDebug, "d", nil},
		{1, engine.LevelInfo, "5", map[string]any{"k": int64(1), "f": nil, "t": list(int64(1))}},
		{1, engine.LevelWarn, "w", map[string]any{"bad": nan}},
		{1, engine.LevelError, "e", nil},
		{1, engine.LevelInfo, "x1y", nil},
		{1, engine.LevelInfo, "one", nil},
		{1, engine.LevelInfo, "two", nil},
		{1, engine.LevelWarn, "err", nil},
		{1, engine.LevelInfo, "three!", nil},
	})
}
