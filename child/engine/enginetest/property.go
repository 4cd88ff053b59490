package enginetest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"scripthost.example/wire"
)

// The cases here draw values by chance, send them across the boundary in every
// serialiser, and compare what comes back with what a model in Go says of them:
// see modelEcho for values that the parent makes, and scriptValue for those that
// a script makes. Each draws some hundred values; for more:
//
//	go test -run 'Conformance/properties' ./lua ./js -rapid.checks=20000

// propertyCases are one case for each serialiser and origin of values.
func propertyCases() []testCase {
	cases := []testCase{{
		name: "host functions", boot: func(b *wire.Boot) { b.Host = []string{"give", "take"} }, worker: worker{
			lua: `function run() host.take(host.give()) return "end" end`,
			js:  `async function run() { await host.take(await host.give()); return 'end' }`,
		}, run: checkHost,
	}}
	for _, s := range append([]string{"string"}, allThree...) {
		byName := func(b *wire.Boot) { b.Serialiser.Name = s }
		cases = append(cases,
			testCase{name: s + ": from the parent and back", boot: byName, worker: worker{
				lua: `function run(x) return x end`,
				js:  `function run(x) { return results(x) }`,
			}, run: func(p *Parent) { checkEcho(p, s) }},
			testCase{name: s + ": as the script sees it", boot: byName, worker: comparing, run: func(p *Parent) {
				if s != "string" { // in which all is text
					checkSeen(p, s)
				}
			}},
			testCase{name: s + ": from the parent inside events and of several", boot: byName, worker: worker{
				lua: `function run(...) event(...) return ... end`,
				js:  `function run(...args) { event(...args); return results(...args) }`,
			}, run: func(p *Parent) { checkLists(p, s) }},
			testCase{name: s + ": made by the script", boot: byName, worker: worker{
				lua: `function run(source) local x = assert(loadstring("return " .. source))() return x, tostring(x) end`,
				js:  `function run(source) { const x = (0, eval)('(' + source + ')'); return results(x, typeof x === 'symbol' ? '' : String(Object(x) === x ? '' : x)) }`,
			}, run: func(p *Parent) { checkMade(p, s) }},
		)
	}
	return cases
}

// answer reads the answer of call 1: its results, or its error, which has no kind
// if there is none.
func (p *Parent) answer() ([]any, wire.Error) {
	p.t.Helper()
	var e wire.Error
	f := p.Next()
	if f.ID == 1 {
		return p.thaw(f.Payload), e
	}
	if f.ID != wire.ControlID(wire.KindError, 1) {
		p.t.Fatalf("there is %s where the answer of call 1 should be", describe(f))
	}
	if err := wire.ParseMessage(f.Payload, &e); err != nil {
		p.t.Fatal(err)
	}
	return nil, e
}

// CheckEcho draws values, and has call send each to a function of a script, in a
// language and serialiser, that returns what it gets: in Lua
//
//	function run(x) return x end
//
// and in JavaScript
//
//	function run(x) { return results(x) }
//
// Call returns the results, or the kind and the message of the call's error. The
// test fails if a value comes back as another, or is refused for no reason or
// without a name.
func CheckEcho(t testing.TB, language, serialiser string, call func(v any) (results []any, kind, message string)) {
	m := model{language, serialiser}
	rapid.Check(t, func(t *rapid.T) {
		v := drawValue(t, 4)
		got, kind, message := call(v)
		m.echo(v).check(t, []any{v}, got, kind, message)
	})
}

// checkEcho has a script return values of the parent's.
func checkEcho(p *Parent, serialiser string) {
	CheckEcho(p.t, p.language, serialiser, func(v any) ([]any, string, string) {
		payload, err := p.codec.AppendFreeze(nil, []any{v})
		if err != nil {
			return nil, wire.ErrorSerialise, err.Error()
		}
		p.Send(1, payload)
		got, fail := p.answer()
		return got, fail.Kind, fail.Message
	})
}

