package lua

import (
	"strings"
	"testing"

	"scripthost.example/child/engine"
)

// Coroutines that several calls have a part in. The script keeps one in co; the
// first call starts it or makes it, the second one finds it.
func TestCoroutinesOfSeveralCalls(t *testing.T) {
	t.Parallel()
	const waits = ": it waits in another call or timer"
	for _, tt := range []struct {
		name, first, second string
		result              []any // of the first
		meanwhile, after    []any // what the second gets before and after the first has gone on
	}{
		{"created in one, resumed in another",
			`co = coroutine.create(function(a) local b = coroutine.yield(a) return a + b end) local _, x = coroutine.resume(co, 1) host.gate("a") done(x)`,
			`done(coroutine.resume(co, 2))`,
			list(int64(1)), list(true, int64(3)), list(false, "cannot resume dead coroutine")},
		{"waits", `co = coroutine.create(function() return host.gate("a") end) done(coroutine.resume(co))`,
			`done(coroutine.status(co), coroutine.resume(co))`,
			list(true, "a"), list("normal", false, "cannot resume non-suspended coroutine"+waits), list("dead", false, "cannot resume dead coroutine")},
		{"waits, wrapped", `co = coroutine.wrap(function() return host.gate("a") end) done(co())`,
			`done(pcall(co))`,
			list("a"), list(false, "test.lua:3: cannot resume non-suspended coroutine"+waits), list(false, "test.lua:3: cannot resume dead coroutine")},
		{"waits in a coroutine in it", `co = coroutine.create(function() return coroutine.wrap(function() return host.gate("a") end)() end) done(coroutine.resume(co))`,
			`done(coroutine.status(co), coroutine.resume(co))`,
			list(true, "a"), list("normal", false, "cannot resume non-suspended coroutine"+waits), list("dead", false, "cannot resume dead coroutine")},
		{"waits under pcall in it", `co = coroutine.create(function() return pcall(host.gate, "a") end) done(coroutine.resume(co))`,
			`done(coroutine.resume(co))`,
			list(true, true, "a"), list(false, "cannot resume non-suspended coroutine"+waits), list(false, "cannot resume dead coroutine")},
		{"yields when it has waited", `co = coroutine.create(function() coroutine.yield(host.gate("a")) return "end" end) done(coroutine.resume(co))`,
			`done(coroutine.status(co), coroutine.resume(co))`,
			list(true, "a"), list("normal", false, "cannot resume non-suspended coroutine"+waits), list("suspended", true, "end")},
		{"waits in the other", `co = coroutine.create(function() return coroutine.resume(outer) end) outer = coroutine.create(function() host.gate("a") return coroutine.resume(co) end)
			done(select(2, coroutine.resume(outer)))`,
			`done(coroutine.resume(co))`,
			list(false, "cannot resume dead coroutine"), list(true, false, "cannot resume non-suspended coroutine"+waits), list(false, "cannot resume dead coroutine")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := newGate("a")
			first := strings.ReplaceAll(tt.first, "\n", " ")
			f := script(t, "function first(done) "+first+" end\nfunction second(done)\n"+tt.second+"\nend", async, g.host())
			c := f.start("first")
			got, err := f.call("second")
			if err != nil {
				t.Fatal(err)
			}
			want(t, got, tt.meanwhile)
			close(g.open["a"])
			if c.wait(); c.err != nil {
				t.Fatal(c.err)
			}
			want(t, c.results, tt.result)
			got, err = f.call("second")
			if err != nil {
				t.Fatal(err)
			}
			want(t, got, tt.after)
		})
	}
}

// A coroutine that a call waits in when it is cancelled goes on as it would with
// any error. What other calls are in is left alone.
func TestCoroutineOfCancelledCall(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		after      []any // what another call gets of the coroutine
	}{
		{"uncaught", `host.gate("a")`, list("dead", false, "cannot resume dead coroutine")},
		{"caught", `local ok, e = pcall(host.gate, "a") coroutine.yield() return e.kind`, list("suspended", true, "cancelled")},
		{"not there", `coroutine.yield() return "fine"`, list("suspended", true, "fine")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := newGate("a", "b")
			f := script(t, `
				function run(done) co = coroutine.create(function() `+tt.body+` end) coroutine.resume(co) host.gate("a") end
				function neighbour(done) done(coroutine.wrap(function() return (host.gate("b")) end)()) end
				function after(done) done(coroutine.status(co), coroutine.resume(co)) end`, async, g.host())
			c, beside := f.start("run"), f.start("neighbour")
			c.stop()
			close(g.open["a"])
			close(g.open["b"])
			f.settle()
			wantError(t, c.err, engine.KindCancelled, "")
			want(t, beside.wait().results, list("b"))
			got, err := f.call("after")
			if err != nil {
				t.Fatal(err)
			}
			want(t, got, tt.after)
		})
	}
}

