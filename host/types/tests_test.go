package types

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"scripthost.example/child/engine"
	"scripthost.example/host"
	"scripthost.example/host/scripttest"
	"scripthost.example/js"
	"scripthost.example/lua"
)

// These tests print what a test has: names of the global object, and what is in objects,
// by the name that the declarations have for their type.
const (
	luaTestNames = `
local test = require "runner.test"
local function keys(t)
  local names = json.array and {} or {}
  for name in pairs(t) do
    if type(name) == "string" and name:sub(1, 1) ~= "_" then names[#names + 1] = name end
  end
  return names
end
it("tells", function()
  local worker = test.load("worker.lua")
  worker:call()
  local s = spy.new(function() end)
  local worker_names, call_names = keys(worker), keys(worker.calls[1])
  for _, name in ipairs(keys(getmetatable(worker).__index)) do worker_names[#worker_names + 1] = name end
  for _, name in ipairs(keys(getmetatable(worker.calls[1]).__index)) do call_names[#call_names + 1] = name end
  local _, e = pcall(assert.nothing_like_it)
  local assertions = {}
  for name in e:match("there are (.*)$"):gmatch("[%a_]+") do assertions[#assertions + 1] = name end
  print(json.encode {
    [""] = keys(_G), RunnerTest = keys(test), spy = keys(spy), Spy = keys(getmetatable(s).__index),
    TestWorker = worker_names, TestCall = call_names, Assertions = assertions,
    skip = keys(test.skip), only = keys(test.only),
  })
end)
`
	jsTestNames = `
const test_ = require('runner:test');
const ofFunctions = new Set(['length', 'name', 'prototype', ...Object.getOwnPropertyNames(Function.prototype)]);
const keys = (o) => Object.getOwnPropertyNames(o).filter((k) => typeof o !== 'function' || !ofFunctions.has(k));
it('tells', async () => {
  const worker = await test_.load('./worker.lua');
  await worker.call();
  const failed = await worker.callFunction('fails').catch((e) => e);
  console.log(JSON.stringify({
    '': keys(globalThis), "module 'runner:test'": keys(test_), TestDefiner: [...keys(it), ...keys(describe)], Expect: keys(expect), Vi: keys(vi),
    Matchers: keys(expect(1)).filter((k) => k !== 'resolves' && k !== 'rejects'),
    Mock: [...keys(vi.fn()), ...keys(vi.fn().mock)],
    TestWorker: [...keys(worker), ...keys(Object.getPrototypeOf(worker)).filter((k) => k !== 'constructor')],
    TestCall: [...keys(worker.calls[0]), ...keys(worker.calls[1])], WorkerError: keys(failed).filter((k) => !['message', 'name', 'stack', 'frames'].includes(k)),
  }));
});
`
)

// What tests find is in the declarations, and so on the page of reference: whoever
// gives tests something new has to say so there.
func TestAgreementOfTests(t *testing.T) {
	t.Parallel()
	for _, of := range []struct {
		engine            engine.Engine
		file, script      string
		declared          string
		typeAt            func(name string) string // how the declaration of a type begins
		typeEnd, declares string                   // a pattern, of a global
	}{
		{
			lua.Engine(), "names_test.lua", luaTestNames, testLuaCATS,
			func(name string) string {
				switch name {
				case "spy":
					return "spy = {}"
				case "skip", "only":
					return "---@field " + name + " "
				}
				return "---@class " + name + "\n"
			},
			"\n\n", `(?m)^(?:function )?%s(?:\(| = )`,
		},
		{
			js.Engine(), "names_test.js", jsTestNames, testTypeScript,
			func(name string) string {
				if strings.HasPrefix(name, "module") {
					return "declare " + name
				}
				return "interface " + name
			},
			"\n}", `(?m)^declare (?:const|function) %s\b`,
		},
	} {
		t.Run(of.engine.Language(), func(t *testing.T) {
			t.Parallel()
			plain, _, _ := have(t, of.engine)
			for where, names := range testNames(t, of.file, of.script) {
				if len(names) == 0 {
					t.Errorf("%s has nothing", where)
				}
				text := of.declared
				if where != "" {
					_, rest, found := strings.Cut(of.declared, of.typeAt(where))
					if !found {
						t.Errorf("nothing is declared that begins with %q", of.typeAt(where))
						continue
					}
					text, _, _ = strings.Cut(rest, of.typeEnd)
					if strings.HasPrefix(where, "module") {
						text = rest
					}
				}
				for _, name := range names {
					pattern := `\b` + regexp.QuoteMeta(name) + `\b`
					if where == "" {
						if slices.Contains(plain, name) || slices.Contains([]string{"require", "module", "exports"}, name) {
							continue // every worker has it
						}
						pattern = strings.Replace(of.declares, "%s", regexp.QuoteMeta(name), 1)
					}
					if !regexp.MustCompile(pattern).MatchString(text) {
						t.Errorf("a test has %s in %q, and the declarations have not", name, where)
					}
				}
			}
			if reference := Reference(); !strings.Contains(reference, strings.TrimSpace(of.declared)) {
				t.Error("the page of reference has not what is declared")
			}
		})
	}
}

// testNames runs a file of tests, and returns what it prints.
func testNames(t *testing.T, name, text string) map[string][]string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{name: text, "worker.lua": "function run() end function fails() error({code = 1}) end"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var printed strings.Builder
	results, err := scripttest.Run(context.Background(), filepath.Join(dir, name), &scripttest.Options{
		OnLog: func(_ string, l host.LogRecord) { printed.WriteString(l.Message) },
	})
	if err != nil || len(results) != 1 || results[0].Status != scripttest.Passed {
		t.Fatalf("%+v, %v", results, err)
	}
	var names map[string][]string
	if err := json.Unmarshal([]byte(printed.String()), &names); err != nil {
		t.Fatalf("%v: %s", err, printed.String())
	}
	return names
}
