//go:build unix

package host

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"scripthost.example/wire"
)

// linesOf runs a script with calls of its function run, one after the other, and returns
// the lines that it has run as "call:line".
func linesOf(t *testing.T, language Language, async bool, source string, calls int) []string {
	t.Helper()
	script, err := Inline(language, source)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var got []string
	w := start(t, script, &Options{Async: async, OnLine: func(l Line) {
		mu.Lock()
		defer mu.Unlock()
		if want := "inline." + string(language); l.File != want {
			t.Errorf("a line of %q, want %q", l.File, want)
		}
		got = append(got, fmt.Sprintf("%d:%d", l.Call, l.Number))
	}})
	for range calls {
		_, _ = w.Call(testContext(t)) // failures are among what is traced
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	return got
}

// Lines are told of in the order in which they are run: each statement's, and those of
// conditions and rounds of loops.
func TestLines(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		language Language
		async    bool
		source   string
		calls    int
		want     string
	}{
		"lua statements": {Lua, false, "local n = 0\nfunction run()\n  n = n +\n    1\n\n  return n\nend", 2, "0:1 0:2 1:3 1:6 2:3 2:6"},
		"lua for": {Lua, false, "function run()\n  for i = 1, 2 do\n    x = i\n  end\n  for _, v in ipairs({1, 2}) do\n    x = v\n  end\nend", 1,
			"0:1 1:2 1:3 1:2 1:3 1:5 1:6 1:5 1:6"},
		"lua while": {Lua, false, "function run()\n  local n = 2\n  while n > 0 do\n    n = n - 1\n  end\n  repeat\n    n = n + 1\n  until n == 2\nend", 1,
			"0:1 1:2 1:3 1:4 1:3 1:4 1:3 1:6 1:7 1:8 1:7 1:8"},
		"lua one line": {Lua, false, "function run() for i = 1, 2 do x = i; y = i end; x = 0 end", 1, "0:1 1:1 1:1"},
		"lua recursion": {Lua, false, "local function f(n) if n > 0 then f(n - 1) end end\nfunction run() f(2) end", 1,
			"0:1 0:2 1:2 1:1 1:1 1:1"},
		"lua branches": {Lua, false, "function run()\n  if false then\n    x = 1\n  elseif x then\n    x = 2\n  else\n    x = 3\n  end\nend", 1,
			"0:1 1:2 1:4 1:7"},
		"lua goto": {Lua, false, "function run()\n  for i = 1, 2 do\n    if i == 1 then goto on end\n    x = i\n    ::on::\n  end\nend", 1,
			"0:1 1:2 1:3 1:2 1:3 1:4"},
		"lua error":             {Lua, false, "function run()\n  local t\n  t.x = 1\n  t = 2\nend", 1, "0:1 1:2 1:3"},
		"lua async":             {Lua, true, "function run(done)\n  timer.after(0, function()\n    done()\n  end)\nend", 1, "0:1 1:2 1:3"},
		"lua async in one line": {Lua, true, "function run(done) timer.after(0, function() done() end) end", 1, "0:1 1:1 1:1"},

		"js statements": {JS, false, "let n = 0\nfunction run() {\n  n = n +\n    1\n\n  return n\n}", 2, "0:1 1:3 1:6 2:3 2:6"},
		"js for": {JS, false, "function run() {\n  for (let i = 0; i < 2; i++) {\n    x = i\n  }\n  for (const v of [1, 2]) {\n    x = v\n  }\n  for (const k in {a: 1}) x = k\n}\nvar x", 1,
			"0:10 1:2 1:3 1:2 1:3 1:2 1:5 1:6 1:5 1:6 1:8"},
		"js for without a condition": {JS, false, "function run() {\n  let n = 0\n  for (;;) {\n    if (++n > 1) break\n  }\n}", 1,
			"1:2 1:3 1:4 1:3 1:4"},
		"js while": {JS, false, "function run() {\n  let n = 2\n  while (n > 0)\n    n--\n  do {\n    n++\n  } while (n < 2)\n}", 1,
			"1:2 1:3 1:4 1:3 1:4 1:3 1:5 1:6 1:7 1:6 1:7"},
		"js one line":         {JS, false, "function run() { for (let i = 0; i < 2; i++) { i + 1; i + 2 } return 1 }", 1, "1:1 1:1 1:1"},
		"js arrows":           {JS, false, "const twice = n =>\n  2 * n\nfunction run() {\n  return [1, 2].map(twice).length\n}", 1, "0:1 1:4 1:2 1:2"},
		"js branches":         {JS, false, "function run(x) {\n  if (x)\n    x = 1\n  else if (x === 0)\n    x = 2\n  else\n    x = 3\n}", 1, "1:2 1:4 1:7"},
		"js directive":        {JS, false, "'use strict'\nfunction run() {\n  return this === undefined ? 1 : x\n}", 1, "1:3"},
		"js error":            {JS, false, "function run() {\n  try {\n    null.x\n    x = 1\n  } catch (e) {\n    throw e\n  }\n}", 1, "1:2 1:3 1:6"},
		"js async":            {JS, true, "async function run() {\n  await null\n  return 1\n}", 1, "1:2 1:3"},
		"js async in a timer": {JS, true, "function run(done) { setTimeout(() => done(), 0) }", 1, "1:1 1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(linesOf(t, c.language, c.async, c.source, c.calls), " "); got != c.want {
				t.Errorf("lines: %s\nwant:  %s", got, c.want)
			}
		})
	}
}