// A traceback shows the levels of the coroutine and then those of who resumed it,
// also if others ran in between.
func TestTracesAcrossCoroutines(t *testing.T) {
	t.Parallel()
	const source = `
local function fail()
  host.gate("a")
  error("x")
end
local function inner()
  fail()
end
local function outer(f)
  return f()
end
function wrapped(done)
  coroutine.wrap(function()
    inner()
  end)()
end
function nested(done)
  outer(coroutine.wrap(function()
    coroutine.wrap(inner)()
  end))
end
function resumed(done)
  local ok, e = coroutine.resume(coroutine.create(inner))
  error(e, 0)
end
function yielded(done)
  local co = coroutine.wrap(function()
    coroutine.yield()
    inner()
  end)
  co()
  co()
end
function inside_pcall(done)
  local ok, e = pcall(coroutine.wrap(function()
    inner()
  end))
  error(e, 0)
end
function pcall_inside(done)
  coroutine.wrap(function()
    local ok, e = pcall(inner)
    error(e, 0)
  end)()
end
function in_a_timer(done)
  timer.after(0, function()
    coroutine.wrap(inner)()
  end)
end
function failing(done)
  coroutine.wrap(function()
    host.gate("bad")
  end)()
end
function traceback(done)
  local co = coroutine.create(function()
    host.gate("a")
    done(debug.traceback("m"))
  end)
  coroutine.resume(co)
end
function traceback_of(done)
  local co = coroutine.create(function()
    local function f()
      coroutine.yield()
    end
    f()
  end)
  coroutine.resume(co)
  host.gate("a")
  done(debug.traceback(co))
end
function other(done) pcall(error, "y") coroutine.wrap(function() pcall(error, "z") end)() done() end`
	for name, wanted := range map[string]string{
		"wrapped":      "fail:4 inner:7 <test.lua:13>:14 wrapped:13",
		"nested":       "fail:4 <test.lua:6>:7 <test.lua:18>:19 outer:10 nested:18",
		"resumed":      "fail:4 <test.lua:6>:7 resumed:23",
		"yielded":      "fail:4 inner:7 <test.lua:27>:29 yielded:32",
		"inside_pcall": "fail:4 inner:7 <test.lua:35>:36 inside_pcall:35",
		"pcall_inside": "fail:4 <test.lua:6>:7 <test.lua:41>:42 pcall_inside:41",
		"in_a_timer":   "fail:4 <test.lua:6>:7 <test.lua:47>:48",
		"failing":      "<test.lua:52>:53 failing:52",
		"traceback":    "m\nstack traceback:\n\ttest.lua:59: in function <test.lua:57>\n\ttest.lua:61: in function 'traceback'",
		"traceback_of": "stack traceback:\n\ttest.lua:66: in function 'f'\n\ttest.lua:68: in function <test.lua:64>",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate("a", "bad")
			f := script(t, source, async, g.host())
			c := f.start(name)
			f.call("other")
			close(g.open["a"])
			close(g.open["bad"])
			c.wait()
			got := ""
			if c.err != nil {
				got = stack(c.err)
			} else {
				got, _ = c.results[0].(string)
			}
			if got != wanted {
				t.Errorf("got  %s\nwant %s", got, wanted)
			}
		})
	}
}

// What the VM itself calls can wait like anything else.
func TestParkingInHooks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, source string
		opts         []option
		bad          string
	}{
		{"__tostring of an error", `function run(done) error(setmetatable({}, {__tostring = function() return "opened by " .. host.gate("a") end})) end`,
			nil, "opened by a"},
		{"field of a log record", `function run(done) log.info("x", {f = setmetatable({}, {__tostring = function() return host.gate("a") end})}) log.info(setmetatable({}, {__tostring = function() return host.gate("a") end})) done() end`, nil, ""},
		{"a serialiser", `function run(done) done() end`,
			[]option{serialiser(`return function() if slow then host.gate("a") end return "octets" end, function() end`)}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := newGate("a")
			f := script(t, "slow = true "+tt.source+" function quick(done) slow = false done() slow = true end", append(tt.opts, async, g.host())...)
			c := f.start("run")
			if c.answered {
				t.Fatalf("answered without waiting: %v", c.err)
			}
			if q := f.start("quick"); !q.answered || q.err != nil {
				t.Errorf("a call beside it: %v, %v", q.answered, q.err)
			}
			close(g.open["a"])
			c.wait()
			if tt.bad != "" {
				wantError(t, c.err, engine.KindScript, tt.bad)
			} else if c.err != nil {
				t.Error(c.err)
			}
		})
	}
}
