package types

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dop251/goja"
	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child"
	"scripthost.example/child/engine"
	"scripthost.example/child/engine/enginetest"
	"scripthost.example/js"
	"scripthost.example/lua"
	"scripthost.example/wire"
)

// The scripts here return what their worker has: names ("sleep"), what is in
// tables, objects and functions ("log.debug"), what instances of a class have
// ("AbortSignal#aborted"), modules ("fs:") and what is in them ("fs:readFileSync").
// What a class has of the one that it extends, or a function of all functions, is
// not said again.
const (
	luaNames = `
function list()
  local names = {}
  for name, value in pairs(_G) do
    names[#names + 1] = name
    if type(value) == "table" and value ~= _G then
      for key in pairs(value) do names[#names + 1] = name .. "." .. tostring(key) end
    end
  end
  return names
end
`
	jsNames = `
function list(modules) {
  const names = [];
  const inside = (prefix, o) => {
    const above = Object.getPrototypeOf(o) ?? {};
    for (const key of Object.getOwnPropertyNames(o)) if (!(key in above) && key !== 'prototype') names.push(prefix + key);
  };
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    names.push(name);
    const value = globalThis[name];
    if (typeof value === 'function' || typeof value === 'object' && value !== null && value !== globalThis) inside(name + '.', value);
    if (typeof value === 'function' && value.prototype) inside(name + '#', value.prototype);
  }
  if (typeof module !== 'undefined') names.push('module', 'exports');
  for (const name of modules) {
    let found;
    try { found = require(name) } catch { continue }
    names.push(name + ':');
    if (found !== globalThis[name]) inside(name + ':', found);
  }
  return names;
}
`
)

// instances are expressions for an object of each type with methods.
var instances = map[string]string{
	"Timer": `timer.after(1000, print)`,
	"Dir":   `select(2, lfs.dir("."))`,
	"Hash":  `hash.new("md5")`,
}

// moduleNames are names that modules of the worker may have.
var moduleNames = strings.Fields(`assert async_hooks buffer child_process console constants crypto dns events fs fs/promises http https module net os path
	path/posix path/win32 perf_hooks process punycode querystring readline readline/promises stream stream/promises stream/web string_decoder sys timers timers/promises
	tls tty url util util/types v8 vm worker_threads zlib assert/strict dns/promises`)

// What a worker of a language has, and what the language alone has.
func have(t *testing.T, e engine.Engine) (names, own []string, p *enginetest.Parent) {
	t.Helper()
	source := luaNames + `function run() return list() end
		function probe(source) return type(assert(loadstring("return " .. source))()) end`
	var modules []any
	if e.Language() == "js" {
		source = jsNames + "function run(...modules) { return list(modules) }"
		for _, m := range moduleNames {
			modules = append(modules, m)
		}
		own = ownJS(t)
	} else {
		own = ownLua(t)
	}
	p = enginetest.NewParent(t, func(conn child.Conn) error { return child.Serve(conn, e) })
	p.Boot(enginetest.NewBoot(e.Language(), source, false))
	p.Ready()
	p.Call(1, modules...)
	var list [][]string
	if err := json.Unmarshal(p.Next().Payload, &list); err != nil {
		t.Fatal(err)
	}
	names = slices.DeleteFunc(list[0], func(name string) bool { // the script's own, and what every function has
		return slices.Contains([]string{"list", "run", "probe"}, name) || strings.HasPrefix(name, "list") || strings.HasPrefix(name, "run")
	})
	return names, own, p
}

func ownJS(t *testing.T) []string {
	rt := goja.New()
	rt.GlobalObject().GetOwnPropertyNames() // which has goja make them
	v, err := rt.RunString(jsNames + "JSON.stringify(list([]))")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	if err := json.Unmarshal([]byte(v.String()), &names); err != nil {
		t.Fatal(err)
	}
	return names
}

func ownLua(t *testing.T) []string {
	L := glua.NewState()
	defer L.Close()
	if err := L.DoString(luaNames + "return table.concat(list(), ' ')"); err != nil {
		t.Fatal(err)
	}
	return strings.Fields(L.ToString(-1))
}

// The registry has what a worker has, and a worker what the registry has: whoever
// gives a language something new has to say so there.
func TestAgreement(t *testing.T) {
	t.Parallel()
	for _, e := range []engine.Engine{lua.Engine(), js.Engine()} {
		t.Run(e.Language(), func(t *testing.T) {
			t.Parallel()
			names, own, p := have(t, e)
			there := make(map[string]bool)
			for _, name := range names {
				there[name] = true
			}
			known := make(map[string]bool)
			texts := make(map[string]string) // of classes, objects and modules
			for _, n := range Needs() {
				for _, b := range n.In(e.Language()) {
					if !exists(t, e.Language(), &b, there, p) {
						t.Errorf("the registry has %s (%q), and a worker has not", b.Name, n.What)
					}
					known[b.Name] = true
					texts[b.Name] += b.Text
					for i, c := range b.Name {
						if c == '.' || c == ':' { // what it is in
							known[strings.TrimSuffix(b.Name[:i+1], ".")] = true
							texts[b.Name[:i]] += b.Text
						}
					}
				}
			}
			for _, name := range names {
				if !known[name] && !slices.Contains(own, name) && !isMember(name, texts) {
					t.Errorf("a worker has %s, and the registry has not", name)
				}
			}
		})
	}
}

// imported are the modules that the text of a module takes something from.
var imported = regexp.MustCompile(`(?:require\(|from )'([^']+)'`)

// isMember tells whether a name is in the text of what it is in.
func isMember(name string, texts map[string]string) bool {
	i := strings.IndexAny(name, ".#:")
	if i < 0 {
		return false
	}
	text := texts[name[:i]]
	for _, module := range imported.FindAllStringSubmatch(text, -1) {
		text += texts[module[1]+":"]
	}
	return regexp.MustCompile(`\b` + regexp.QuoteMeta(name[i+1:]) + `\b`).MatchString(text)
}

// exists tells whether a worker has a binding. A type that is no global is there
// with what returns it.
func exists(t *testing.T, language string, b *Binding, there map[string]bool, p *enginetest.Parent) bool {
	t.Helper()
	class, method, isMethod := strings.Cut(b.Name, ":")
	switch {
	case !b.isName():
		return true
	case language == "js" || !isMethod:
		return there[b.Name]
	}
	if instances[class] == "" {
		t.Errorf("%s: say in instances how a script gets a %s", b.Name, class)
		return false
	}
	// A library that is not there yet has no instances either.
	p.CallNamed(2, "probe", "(function() local ok, x = pcall(function() return "+instances[class]+" end) return ok and x."+method+" end)()")
	for {
		f := p.Next()
		control, kind, _ := wire.Split(f.ID)
		if control && kind == wire.KindHostCall { // lfs.dir
			var call enginetest.HostCall
			call.ID, _, _ = wire.ParseHostID(f.Payload)
			call.Call = 2
			p.Return(call, []any{})
			continue
		}
		return string(f.Payload) == `["function"]`
	}
}
