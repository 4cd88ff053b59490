package js

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

func TestPropertiesInPatterns(t *testing.T) {
	t.Parallel()
	checkExpressions(t, `
class Mine extends RegExp { get mine() { return true } }
const all = (re, text) => [...text.matchAll(re)].map((m) => m[0]).join("|");
class Literals {
	field = /\p{Lu}/u; static field = /\p{Ll}/u; static { this.block = /\p{Lt}/u }
	#private = /\p{Lm}/u; [/\p{Nd}/u.source]() { return this.#private } get get() { return /\p{Lo}/u }
	constructor(given = /\p{Sm}/u) { this.given = given }
}
function everywhere() {
	const { a = /\p{L}/u } = {}, l = new Literals(), list = [a, ...[/\p{M}/u]];
	function hoisted() { return /\p{S}/u }
	for (const re of [/\p{P}/u]) { try { throw /\p{Z}/u } catch (e) { list.push(e, re) } finally { list.push(/\p{C}/u) } }
	switch (1) { case 1: list.push(/\p{Zs}/u) }
	var o = { f: () => /\p{N}/u, *h() { yield /\p{No}/u } };
	list.push(hoisted(), l.field, Literals.field, Literals.block, l["\\p{Nd}"](), l.get, l.given, o.f(), ...o.h());
	return list.map((re) => re.source + Number(re.test("a1 +"))).join();
}
let counted = 0;
const like = { [Symbol.match]: true, get source() { counted++; return "\\p{Lu}" }, get flags() { counted++; return "u" } };
`, []expression{
		{`/\p{L}/u.test("é")`, `true`},
		{`[/\p{L}/u.test("1p"), /^\p{L}{2}$/u.test("pé"), /^\P{L}$/u.test("1")]`, `[true,true,true]`},
		{`[/\p{L}/.test("é"), /\p{L}/.test("p{L}"), /\P{L}/.test("P{L}"), new RegExp("\\p{L}").test("p{L}")]`, `[false,true,true,true]`},
		{`/\\p{L}/.test("\\p{L}")`, `true`},
		{`[/[\p{L}\p{N}_-]+/u, /[-\p{L}]+/u, /[a-c-\p{Lu}]+/u, /[+--\p{Lu}]+/u, /[\]\p{Lu}]+/u].map((re) => re.exec("*été-2_|b-É]")?.[0])`,
			`["été-2_","été-","-","-","É]"]`},
		{`[/[^\p{L}\s]+/u, /[^\P{L}]+/u, /[\P{L}x]+/u, /[\P{Any}]/u, /[^\P{Any}]/u, /\P{Any}/u, /[\P{Any}x]/u].map((re) => re.exec("é x12")?.[0])`,
			`["12","é"," x12",null,"é",null,"x"]`},
		{`[/[[\p{L}]+/u.exec("[é]")[0], /\[\p{L}\]/u.exec("[é]")[0], /\u{5b}[\u{2d}\p{Lu}]/u.exec("[-")[0]]`, `["[é","[é]","[-"]`},
		// The flags.
		{`[/\p{Lu}/iu, /\P{Lu}/iu, /[^\p{Lu}]/iu, /[^\P{Lu}]/iu, /[\p{Lu}]/iu].map((re) => [..."aA1"].filter((c) => re.test(c)).join(""))`,
			`["aA","aA1","1","","aA"]`},
		{`[/^\p{Lu}/imu.exec("1\né")[0], /\p{L}.\p{L}/su.exec("é\né")[0], /\p{L}/yu.test("1é")]`, `["é","é\né",false]`},
		// Lone surrogates and what is beyond them.
		{`["\ud800", "\u{1d49c}", "\udc00a"].map((s) => [/\p{Cs}/u.test(s), /\p{L}/u.test(s), /^\P{L}$/u.test(s), /^\p{Any}$/u.test(s)].map(Number).join(""))`,
			`["1011","0101","1100"]`},
		{`new RegExp("[\ud800\\p{Lu}]", "u").test("\ud800")`, `true`},
		{`/\p{Script=Gothic}+/u.exec("a𐌰𐌱b").index`, `1`},
		// Both of goja's engines.
		{`/(?<=\p{Lu})\p{Ll}+/u.exec("1ÉtéX")[0]`, `"té"`},
		{`/(?<!\P{L})\p{Ll}(?=\p{Nd})/u.exec("-é1éé2")?.index`, `4`},
		{`/(\p{L})\1/u.exec("aéé")[0]`, `"éé"`},
		{`({ ...(/(?<first>\p{L})(?<rest>\p{L}*)/u.exec("1été").groups) })`, `{"first":"é","rest":"té"}`},
		{`"été 12".replace(/(?<w>\p{L}+) (?<n>\p{N}+)/u, "$<n>-$<w>")`, `"12-été"`},
		// What uses them.
		{`all(/\p{Lu}\p{Ll}*/gu, "ÉtéÀla")`, `"Été|Àla"`},
		{`"aé1".replace(/\p{L}/gu, (c) => c.toUpperCase())`, `"AÉ1"`},
		{`"é1à2b".split(/\p{N}/u)`, `["é","à","b"]`},
		{`["1é".search(/\p{L}/u), "1é".match(/\p{L}/u).index, "éà".match(/\p{L}/gu).length]`, `[1,1,2]`},
		{`[RegExp.prototype[Symbol.split].call(/\p{N}/u, "a1b"), RegExp.prototype[Symbol.replace].call(/\p{N}/gu, "a1b", "")]`, `[["a","b"],"ab"]`},
		{`(() => { const re = /\p{L}/gu; re.test("éa"); return [re.lastIndex, re.exec("éa")[0], re.lastIndex] })()`, `[1,"a",2]`},
		// What they look like.
		{`[/\p{L}/u.source, String(/[^\p{L}]/giu), /\p{L}/giu.flags, new RegExp("/\\p{L}", "u").source.slice(-5)]`, `["\\p{L}","/[^\\p{L}]/giu","giu","\\p{L}"]`},
		{`[/\p{L}/u.source, /\p{Letter}/u.source, /\p{gc=L}/u.source, /\p{L}/iu.source]`, `["\\p{L}","\\p{Letter}","\\p{gc=L}","\\p{L}"]`},
		{`everywhere()`, `"\\p{L}1,\\p{M}0,\\p{Z}1,\\p{P}0,\\p{C}0,\\p{Zs}1,\\p{S}1,\\p{Lu}0,\\p{Ll}1,\\p{Lt}0,\\p{Lm}0,\\p{Lo}0,\\p{Sm}1,\\p{N}1,\\p{No}0"`},
		{`(async () => [await (async () => /\p{L}/u.source)(), eval("1")])()`, `["\\p{L}",1]`},
		// At run time.
		{`[new RegExp("\\p{L}", "u").test("é"), RegExp("\\p{L}", "u").test("é"), new RegExp("[\\p{L}]", "gu").source]`, `[true,true,"[\\p{L}]"]`},
		{`[new RegExp(/\p{L}/u).test("é"), new RegExp(/\p{L}/u, "").test("p{L}"), new RegExp(/\p{L}/, "u").test("é"), RegExp(/\p{L}/u, "gu").flags]`, `[true,true,true,"gu"]`},
		{`(() => { const re = /\p{L}/u; return [RegExp(re) === re, new RegExp(re) === re, new RegExp(re).source] })()`, `[true,false,"\\p{L}"]`},
		{`[new RegExp(like).test("É"), counted, new RegExp({ toString: () => "\\p{Lu}" }, { toString: () => "u" }).test("É")]`, `[true,2,true]`},
		{`/x/.compile("\\p{L}", "u").test("é")`, `true`},
		{`[/x/.compile("\\p{L}", "u").source, /x/.compile(/\p{L}/u).test("é"), /x/.compile().source]`, `["\\p{L}",true,"(?:)"]`},
		{`(() => { const re = new Mine("\\p{N}", "u"); return [re.mine, re instanceof Mine, re instanceof RegExp, re.source, "a1b".split(re), "a1b".replace(re, "")] })()`,
			`[true,true,true,"\\p{N}",["a","b"],"ab"]`},
		{`[RegExp.name, RegExp.length, RegExp.prototype.constructor === RegExp, /\p{L}/u.constructor === RegExp, RegExp[Symbol.species] === RegExp]`,
			`["RegExp",2,true,true,true]`},
		{`[RegExp().source, new RegExp(undefined, "u").source, new RegExp("", "u").source, String(RegExp(null)), RegExp("a", undefined).flags]`,
			`["(?:)","(?:)","(?:)","/null/",""]`},
		{`structuredClone(/\p{L}/u).test("é")`, `true`},
		// What is wrong.
		{`new RegExp("\\p{Foo}", "u")`, `!SyntaxError`},
		{`new RegExp("\\p{lu}", "u")`, `!SyntaxError`},
		{`new RegExp("\\p{IsLu}", "u")`, `!SyntaxError`},
		{`new RegExp("\\p{Script}", "u")`, `!SyntaxError`},
		{`new RegExp("\\p{L=Lu}", "u")`, `!SyntaxError`},
		{`new RegExp("\\p{Block=Latin}", "u")`, `!SyntaxError`},
		{`new RegExp("\\p{ L }", "u")`, `!SyntaxError`},
		{`new RegExp("\\p{}", "u")`, `!SyntaxError`},
		{`new RegExp("\\p{L", "u")`, `!SyntaxError`},
		{`new RegExp("\\pL", "u")`, `!SyntaxError`},
		{`new RegExp("\\p", "u")`, `!SyntaxError`},
		{`new RegExp("[\\p{L}-z]", "u")`, `!SyntaxError`},
		{`new RegExp("[a-\\P{L}]", "u")`, `!SyntaxError`},
		{`new RegExp("(\\p{L}", "u")`, `!SyntaxError`},
		{`new RegExp("[\\p{L}", "u")`, `!SyntaxError`},
		{`new RegExp("\\p{L}", "uq")`, `!SyntaxError`},
		{`new RegExp({ [Symbol.match]: true, get source() { throw new RangeError() } }, "u")`, `!RangeError`},
		{`new RegExp(Symbol("\\p{L}"), "u")`, `!TypeError`},
		{`new RegExp("\\p{L}", Symbol("u"))`, `!TypeError`},
	})
}