// An instrumented script fails with the same error, at the same place.
func TestLinesErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		language Language
		source   string
	}{
		{Lua, "function run()\n  local n = 3\n  while n.x.y do\n  end\nend"},
		{Lua, "function run()\n  repeat\n    local t = 1\n  until t.x.y\nend"},
		{Lua, "function run()\n  for i = 1, {} do\n  end\nend"},
		{Lua, "function run()\n  for k in nil do\n  end\nend"},
		{JS, "function run() {\n  while (none.x) ;\n}"},
		{JS, "function run() {\n  do { } while (null.x)\n}"},
		{JS, "function run() {\n  for (let i = 0; i.x.y; i++) ;\n}"},
	} {
		var errs [2]error
		for i, onLine := range []func(Line){nil, func(Line) {}} {
			script, _ := Inline(c.language, c.source)
			w, err := Start(testContext(t), script, unhurried(&Options{OnLine: onLine}))
			if err != nil {
				t.Fatal(err)
			}
			_, errs[i] = w.Call(testContext(t))
			_ = w.Close()
		}
		var plain, traced *ScriptError
		if !errors.As(errs[0], &plain) || !errors.As(errs[1], &traced) {
			t.Fatalf("%s: errors %v and %v", c.source, errs[0], errs[1])
		}
		if plain.Message != traced.Message || !slices.Equal(plain.Stack, traced.Stack) {
			t.Errorf("%s:\n%v %v\nwith OnLine:\n%v %v", c.source, plain.Message, plain.Stack, traced.Message, traced.Stack)
		}
	}
}

// line is a LOG of a line.
func (c *handChild) line(call uint32, file string, number int) []byte {
	return c.message(wire.KindLog, &wire.Log{Level: "debug", Call: call, File: file, Line: number})
}

func (c *handChild) readyWithLines() {
	c.t.Helper()
	c.write(c.message(wire.KindReady, &wire.Ready{Version: wire.Version, PID: 1, Tools: []string{"lines"}}))
}

// What a worker says of lines is checked.
func TestLinesChecked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file   string
		number int
		want   string // of the error; "" for none
	}{
		"the first line":      {"a.lua", 1, ""},
		"the last line":       {strings.Repeat("x", maxLineFile), maxLineNumber, ""},
		"a negative line":     {"a.lua", -1, "of the line -1"},
		"too great a line":    {"a.lua", maxLineNumber + 1, "of the line 10000001"},
		"no file":             {"", 1, "without a file"},
		"too long a name":     {strings.Repeat("x", maxLineFile+1), 1, "has 32769 bytes"},
		"a record with words": {"a.lua", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := make(chan Line, 1)
			logs := make(chan LogRecord, 1)
			near, far := unixPair(t)
			w, child := playLoading(t, near, far, faultScript("by hand"), &Options{
				OnLine: func(l Line) { got <- l }, OnLog: func(l LogRecord) { logs <- l },
			})
			child.readyWithLines()
			child.write(child.line(7, c.file, c.number))
			switch {
			case c.want != "":
				_, err := w.Call(testContext(t))
				if !errors.Is(err, ErrProtocol) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error: %v, want one with %q", err, c.want)
				}
			case c.number == 0:
				<-logs
			default:
				if l := <-got; l.File != c.file || l.Number != c.number || l.Call != 0 { // 7 is no call
					t.Errorf("the line is %+v", l)
				}
			}
		})
	}
}

// Nobody who has not asked for lines gets them.
func TestLinesNotAskedFor(t *testing.T) {
	t.Parallel()
	logs := make(chan LogRecord, 1)
	_, child := playChild(t, &Options{OnLog: func(l LogRecord) { logs <- l }})
	child.write(child.line(0, "a.lua", -7))
	if l := <-logs; l.Level != "debug" || l.Message != "" {
		t.Errorf("the record is %+v", l)
	}
}

// A worker that cannot tell of lines is refused.
func TestNoLines(t *testing.T) {
	t.Parallel()
	near, far := unixPair(t)
	w, child := playLoading(t, near, far, faultScript("by hand"), &Options{OnLine: func(Line) {}})
	child.ready()
	if _, err := w.Call(testContext(t)); !errors.Is(err, ErrNoLines) {
		t.Errorf("error: %v", err)
	}
	_, err := Start(testContext(t), nil, &Options{Wire: Classic, Command: []string{"true"}, OnLine: func(Line) {}})
	if err == nil || !strings.Contains(err.Error(), "cannot be told of Options.OnLine") {
		t.Errorf("error of a classic worker: %v", err)
	}
}

// However long nobody takes the lines, a worker is not read beyond a bound; and none is
// lost.
func TestLinesWait(t *testing.T) {
	t.Parallel()
	const lines = 200_000 // some hundred MiB as callbacks
	taken := make(chan struct{})
	var told atomic.Int64
	near, far := unixPair(t)
	w, child := playLoading(t, near, far, faultScript("by hand"), &Options{OnLine: func(l Line) {
		<-taken
		if n := told.Add(1); int64(l.Number) != n {
			t.Errorf("line %d is told of as number %d", l.Number, n)
		}
	}})
	child.readyWithLines()
	written := make(chan error, 1)
	go func() {
		var err error
		for n := 1; n <= lines && err == nil; n++ {
			_, err = far.Write(child.line(0, "a.lua", n))
		}
		written <- err
	}()
	for !w.backlog.isPaused() {
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-written:
		t.Errorf("all was read although nobody takes it (%v)", err)
		written <- err
	case <-time.After(3 * backlogPatience):
	}
	if size := w.backlog.bytes.Load(); size > backlogHigh+1<<20 {
		t.Errorf("%d bytes wait, want at most about %d", size, backlogHigh)
	}
	close(taken)
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	for told.Load() < lines {
		time.Sleep(time.Millisecond)
	}
}
