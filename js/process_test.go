package js

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"scripthost.example/child/engine"
)

// environmentForTests is a parent whose variables are these, counting how often
// one is asked for.
func environmentForTests(asked *atomic.Int64, variables map[string]any) func(string, []any) ([]any, error) {
	return func(name string, args []any) ([]any, error) {
		if name == "runner.env.list" {
			var names []any
			for v := range variables {
				names = append(names, v)
			}
			slices.SortFunc(names, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
			return []any{names}, nil
		}
		asked.Add(1)
		if args[0] == "TOO_MANY" {
			return nil, &engine.Error{Kind: engine.KindLimit, Message: "too many"}
		}
		return []any{variables[args[0].(string)]}, nil
	}
}

func TestProcessEnv(t *testing.T) {
	t.Parallel()
	variables := map[string]any{"HOME": "/home/ada", "EMPTY": "", "BYTES": []byte("a\xff")}
	for script, want := range map[string]any{
		`process.env.HOME`:                    "/home/ada",
		`[process.env.EMPTY, process.env.NO]`: []any{"", nil},
		`process.env.BYTES`:                   `a\xff`,
		`["HOME" in process.env, "NO" in process.env, process.env.hasOwnProperty("HOME")]`: []any{true, false, true},
		`Object.keys(process.env)`:                                                    []any{"BYTES", "EMPTY", "HOME"},
		`JSON.stringify(process.env)`:                                                 `{"BYTES":"a\\xff","EMPTY":"","HOME":"/home/ada"}`,
		`({...process.env}).HOME`:                                                     "/home/ada",
		`(process.env.HOME = 5, process.env.HOME)`:                                    "5",
		`(process.env.NEW = "x", [process.env.NEW, Object.keys(process.env)])`:        []any{"x", []any{"BYTES", "EMPTY", "HOME", "NEW"}},
		`(delete process.env.HOME, [process.env.HOME, Object.keys(process.env)])`:     []any{nil, []any{"BYTES", "EMPTY"}},
		`(delete process.env.HOME, process.env.HOME = "y", Object.keys(process.env))`: []any{"BYTES", "EMPTY", "HOME"},
		`[typeof process.env.toString, process.env.then, String(process.env)]`:        []any{"function", nil, "[object Object]"},
		`process === require("process") && process === require("node:process")`:       true,
		`Object.keys(process)`:                                                        []any{"env", "argv"},
		`[process.version, process.versions, process.argv]`:                           []any{nil, nil, []any{}},
		`await new Promise(f => process.nextTick((a, b) => f([a, b]), 1, 2))`:         []any{int64(1), int64(2)},
		`(() => { try { process.nextTick(1) } catch (e) { return e.name } })()`:       "TypeError",
		`(() => { try { process.env.TOO_MANY } catch (e) { return e.kind } })()`:      "limit",
		`(await null, process.env.HOME)`:                                              "/home/ada",
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			for _, cfg := range []engine.Config{syncConfig, asyncConfig} {
				w := newWorld(t)
				w.host = environmentForTests(new(atomic.Int64), variables)
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
}

// Each variable is asked for once, one that there is not too; it works while the
// script is loading.
func TestProcessEnvRemembers(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	w := newWorld(t)
	w.host = environmentForTests(&asked, map[string]any{"SET": "1"})
	err := w.load(syncConfig, `
		const production = process.env.NODE_ENV === "production", env = process.env;
		function run() {
			for (let i = 0; i < 100; i++) { env.SET; env.NODE_ENV }
			return env.SET;
		}`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.call()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, []any{"1"})
	if n := asked.Load(); n != 2 {
		t.Errorf("the parent was asked %d times", n)
	}
}