// A wrong name is an error of the script; what the tables lack is one where it is
// reached.
func TestWrongProperties(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ script, loading, calling string }{
		{`function run() { return 1 && /\p{Foo}/u }`, `SyntaxError: Invalid regular expression: /\p{Foo}/u: Unicode has no property "Foo"`, ""},
		{`function run() { return 1 && /\p{sc=Foo}/u }`, `SyntaxError: Invalid regular expression: /\p{sc=Foo}/u: Unicode has no script "Foo"`, ""},
		{`function run() { return 1 && /\p{scx=Foo}/u }`, `SyntaxError: Invalid regular expression: /\p{scx=Foo}/u: Unicode has no script "Foo"`, ""},
		{`function run() { return 1 && /[\p{L}-z]/u }`, `SyntaxError: Invalid regular expression: /[\p{L}-z]/u: a property cannot be an end of a range`, ""},
		{`function run() { return 1 && /\p/u }`, `SyntaxError: Invalid regular expression: /\p/u: with the flag u, \p and \P want the name of a property in braces`, ""},
		{`function run() { return 1 && /(\p{L}/u }`, `SyntaxError: Unterminated group`, ""},
		{`function run() { return 1 && /(?<=(\p{L})/u }`, "", ""},
		{`function run() { return 1 && /\p{scx=Grek}/u }`, "", `SyntaxError: Invalid regular expression: /\p{scx=Grek}/u: there are no tables for Script_Extensions here; Script=Grek leaves out what several scripts share`},
		{`function run() { return 1 && /\p{CWKCF}/u }`, "", `SyntaxError: Invalid regular expression: /\p{CWKCF}/u: there is no table for CWKCF here`},
		{`function run() { return 1 && new RegExp("\\p{L}".repeat(5000), "u") }`, "", `SyntaxError: Invalid regular expression: /` + strings.Repeat(`\p{L}`, 40) + `…/u: with what its properties stand for, it is too long`},
		{`function run() { return 1 && new RegExp("\\p{" + "é".repeat(5000) + "}", "u") }`, "",
			`SyntaxError: Invalid regular expression: /\p{` + strings.Repeat("é", 98) + `…/u: Unicode has no property "` + strings.Repeat("é", 30) + `…"`},
	} {
		w := newWorld(t)
		err := w.load(syncConfig, "\n"+c.script)
		if c.loading != "" {
			if e := scriptError(t, err, engine.KindScript, c.loading); e.Stack[0].Position() != "test.js:2:30" {
				t.Errorf("%s: it is at %s", c.script, e.Stack[0].Position())
			}
			continue
		}
		if c.calling == "" {
			if err == nil || len(err.Error()) > 300 {
				t.Errorf("%s: %v", c.script, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.script, err)
			continue
		}
		_, err = w.call()
		if e := scriptError(t, err, engine.KindScript, c.calling); e.Stack[0].Position() != "test.js:2:30" {
			t.Errorf("%s: it is at %s", c.script, e.Stack[0].Position())
		}
	}
}

