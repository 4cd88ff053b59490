package enginetest

import (
	"strings"

	"scripthost.example/wire"
)

// errorCases are about errors that a script does not catch.
func errorCases() []testCase {
	return []testCase{
		{
			name: "message, file, line and traceback",
			worker: worker{
				lua: `local function inner()
	error("boom")
end
function outer()
	inner()
	return 1
end
function run(x)
	if x then return x end
	outer()
	return 2
end`,
				js: `function inner() {
	throw new Error('boom')
}
function outer() {
	inner()
	return 1
}
function run(x) {
	if (x) return x
	outer()
	return 2
}`,
			},
			run: func(p *Parent) {
				p.Call(1)
				e := p.Fails(1, wire.ErrorScript)
				if e.Message != "boom" || e.Language != p.language {
					p.t.Errorf("the error is %+v", e)
				}
				checkStack(p, e, 2, 5, 10)
				if got := e.Stack[1].Function; !strings.Contains(got, "outer") {
					p.t.Errorf("the function outer is called %q", got)
				}
				p.Call(1, "fine")
				p.Result(1, "fine")
			},
		},
		{
			name: "an error of the language's own",
			worker: worker{
				lua: "function run(t)\n  local x = 1\n  return t.a.b\nend",
				js:  "function run(t) {\n  const x = 1;\n  return t.a.b\n}",
			},
			run: func(p *Parent) {
				p.Call(1, map[string]any{})
				e := p.Fails(1, wire.ErrorScript)
				checkStack(p, e, 3)
				if e.Message == "" {
					p.t.Error("the error has no message")
				}
				p.Call(1, map[string]any{"a": map[string]any{"b": 5}})
				p.Result(1, 5)
			},
		},
		{
			name: "an error inside a function of the language's own",
			worker: worker{
				lua: "function run()\n  local t = {3, 1, 2}\n  table.sort(t, function()\n    error('in sort')\n  end)\nend",
				js:  "function run() {\n  const t = [3, 1, 2]\n  t.sort(() => {\n    throw new Error('in sort')\n  })\n}",
			},
			run: func(p *Parent) {
				p.Call(1)
				e := p.Fails(1, wire.ErrorScript, "in sort")
				checkStack(p, e, 4, 3)
			},
		},
		{
			name: "caught",
			worker: worker{
				lua: `function run() local ok, e = pcall(error, "inner", 0) return ok, e end`,
				js:  `function run() { try { throw 'inner' } catch (e) { return results(false, e) } }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, false, "inner")
			},
		},
		{
			name: "endless recursion",
			worker: worker{
				lua: `function deep(n) return 1 + deep(n + 1) end function run(x) if x then return x end return deep(1) end`,
				js:  `function deep(n) { return 1 + deep(n + 1) } function run(x) { return x || deep(1) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Fails(1, wire.ErrorScript)
				p.Call(1, "fine")
				p.Result(1, "fine")
			},
		},
		{
			name: "a message that is not UTF-8",
			worker: worker{
				lua: `function run() error("a\255b", 0) end`,
			},
			run: func(p *Parent) {
				p.Call(1)
				if e := p.Error(1); e.Message != `a\xffb` {
					p.t.Errorf("the message is %q", e.Message)
				}
			},
		},
		{
			// A message may be longer than the frame of an ERROR.
			name: "a message of 4 MB",
			worker: worker{
				lua: `function run(x) if x then return x end error(string.rep("long ", 800000), 0) end`,
				js:  `function run(x) { if (x) return x; throw new Error('long '.repeat(800000)) }`,
			},
			boot: func(b *wire.Boot) { b.Limits.Payload = 100_000 },
			run: func(p *Parent) {
				p.Call(1)
				if e := p.Fails(1, wire.ErrorScript, "long long", "more"); len(e.Message) >= wire.ControlRoom {
					p.t.Errorf("the message has %d bytes", len(e.Message))
				}
				p.Call(1, "fine")
				p.Result(1, "fine")
			},
		},
		{
			name: "cause",
			worker: worker{js: `function run(what) {
	const inner = what === 'text' ? 'just text' : new TypeError('inner', {cause: new Error('innermost')})
	throw new Error('outer', {cause: inner})
}`},
			run: func(p *Parent) {
				p.Call(1, "error")
				e := p.Fails(1, wire.ErrorScript, "outer")
				checkStack(p, e, 3)
				if e.Cause == nil || !strings.Contains(e.Cause.Message, "inner") {
					p.t.Fatalf("the cause is %+v", e.Cause)
				}
				checkStack(p, *e.Cause, 2)
				if c := e.Cause.Cause; c == nil || c.Message != "innermost" || c.Cause != nil {
					p.t.Errorf("the cause's cause is %+v", c)
				}
				p.Call(1, "text")
				e = p.Fails(1, wire.ErrorScript, "outer")
				if e.Cause == nil || e.Cause.Message != "just text" {
					p.t.Errorf("the cause is %+v", e.Cause)
				}
			},
		},
		{
			name: "a cause that is its own",
			worker: worker{js: `function run(x) {
				if (x) return x;
				const e = new Error('loop'); e.cause = e; throw e
			}`},
			run: func(p *Parent) {
				p.Call(1)
				p.Fails(1, wire.ErrorScript, "loop")
				p.Call(1, 1)
				p.Result(1, 1)
			},
		},
		{
			name:   "a class of errors of the script's own",
			worker: worker{js: `class Sorry extends Error {} function run() { throw new Sorry('about that') }`},
			run: func(p *Parent) {
				p.Call(1)
				p.Fails(1, wire.ErrorScript, "about that")
			},
		},
		{
			name: "an error that cannot even be looked at",
			worker: worker{
				lua: `function run(x) if x then return x end error(setmetatable({}, {__tostring = function() error("no") end})) end`,
				js: `function run(x) { if (x) return x; const e = new Error('');
					Object.defineProperty(e, 'message', {get() { throw new Error('no') }}); throw e }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Fails(1, wire.ErrorScript)
				p.Call(1, "fine")
				p.Result(1, "fine")
			},
		},
		{
			name:  "in async mode",
			async: true,
			worker: worker{
				lua: "function run(done, x)\n  if x then done(x) return end\n  error('boom')\nend",
				js:  "function run(done, x) {\n  if (x) return done(x)\n  throw new Error('boom')\n}",
			},
			run: func(p *Parent) {
				p.Call(3)
				p.Call(4, "fine")
				e := p.Fails(3, wire.ErrorScript)
				if e.Message != "boom" {
					p.t.Errorf("the error is %+v", e)
				}
				checkStack(p, e, 3)
				p.Result(4, "fine")
			},
		},
		{
			name:  "after the answer",
			async: true,
			worker: worker{
				lua: "function run(done, x)\n  done(x)\n  error('too late')\nend",
				js:  "function run(done, x) {\n  done(x)\n  throw new Error('too late')\n}",
			},
			run: func(p *Parent) {
				p.Call(3, "answer")
				p.Result(3, "answer")
				l := p.Logs("error", "too late")
				if !strings.Contains(l.Message, "worker."+p.language+":3") {
					p.t.Errorf("the record does not say where: %+v", l)
				}
				// The id may be another call's by the time the record is read.
				if l.Call != 0 {
					p.t.Errorf("the record belongs to call %d, which has been answered", l.Call)
				}
				p.Drain()
				p.Drained()
			},
		},
	}
}

// thrownCases are about values that are thrown.
func thrownCases() []testCase {
	cases := []struct {
		name    string
		lua, js string   // expressions
		message []string // words in the message
		value   string   // JSON; "" for none, "?" for whatever it is
	}{
		{"string", `"plain"`, `'plain'`, []string{"plain"}, "?"},
		{"empty string", `""`, `''`, nil, "?"},
		{"table or object", `{code = 7, list = {1, 2}}`, `({code: 7, list: [1, 2]})`, nil, `{"code":7,"list":[1,2]}`},
		{"array", `{1, 2}`, `[1, 2]`, nil, `[1,2]`},
		{"empty table or object", `{}`, `[]`, nil, `[]`},
		{"nil or null", `nil`, `null`, nil, "?"},
		{"undefined", ``, `undefined`, []string{"undefined"}, "?"},
		{"number", `42`, `42`, []string{"42"}, "?"},
		{"fraction", `1.5`, `1.5`, []string{"1.5"}, "?"},
		{"boolean", `false`, `false`, []string{"false"}, `false`},
		{"function", `function() end`, `(() => 1)`, nil, ""},
		{"table with a function", `{f = print}`, `({f: () => 1})`, nil, ""},
		{"cycle", `(function() local t = {} t.t = t return t end)()`, `(() => { const t = {}; t.t = t; return t })()`, nil, ""},
		{"NaN inside", `{n = 0/0}`, `({n: NaN})`, nil, ""},
		{"table with __tostring", `setmetatable({}, {__tostring = function() return "as text" end})`, ``, []string{"as text"}, "?"},
		{"symbol", ``, `Symbol('s')`, nil, ""},
		{"BigInt", ``, `10n`, []string{"10"}, "?"},
	}
	var out []testCase
	for _, c := range cases {
		sources := worker{}
		if c.lua != "" {
			sources[lua] = `function run(x) if x then return x end error(` + c.lua + `) end`
		}
		if c.js != "" {
			sources[js] = `function run(x) { if (x) return x; throw ` + c.js + ` }`
		}
		out = append(out, testCase{
			name:   c.name,
			worker: sources,
			run: func(p *Parent) {
				p.Call(1)
				e := p.Fails(1, wire.ErrorScript, c.message...)
				if e.Message == "" || !strings.HasPrefix(e.Language, p.language) {
					p.t.Errorf("the error is %+v", e)
				}
				if got := string(e.Value); c.value != "?" && got != c.value {
					p.t.Errorf("the value is %q, want %q", got, c.value)
				}
				checkStack(p, e, 1)
				p.Call(1, "fine")
				p.Result(1, "fine")
			},
		})
	}
	return out
}
