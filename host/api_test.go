//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s, err := Open(write("a.lua", "function run() end"))
	if err != nil || s.Language() != Lua || s.Name() != filepath.Join(dir, "a.lua") {
		t.Errorf("%+v, %v", s, err)
	}
	for name, want := range map[string]struct {
		text string
		is   error
		msg  string
	}{
		"empty.lua":  {" \n", ErrEmptyScript, "empty.lua"},
		"binary.js":  {"\x7fELF\x00", ErrBinaryScript, "offset 4"},
		"marked.lua": {"\xff\xfer\x00e\x00t\x00", ErrBinaryScript, "it is in UTF-16; save it as UTF-8"},
		"marked.js":  {"\xfe\xff\x4e\x2d", ErrBinaryScript, "in UTF-16"},
		"plain.lua":  {"r\x00e\x00t\x00", ErrBinaryScript, "in UTF-16"},
		"plain.js":   {"\x00r\x00e\x00t\n", ErrBinaryScript, "in UTF-16"},
		"zeros.js":   {"\x00\x00\x00\x00", ErrBinaryScript, "offset 0"},
		"typed.ts":   {"x", ErrNeedsBundler, `import _ "scripthost.example/js/bundle"`},
		"module.mjs": {"x", ErrNeedsBundler, "bundle"},
		"a.py":       {"x", nil, ".py tells no language"},
		"noending":   {"x", nil, "no ending"},
	} {
		_, err := Open(write(name, want.text))
		if err == nil || want.is != nil && !errors.Is(err, want.is) || !strings.Contains(err.Error(), want.msg) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(filepath.Join(dir, "missing.lua")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "missing.lua") {
		t.Errorf("missing: %v", err)
	}
	if _, err := Open(dir + ".lua"); err == nil {
		t.Error("a missing path was opened")
	}
	os.Mkdir(filepath.Join(dir, "folder.lua"), 0o700)
	if _, err := Open(filepath.Join(dir, "folder.lua")); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("folder: %v", err)
	}
	fsys := fstest.MapFS{"x/y.js": {Data: []byte("function run() { return 1 }")}}
	s, err = OpenFS(fsys, "x/y.js")
	if err != nil || s.Language() != JS || s.Name() != "x/y.js" {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := OpenFS(fsys, "x/z.js"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, err := Start(testContext(t), nil, nil); err == nil || !strings.Contains(err.Error(), "no script") {
		t.Errorf("nil: %v", err)
	}
	if _, err := Inline("cobol", "x"); err == nil || !strings.Contains(err.Error(), "cobol") {
		t.Errorf("%v", err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"MaxOutstanding": {MaxOutstanding: -1},
		"Memory":         {Limits: Limits{Memory: -1}},
		"CallTime":       {Limits: Limits{CallTime: -1}},
		"Payload":        {Limits: Limits{Payload: math.MaxUint32 + 1}},
		"Grace":          {Limits: Limits{Grace: -time.Second}},
		"InitArgs":       {Init: "setup", InitArgs: []any{nil}},
		"Options.Init:":  {InitArgs: []any{"x"}},
		"OnProfile":      {OnProfile: func(WorkerProfile) {}},
		"Command":        {Command: []string{}},
		"Clock":          {Clock: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"year 0":         {Clock: time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)},
		"Options.Seed":   {Wire: Classic, Seed: new(uint64)},
		"Options.Clock":  {Wire: Classic, Clock: time.Unix(0, 0)},
		"relative":       {Grants: Grants{Read: []string{"relative"}}},
	} {
		if _, err := Start(testContext(t), faultScript("echo"), &o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNamedFunctions(t *testing.T) {
	t.Parallel()
	source{
		Lua: `M = { deep = { twice = function(x) return x .. x end } } function run() return "run" end function greet(name) return "hello " .. name end`,
		JS:  `const M = { deep: { twice: (x) => x + x } }; function run() { return "run" } const greet = (name) => "hello " + name;`,
	}.each(t, func(t *testing.T, script *Script) {
		w := start(t, script, nil)
		if out := mustCall(t, w.Function("greet"), "Ada"); out[0] != "hello Ada" {
			t.Errorf("got %v", out)
		}
		if out := mustCall(t, w.Function("M.deep.twice"), "x"); out[0] != "xx" {
			t.Errorf("got %v", out)
		}
		if out := mustCall(t, w); out[0] != "run" {
			t.Errorf("got %v", out)
		}
		_, err := w.Function("nope").Call(testContext(t))
		if !errors.As(err, new(*ScriptError)) || !errors.Is(err, ErrNoFunction) || !strings.Contains(err.Error(), "nope") || !strings.Contains(err.Error(), "greet") {
			t.Errorf("got %v", err)
		}
		if carried, _ := UnmarshalError(MarshalError(err)); !errors.Is(carried, ErrNoFunction) {
			t.Errorf("carried, %v says no more that there is no such function", carried)
		}
		for _, o := range []*Options{{Function: "nope"}, {Init: "nope"}} {
			if _, err := Start(testContext(t), script, unhurried(o)); !errors.Is(err, ErrNoFunction) {
				t.Errorf("%+v: %v", o, err)
			}
		}
		if fns := strings.Join(w.Functions(), " "); !strings.Contains(fns, "greet") || !strings.Contains(fns, "run") {
			t.Errorf("functions: %s", fns)
		}
		// Sent, this would break the protocol.
		if _, err := w.Function("gr\xfc\xdfe").Call(testContext(t)); !errors.As(err, new(*SerialiseError)) || OutcomeOf(err) != NotSent || !strings.Contains(err.Error(), `\xfc`) {
			t.Errorf("a name that is not UTF-8: %v", err)
		}
		if _, err := w.Function(strings.Repeat("n", 2000)).Call(testContext(t)); err == nil {
			t.Error("a name of 2000 bytes was sent")
		}
		mustClose(t, w)

		w2 := start(t, script, &Options{Function: "M.deep.twice"})
		if out := mustCall(t, w2, "y"); out[0] != "yy" {
			t.Errorf("got %v", out)
		}
		_, err = Start(testContext(t), script, unhurried(&Options{Function: "missing"}))
		var se *ScriptError
		if !errors.As(err, &se) || !strings.Contains(err.Error(), "greet") || !strings.Contains(err.Error(), "run") {
			t.Errorf("got %v", err)
		}
	})
}

func TestFunc(t *testing.T) {
	t.Parallel()
	type person struct {
		Name string    `json:"name"`
		Born time.Time `json:"born"`
		Age  int       `json:"age"`
	}
	source{
		Lua: `function older(p) p.age = p.age + 1 return p end function run() return 1, 2 end function none() end function bad() return "x" end`,
		JS:  `function older(p) { p.age++; return p } function run() { return results(1, 2) } function none() {} function bad() { return "x" }`,
	}.each(t, func(t *testing.T, script *Script) {
		w := start(t, script, &Options{Serialiser: JSON})
		ada := person{"Ada", time.Date(1815, 12, 10, 0, 0, 0, 0, time.UTC), 36}
		out, err := Func[person, person](w, "older")(testContext(t), ada)
		ada.Age++
		if err != nil || out != ada {
			t.Errorf("got %v, %v", out, err)
		}
		var se *SerialiseError
		if _, err := Func[int, int](w, "run")(testContext(t), 1); !errors.As(err, &se) {
			t.Errorf("two results: %v", err)
		}
		if _, err := Func[int, int](w, "bad")(testContext(t), 1); !errors.As(err, &se) || OutcomeOf(err) != Completed {
			t.Errorf("a string for an int: %v", err)
		}
		if n, err := Func[int, int](w, "none")(testContext(t), 1); err != nil || n != 0 {
			t.Errorf("no result: %v, %v", n, err)
		}
	})
}

func TestScriptErrors(t *testing.T) {
	t.Parallel()
	source{
		Lua: "function inner()\n  error('boom')\nend\nfunction run()\n  inner()\n  return 1\nend",
		JS:  "function inner() {\n  throw new Error('boom')\n}\nfunction run() {\n  inner()\n  return 1\n}",
	}.each(t, func(t *testing.T, script *Script) {
		w := start(t, script, nil)
		for range 2 {
			_, err := w.Call(testContext(t))
			var se *ScriptError
			if !errors.As(err, &se) {
				t.Fatalf("got %#v", err)
			}
			if se.Message != "boom" || se.Language != script.Language() || OutcomeOf(err) != Completed {
				t.Errorf("got %+v", se)
			}
			if len(se.Stack) < 2 || se.Stack[0].Line != 2 || se.Stack[0].File != script.Name() || se.Stack[1].Line != 5 {
				t.Errorf("stack: %v", se.Stack)
			}
			if !strings.HasPrefix(err.Error(), script.Name()+":2") {
				t.Errorf("text: %v", err)
			}
		}
		mustClose(t, w)
	})
}

func TestSyntaxError(t *testing.T) {
	t.Parallel()
	source{
		Lua: "function run()\n  return = 1\nend",
		JS:  "function run() {\n  return = 1\n}",
	}.each(t, func(t *testing.T, script *Script) {
		_, err := Start(testContext(t), script, unhurried(nil))
		var se *ScriptError
		if !errors.As(err, &se) || len(se.Stack) == 0 || se.Stack[0].Line != 2 || se.Stack[0].Column == 0 {
			t.Errorf("got %#v: %v", err, err)
		}
	})
}

func TestPayloadLimits(t *testing.T) {
	t.Parallel()
	source{
		Lua: `function run(n) return string.rep("x", tonumber(n)) end function len(s) return #s end
			function ev(n) event(string.rep("x", tonumber(n))) return "sent" end`,
		JS: `function run(n) { return "x".repeat(Number(n)) } function len(s) { return s.length }
			function ev(n) { event("x".repeat(Number(n))); return "sent" }`,
	}.each(t, func(t *testing.T, script *Script) {
		w := start(t, script, &Options{Limits: Limits{Payload: 100_000}, OnEvent: func(Event) {}})
		const over = 100_001
		for what, call := range map[string]func() error{
			"argument": func() error { _, err := w.Function("len").Call(testContext(t), strings.Repeat("x", over)); return err },
			"result":   func() error { _, err := w.Call(testContext(t), over); return err },
			"event":    func() error { _, err := w.Function("ev").Call(testContext(t), over); return err },
		} {
			err := call()
			var le *LimitError
			if !errors.As(err, &le) || !errors.Is(err, ErrTooLarge) || le.Limit != "payload" || le.Max != 100_000 || le.Size < over || !strings.Contains(err.Error(), "100000") {
				t.Errorf("%s: %#v: %v", what, err, err)
			}
		}
		if out := mustCall(t, w, 99_000); len(out[0].(string)) != 99_000 {
			t.Errorf("%d", len(out[0].(string)))
		}
		mustClose(t, w)
	})
}

func TestValuesThatCannotBeSent(t *testing.T) {
	t.Parallel()
	echo.each(t, func(t *testing.T, script *Script) {
		for s, bad := range map[Serialiser][]any{
			String: {nil, []any{1}, map[string]any{}, time.Now(), make(chan int), func() {}},
			JSON:   {math.NaN(), math.Inf(1), "\xff", []byte{1}, make(chan int), struct{ C chan int }{}},
			CBOR:   {"\xff", make(chan int)},
		} {
			w := start(t, script, &Options{Serialiser: s})
			for _, v := range bad {
				_, err := w.Call(testContext(t), v)
				var se *SerialiseError
				if !errors.As(err, &se) || OutcomeOf(err) != NotSent {
					t.Errorf("%s of a %T: %v (%v)", s.Name(), v, err, OutcomeOf(err))
				}
			}
			mustClose(t, w)
		}
	})
}

func TestLogs(t *testing.T) {
	t.Parallel()
	source{
		Lua: `function run() print("printed", 1) log.warn("careful", {n = 1}) end`,
		JS:  `function run() { console.log("printed", 1); log.warn("careful", {n: 1}) }`,
	}.each(t, func(t *testing.T, script *Script) {
		var got []string
		w := start(t, script, &Options{OnLog: func(l LogRecord) {
			got = append(got, fmt.Sprint(l.Level, " ", strings.ReplaceAll(l.Message, "\t", " "), " ", l.Fields, " ", l.Call))
		}})
		mustCall(t, w)
		mustClose(t, w)
		if want := "[info printed 1 map[] 1 warn careful map[n:1] 1]"; fmt.Sprint(got) != want {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

type reverse struct{ Serialiser }

func (reverse) Name() string { return "reverse" }
func (reverse) WorkerSource() []byte {
	return []byte(`local function freeze(...) return (table.concat({...}, ","):reverse()) end
		local function thaw(s) local t = {} for w in string.gmatch(s:reverse(), "[^,]+") do t[#t+1] = w end return unpack(t) end
		return freeze, thaw`)
}
func (reverse) AppendFreeze(dst []byte, values []any) ([]byte, error) {
	var parts []string
	for _, v := range values {
		if v == "panic" {
			panic("in AppendFreeze")
		}
		parts = append(parts, fmt.Sprint(v))
	}
	b := []byte(strings.Join(parts, ","))
	for i := range len(b) / 2 {
		b[i], b[len(b)-1-i] = b[len(b)-1-i], b[i]
	}
	return append(dst, b...), nil
}
func (r reverse) Thaw(payload []byte) ([]any, error) {
	b, _ := r.AppendFreeze(nil, []any{string(payload)})
	var values []any
	for _, p := range strings.Split(string(b), ",") {
		if p == "thawpanic" {
			panic("in Thaw")
		}
		values = append(values, p)
	}
	return values, nil
}

func TestCustomSerialiser(t *testing.T) {
	t.Parallel()
	script, err := Inline(Lua, echo[Lua])
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, script, &Options{Serialiser: reverse{String}})
	if out := mustCall(t, w, "abc", 12); fmt.Sprint(out) != "[abc 12]" {
		t.Errorf("got %v", out)
	}
	var se *SerialiseError
	for _, word := range []string{"panic", "thawpanic"} {
		if _, err := w.Call(testContext(t), word); !errors.As(err, &se) {
			t.Errorf("%s: %v", word, err)
		}
	}
	mustClose(t, w)
}

func TestContextValuesReachHostFunctions(t *testing.T) {
	t.Parallel()
	type key struct{}
	source{
		Lua: `function run() return host.who() end`,
		JS:  `async function run() { return await host.who() }`,
	}.each(t, func(t *testing.T, script *Script) {
		w := start(t, script, &Options{Host: map[string]any{"who": func(ctx context.Context) any { return ctx.Value(key{}) }}})
		out, err := w.Call(context.WithValue(testContext(t), key{}, "ada"))
		if err != nil || out[0] != "ada" {
			t.Errorf("%v, %v", out, err)
		}
	})
}
