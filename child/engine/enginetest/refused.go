package enginetest

import "scripthost.example/wire"

// refusedCases are about values that cannot be carried: none of them may be
// changed silently.
func refusedCases() []testCase {
	refused := []struct {
		name    string
		lua, js string // expressions
		only    []string
	}{
		{"function", `print`, `(() => 1)`, nil},
		{"coroutine", `coroutine.create(print)`, ``, nil},
		{"userdata", `timer.after(1000, print)`, ``, nil},
		{"symbol", ``, `Symbol('s')`, nil},
		{"promise", ``, `({p: Promise.resolve(1)})`, nil},
		{"Map", ``, `new Map([[1, 2]])`, nil},
		{"Set", ``, `new Set([1])`, nil},
		{"class", ``, `class {}`, nil},
		{"cycle", `(function() local t = {} t.t = t return t end)()`, `(() => { const t = {}; t.t = t; return t })()`, nil},
		{"wide cycle", `(function() local t = {} t.a = {b = {c = {t}}} return t end)()`, `(() => { const t = {}; t.a = {b: {c: [t]}}; return t })()`, nil},
		{"too deep", `(function() local t = {} for i = 1, 10000 do t = {t} end return t end)()`,
			`(() => { let t = []; for (let i = 0; i < 10000; i++) t = [t]; return t })()`, nil},
		{"integer beyond 2^53", `2^53 + 2`, ``, nil},
		{"integer below -2^53", `-2^60`, ``, nil},
		{"number beyond every integer", `1e300`, ``, nil},
		{"BigInt beyond 64 bits", ``, `2n ** 64n`, nil},
		{"BigInt below 64 bits", ``, `-(2n ** 63n) - 1n`, nil},
		{"NaN", `0/0`, `NaN`, []string{"json"}},
		{"infinity", `1/0`, `Infinity`, []string{"json"}},
		{"-infinity", `-1/0`, `-Infinity`, []string{"json"}},
		{"octets", `"a\255"`, `new Uint8Array([97, 255])`, []string{"json"}},
		{"octets that are text", ``, `new Uint8Array([97])`, []string{"json"}},
		{"octets as a key", `{["a\255"] = 1}`, ``, nil},
		{"half a surrogate pair", ``, `'a\ud83d'`, nil},
		{"the other half", ``, `'\ude00a'`, nil},
		{"halves in the wrong order", ``, `'\ude00\ud83d'`, nil},
		{"half a surrogate pair as a key", ``, `({'\ud83d': 1})`, nil},
		{"invalid date", ``, `new Date(NaN)`, nil},
		{"array with a gap", `{1, nil, 3, [5] = 5}`, ``, nil},
		{"array from 2", `{[2] = 1}`, ``, nil},
		{"array from 0", `{[0] = 1}`, ``, nil},
		{"array and object", `{1, 2, x = 3}`, ``, nil},
		{"fraction as a key", `{[1.5] = 1}`, ``, nil},
		{"boolean as a key", `{[true] = 1}`, ``, nil},
		{"table as a key", `{[{}] = 1}`, ``, nil},
		{"object with number and text keys", `{[1] = 1, ["1"] = 2}`, ``, nil},
	}
	var cases []testCase
	for _, r := range refused {
		sources := worker{}
		if r.lua != "" {
			sources[lua] = `function run(where)
				local x = ` + r.lua + `
				if where == "fine" then return "fine" end
				if where == "second" then return 1, x end
				if where == "inside" then return {deep = {1, x}} end
				local ok, e = pcall(event, x)
				return ok, e.kind
			end`
		}
		if r.js != "" {
			sources[js] = `function run(where) {
				const x = ` + r.js + `;
				if (where === 'fine') return 'fine';
				if (where === 'second') return results(1, x);
				if (where === 'inside') return {deep: [1, x]};
				try { event(x) } catch (e) { return results(false, e.kind) }
				return true;
			}`
		}
		serialisers := r.only
		if serialisers == nil {
			serialisers = allThree
		}
		for _, s := range serialisers {
			cases = append(cases, testCase{
				name: s + ": " + r.name, worker: sources,
				boot: func(b *wire.Boot) { b.Serialiser.Name = s },
				run: func(p *Parent) {
					p.Call(1, "second")
					p.Fails(1, wire.ErrorSerialise)
					p.Call(1, "inside")
					p.Fails(1, wire.ErrorSerialise, "deep")
					p.Call(1, "event")
					p.Result(1, false, "serialise")
					p.Call(1, "fine")
					p.Result(1, "fine")
				},
			})
		}
	}
	return append(cases, deepCases()...)
}

// deepCases are about values that are nested almost too deep.
func deepCases() []testCase {
	var cases []testCase
	for _, s := range allThree {
		cases = append(cases, testCase{
			name: s + ": 500 levels", worker: worker{
				lua: `function run(x) return x end`,
				js:  `function run(x) { return x }`,
			},
			boot: func(b *wire.Boot) { b.Serialiser.Name = s },
			run: func(p *Parent) {
				p.Call(1, nested(500))
				p.Result(1, nested(500))
			},
		})
	}
	return cases
}
