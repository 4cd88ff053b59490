package enginetest

import "scripthost.example/wire"

func withText(b *wire.Boot) { b.Serialiser.Name = "string" }

// textCases are about the serialiser string.
func textCases() []testCase {
	written := []struct {
		name, lua, js string // expressions
		luaWant       string
		jsWant        string
	}{
		{"integer", `3`, `3`, "3", "3"},
		{"whole float", `6 / 2`, `6 / 2`, "3", "3"},
		{"negative", `-17`, `-17`, "-17", "-17"},
		{"fraction", `1.5`, `1.5`, "1.5", "1.5"},
		{"tenth", `0.1`, `0.1`, "0.1", "0.1"},
		{"million", `1000000`, `1000000`, "1000000", "1000000"},
		{"large", `1e300`, `1e300`, "1e+300", "1e+300"},
		{"infinity", `1 / 0`, `1 / 0`, "inf", "Infinity"},
		{"NaN", ``, `NaN`, "", "NaN"},
		{"-0", ``, `-0`, "", "0"},
		{"BigInt", ``, `10n ** 30n`, "", "1000000000000000000000000000000"},
		{"true", `true`, `true`, "true", "true"},
		{"false", `false`, `false`, "false", "false"},
		{"text", `"zwölf"`, `'zwölf'`, "zwölf", "zwölf"},
		{"text beyond 16 bits", `"😀"`, `'\ud83d\ude00'`, "😀", "😀"},
		{"zero octets", `"a\0b"`, `'a\0b'`, "a\x00b", "a\x00b"},
		{"octets", `"a\255b"`, `new Uint8Array([97, 255, 98])`, "a\xffb", "a\xffb"},
		{"empty", `""`, `''`, "", ""},
	}
	refused := []struct{ name, lua, js string }{
		{"nil or null", `nil`, `null`},
		{"undefined", ``, `undefined`},
		{"table or object", `{a = 1}`, `({a: 1})`},
		{"empty table or array", `{}`, `[]`},
		{"json.null", `json.null`, ``},
		{"function", `print`, `(() => 1)`},
		{"symbol", ``, `Symbol('s')`},
		{"date", ``, `new Date(0)`},
		{"half a surrogate pair", ``, `'\ud83d'`},
	}
	var cases []testCase
	for _, w := range written {
		sources := worker{}
		if w.lua != "" {
			sources[lua] = `function run() event(` + w.lua + `) return ` + w.lua + `, "behind" end`
		}
		if w.js != "" {
			sources[js] = `function run() { event(` + w.js + `); return results(` + w.js + `, 'behind') }`
		}
		cases = append(cases, testCase{
			name: "written: " + w.name, worker: sources, boot: withText,
			run: func(p *Parent) {
				want := each(p, map[string]string{lua: w.luaWant, js: w.jsWant})
				p.Call(1)
				p.CallEvent(1, want)
				p.Result(1, want, "behind")
			},
		})
	}
	for _, r := range refused {
		sources := worker{}
		if r.lua != "" {
			sources[lua] = `function run(x) if x then local ok, e = pcall(event, ` + r.lua + `) return ok, e.kind end return "first", ` + r.lua + ` end`
		}
		if r.js != "" {
			sources[js] = `function run(x) { if (x) { try { event(` + r.js + `) } catch (e) { return results(false, e.kind) } }
				return results('first', ` + r.js + `) }`
		}
		cases = append(cases, testCase{
			name: "refused: " + r.name, worker: sources, boot: withText,
			run: func(p *Parent) {
				p.Call(1)
				p.Fails(1, wire.ErrorSerialise, "2")
				p.Call(1, "x")
				p.Result(1, "false", "serialise")
			},
		})
	}
	return append(cases,
		testCase{
			name: "read back", boot: withText,
			worker: worker{
				lua: `function run(...) local kinds = {} for i = 1, select("#", ...) do kinds[i] = type((select(i, ...))) end
					return table.concat(kinds, " "), ... end`,
				js: `function run(...args) { return results(args.map((x) => x instanceof Uint8Array ? 'bytes' : typeof x).join(' '), ...args) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, "")
				p.Call(1, "", "text", "zwölf", "😀", "a\x00b")
				p.Result(1, "string string string string string", "", "text", "zwölf", "😀", "a\x00b")
				// What the parent sends is text to begin with.
				p.Call(1, 3, 1.5, true)
				p.Result(1, "string string string", "3", "1.5", "true")
				p.Call(1, "a\xff", "b")
				p.Result(1, each(p, map[string]string{lua: "string string", js: "bytes string"}), "a\xff", "b")
			},
		},
		testCase{
			name: "no values are no octets", boot: withText,
			worker: worker{
				lua: `function run(...) return end`,
				js:  `function run() {}`,
			},
			run: func(p *Parent) {
				p.Call(1)
				if got := p.want(1); len(got) != 0 {
					p.t.Errorf("the payload is %q", got)
				}
			},
		},
		testCase{
			name: "arguments that cannot be read", boot: withText,
			worker: worker{
				lua: `function run(x) return x end`,
				js:  `function run(x) { return x }`,
			},
			run: func(p *Parent) {
				p.Send(1, []byte{5, 'x'})
				p.Fails(1, wire.ErrorSerialise)
				p.Send(1, []byte{0x80, 1, 'x'})
				p.Fails(1, wire.ErrorSerialise)
				p.Call(1, "fine")
				p.Result(1, "fine")
			},
		},
	)
}