// A pattern without properties stays as it is, and one with them becomes one that
// goja takes, if it takes it with letters in their place.
func FuzzExpandPattern(f *testing.F) {
	for _, seed := range []string{`\p{L}`, `[^\p{L}-]`, `a[\P{Any}]`, `(?<n>\p{L})\k<n>`, `[\`, `\`, `\p{`, `[a-\p{L}`, `[]\p{L}[^]`, `\\p{L}`, `[\\\p{Lu}\]-]`, "\xff\\p{L}", `[\p{L}-z]`, `\p{L}{2}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if !utf8.ValidString(source) {
			return
		}
		set := func(name string) (codeSet, *propertyError) { return unicodeProperty(name) }
		got, fault := expandPattern(source, set)
		if fault != nil {
			if !hasProperty(source) {
				t.Fatalf("%q: %s", source, fault.what)
			}
			return
		}
		if !hasProperty(source) || !strings.Contains(strings.ReplaceAll(source, `\\`, ""), `\p`) && !strings.Contains(strings.ReplaceAll(source, `\\`, ""), `\P`) {
			if got != source {
				t.Fatalf("%q became %q", source, got)
			}
			return
		}
		plain, fault := expandPattern(source, standIn)
		if fault != nil {
			t.Fatalf("%q: %s", source, fault.what)
		}
		rt := goja.New()
		compiles := func(pattern string) error {
			_, err := rt.New(rt.Get("RegExp"), rt.ToValue(pattern), rt.ToValue("u"))
			return err
		}
		if compiles(plain) == nil && len(got) < 1<<16 {
			if err := compiles(got); err != nil {
				t.Fatalf("%q became %.200q: %.300s", source, got, err.Error())
			}
		}
	})
}