// checkLists has a script send several values as an event and return them.
func checkLists(p *Parent, serialiser string) {
	m := model{p.language, serialiser}
	rapid.Check(p.t, func(t *rapid.T) {
		var list, want []any
		for range rapid.IntRange(0, 5).Draw(t, "values") {
			v := drawValue(t, 2)
			if w := m.echo(v); w.stage == "" {
				list, want = append(list, v), append(want, w.value)
			}
		}
		if len(list) > 0 && p.language == lua && list[len(list)-1] == nil {
			list, want = append(list, true), append(want, m.echo(true).value) // Lua knows no end that is nil
		}
		p.Send(1, p.Freeze(list...))
		f := p.Next()
		if f.ID != wire.ControlID(wire.KindCallEvent, 1) {
			t.Fatalf("%s\nthere is %s where an event should be: %q", show(list), describe(f), f.Payload)
		}
		if got := p.thaw(f.Payload); !slices.EqualFunc(got, want, equal) {
			t.Fatalf("the event of\n%s\nis\n%s\nand should be\n%s", show(list), show(got), show(want))
		}
		got, fail := p.answer()
		if fail.Kind != "" || !slices.EqualFunc(got, want, equal) {
			t.Fatalf("the result of\n%s\nis\n%s (%+v)\nand should be\n%s", show(list), show(got), fail, show(want))
		}
	})
}

// checkMade has a script make a value and return it.
func checkMade(p *Parent, serialiser string) {
	m := model{p.language, serialiser}
	rapid.Check(p.t, func(t *rapid.T) {
		made := drawMade(t, m, 4)
		want := m.made(made)
		p.Call(1, made.source)
		got, fail := p.answer()
		if serialiser == "string" && want.stage == "" && fail.Kind == "" {
			// A string is itself, and the rest as the language writes it.
			switch v := made.value.(type) {
			case string:
				want.value = v
			case []byte:
				want.value = string(v)
			default:
				want.value = got[1]
			}
		}
		if len(got) == 2 {
			got = got[:1]
		}
		want.check(t, made.source, got, fail.Kind, fail.Message)
	})
}

// An expectation is what should become of a value: it comes back as value, or
// it is refused: on the way out of the "parent", as an "argument" of the script,
// or as its "result".
type expectation struct {
	value any
	stage string
	// path are the places of what is refused, any of which may be told.
	path []location
}

func (e expectation) String() string {
	if e.stage == "" {
		return show([]any{e.value})
	}
	return fmt.Sprintf("refused the %s at %v", e.stage, e.path)
}

// check compares the answer of a call with value.
func (e expectation) check(t *rapid.T, value any, got []any, kind, message string) {
	t.Helper()
	if kind == "" {
		if e.stage != "" || len(got) != 1 || !equal(got[0], e.value) {
			t.Fatalf("%s\ncomes back as\n%s\nand should be\n%v", shown(value), show(got), e)
		}
		return
	}
	if e.stage == "" || kind != wire.ErrorSerialise || !e.names(message) {
		t.Fatalf("%s\nfails with %s: %s\nand should be\n%v", shown(value), kind, message, e)
	}
}

// names tells whether a message names one of the places.
func (e expectation) names(message string) bool {
	return slices.ContainsFunc(e.path, func(at location) bool { return at.in(message, e.stage) })
}

func shown(value any) string {
	if source, ok := value.(string); ok {
		return source
	}
	return show(value.([]any))
}

// A location is the way to a value from the outermost one: indices from 0, or keys.
type location []any

// told is how many steps of a place a message can leave nothing out of.
const told = 6

// in tells whether a message names the place.
func (at location) in(message, stage string) bool {
	if len(at) > told {
		return strings.HasPrefix(message, stage+" 1") || strings.Contains(message, ": value [0]")
	}
	return strings.HasPrefix(message, stage+" 1"+at.written(0)+" ") || strings.HasPrefix(message, stage+" 1"+at.written(1)+" ") ||
		strings.Contains(message, ": value [0]"+at.written(0)+":")
}

// written is the place as code has it; the first item of an array is first.
func (at location) written(first int) string {
	var b strings.Builder
	for _, step := range at {
		switch step := step.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(step+first) + "]")
		case string:
			if isPlain(step) {
				b.WriteString("." + step)
			} else {
				b.WriteString("[" + strconv.Quote(step) + "]")
			}
		}
	}
	return b.String()
}

// isPlain tells whether a key needs no quotes: those that are drawn have either
// letters alone, or something that is neither letter nor digit.
func isPlain(key string) bool {
	return key != "" && !strings.ContainsFunc(key, func(r rune) bool { return r != '_' && (r|0x20 < 'a' || r|0x20 > 'z') })
}
