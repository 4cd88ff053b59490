package js

import (
	"sync/atomic"
	"testing"

	"scripthost.example/child/engine"
)

func TestHostCalls(t *testing.T) {
	t.Parallel()
	names := []string{"echo", "none", "two", "db.get", "db.admin.drop", "db", "fail", "deny"}
	for script, want := range map[string]any{
		`await host.echo(1, [null, {a: "x"}], new Uint8Array([1]))`: []any{"echo", int64(1), []any{nil, map[string]any{"a": "x"}}, []byte{1}},
		`await host.none()`:                nil,
		`await host.two()`:                 []any{int64(1), int64(2)},
		`await host.db.get("k")`:           []any{"db.get", "k"},
		`await host.db.admin.drop()`:       []any{"db.admin.drop"},
		`await host.db(1)`:                 []any{"db", int64(1)},
		`host.db.get.name`:                 "get",
		`Object.keys(host)`:                []any{"db", "deny", "echo", "fail", "none", "two"},
		`["echo" in host, "nope" in host]`: []any{true, false},
		`(await Promise.all([host.echo(1), host.echo(2)])).map(x => x[1])`:              []any{int64(1), int64(2)},
		`typeof host.then + typeof host.toString + String(host)`:                        "undefinedfunction[object Object]",
		`(() => { try { host.nope() } catch (e) { return e.message } })()`:              "host.nope is not a function of the parent; there are: db, deny, echo, fail, none, two; did you mean 'none'?",
		`(() => { try { host.db.admin.nope } catch (e) { return e.message } })()`:       "host.db.admin.nope is not a function of the parent; there are: drop",
		`(() => { "use strict"; try { host.echo = 1 } catch (e) { return e.name } })()`: "TypeError",
		`await host.fail().catch(e => [e.message, e.kind, e.value, e instanceof Error, String(e), Object.keys(e)])`: []any{
			"it broke", "script", map[string]any{"n": int64(7)}, true, "Error: it broke", []any{"kind", "value"}},
		`await host.deny().catch(e => [e.kind, e.cause.message])`:                                     []any{"denied", "because"},
		`(() => { try { host.echo(1, {f() {}}) } catch (e) { return e.kind + ": " + e.message } })()`: "serialise: host.echo: argument 2.f is a function, which cannot be carried",
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			for _, cfg := range []engine.Config{syncConfig, asyncConfig} {
				cfg.HostFunctions = names
				w := newWorld(t)
				w.host = hostForTests
				if err := w.load(cfg, "async function run() { return ["+script+"] }"); err != nil {
					t.Fatal(err)
				}
				got, err := w.call()
				if err != nil {
					t.Fatal(err)
				}
				equal(t, got, []any{[]any{want}})
			}
		})
	}
	// Host calls carry everything, whatever the serialiser does.
	w := loaded(t, engine.Config{Text: true, HostFunctions: names},
		`async function run() { const [, b, o] = await host.echo(new Uint8Array([65]), {a: 1}); return b[0] + o.a }`)
	w.host = hostForTests
	got, err := w.call()
	equal(t, err, nil)
	equal(t, got, []any{"66"})

	w = loaded(t, syncConfig, `function run() { host.x() }`)
	_, err = w.call()
	scriptError(t, err, engine.KindScript, "TypeError: host.x is not a function of the parent, which offers none")
}

func hostForTests(name string, args []any) ([]any, error) {
	switch name {
	case "none":
		return nil, nil
	case "two":
		return []any{int64(1), int64(2)}, nil
	case "fail":
		return nil, &engine.Error{Kind: "script", Message: "it broke", Value: map[string]any{"n": int64(7)}, HasValue: true}
	case "deny":
		return nil, &engine.Error{Kind: engine.KindDenied, Message: "no", Cause: &engine.Error{Message: "because"}}
	}
	return []any{append([]any{name}, args...)}, nil
}

// Uncaught, the error of a host call is what it was, with the script's
// position; after an await, that of the call.
func TestHostErrorsPassThrough(t *testing.T) {
	t.Parallel()
	denied := &engine.Error{
		Kind: engine.KindDenied, Message: "net access is not granted", Language: "",
		Value: map[string]any{"grant": "net"}, HasValue: true, Cause: &engine.Error{Kind: "limit", Message: "why"},
	}
	for name, script := range map[string]string{
		"await":   "async () => {\n await host.f() }",
		"then":    "() => {\n return host.f().then(() => 1) }",
		"loose":   "async () => {\n host.f(); await new Promise(f => setTimeout(f, 1e6)) }",
		"rethrow": "async () => { try {\n await host.f() } catch (e) { throw e } }",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := engine.Config{Binary: true, HostFunctions: []string{"f"}}
			for _, cfg.Async = range []bool{false, true} {
				w := loaded(t, cfg, "const run = "+script)
				w.host = func(string, []any) ([]any, error) { return nil, denied }
				_, err := w.call()
				e := scriptError(t, err, engine.KindDenied, denied.Message)
				equal(t, e.Value, denied.Value)
				equal(t, e.HasValue, true)
				equal(t, e.Language, "js")
				scriptError(t, e.Cause, "limit", "why")
				if e.Stack[0].Line != 2 {
					t.Errorf("at %v", e.Stack)
				}
			}
		})
	}
}

// A kind that a script makes up for an error of its own is none of ours.
func TestOwnKindIsIgnored(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `function run() { throw Object.assign(new Error("x"), { kind: "denied", value: 5 }) }`)
	_, err := w.call()
	e := scriptError(t, err, engine.KindScript, "x")
	equal(t, e.HasValue, false)
}

// The octets of a host call are those at the time of the call.
func TestHostCallOwnsItsOctets(t *testing.T) {
	t.Parallel()
	var seen atomic.Value
	release := make(chan struct{})
	cfg := engine.Config{Binary: true, HostFunctions: []string{"f"}}
	w := loaded(t, cfg, `
		async function run() {
			const b = new Uint8Array([1, 2]), p = host.f({ b: [b] }, b);
			b[0] = 9;
			event("changed");
			await p;
		}`)
	w.host = func(_ string, args []any) ([]any, error) {
		<-release
		seen.Store(args)
		return nil, nil
	}
	w.onEvent = func(*engine.Call) { close(release) }
	_, err := w.call()
	equal(t, err, nil)
	equal(t, seen.Load(), any([]any{map[string]any{"b": []any{[]byte{1, 2}}}, []byte{1, 2}}))
}

func TestWorkerObject(t *testing.T) {
	t.Parallel()
	w := loaded(t, engine.Config{Name: "w\xff", PID: 42, Binary: true}, `
		function run() { worker.retire(); return [worker.name, worker.pid, worker.mode, typeof process.exit, typeof print, typeof sleep] }`)
	got, err := w.call()
	equal(t, err, nil)
	equal(t, got, []any{[]any{`w\xff`, int64(42), "sync", "undefined", "undefined", "undefined"}})
	equal(t, w.retired, true)
}
