package lua

import (
	"reflect"
	"testing"
)

// Scripts cannot tell that some globals are made when they are first used.
func TestOnDemand(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, source string
		want         []any
	}{
		{"used", `function run() return type(hash.md5), type(uuid), hash == hash, _G.hash == hash, _G["hash"] == hash end`,
			list("function", "function", true, true, true)},
		{"required", `local h, u = require "hash", require "uuid" function run() return h == hash, u == uuid, h == require "hash" end`,
			list(true, true, true)},
		{"pairs", `local seen, n = {}, 0 for k, v in pairs(_G) do seen[k] = v n = n + 1 end
			function run() local m = 0 for k, v in pairs(_G) do m = m + 1 end
			return seen.hash == hash, seen.io == io, seen.uuid == uuid, seen.coroutine == coroutine, seen._G == _G, m - n, getmetatable(_G) end`,
			list(true, true, true, true, true, int64(1), nil)},
		{"next", `local k, names = nil, {} repeat k = next(_G, k) if k then names[k] = true end until not k function run() return names.json, names.math end`,
			list(true, true)},
		{"rawget", `local h = rawget(_G, "hash") function run() return h == hash, rawget(_G, "nothing") end`, list(true, nil)},
		{"rawset", `rawset(_G, "hash", 5) function run() return hash, (require "hash").md5 ~= nil end`, list(int64(5), true)},
		{"getmetatable", `local m = getmetatable(_G) function run() return m, type(hash) end`, list(nil, "table")},
		{"setmetatable", `setmetatable(_G, {__index = function(_, k) return "no " .. k end, __newindex = function() end})
			x = 1 rawset(_G, "run", function() return hash ~= "no hash", foo, x, getmetatable(_G) ~= nil end)`,
			list(true, "no foo", "no x", true)},
		{"replaced", `hash = {own = true} function run() return hash.own, hash.md5, (require "hash").md5 ~= nil, hash.own end`,
			list(true, nil, true, true)},
		{"replaced, and required before any use", `math = {pi = 3} function run() return math.pi, require "math" == math, math.floor, (require "math").floor(2.5) end`,
			list(int64(3), false, nil, int64(2))},
		{"taken away", `io = nil os = nil function run() return io, os, rawget(_G, "io"), (pcall(function() return io.open end)) end`,
			list(nil, nil, nil, false)},
		{"taken away after use", `local t = os.time io = io io = nil os = nil for k in pairs(_G) do assert(k ~= "io" and k ~= "os") end function run() return io, os end`,
			list(nil, nil)},
		{"an environment of its own", `local env = setmetatable({}, {__index = _G}) local f = loadstring("x = 1 return hash, y") setfenv(f, env) local h, y = f()
			function run() return h == hash, y, env.x, x, rawget(env, "hash") end`, list(true, nil, int64(1), nil, nil)},
		{"as entry points they are none", `function time() return "mine" end function run() return time() end`, list("mine")},
		{"odd keys", `_G[1] = "one" _G[true] = "yes" function run() return _G[1], _G[true], _G[2], (pcall(function() _G[nil] = 1 end)) end`,
			list("one", "yes", nil, false)},
		{"inside a coroutine", `function run() return coroutine.wrap(function() coroutine.yield(type(lfs.dir), hash.md5("") ) end)() end`,
			list("function", "d41d8cd98f00b204e9800998ecf8427e")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := script(t, tt.source)
			if got := f.run(); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %s\nwant %s", show(got), show(tt.want))
			}
		})
	}
}

// What is made on demand is none of the script's functions.
func TestOnDemandFunctions(t *testing.T) {
	t.Parallel()
	f := script(t, `function run() end for k in pairs(_G) do end time = {of = function() end}`)
	want(t, f.vm.Functions(), []string{"run", "time.of"})
	for _, name := range []string{"uuid", "hash.md5", "json.encode"} {
		if _, err := f.vm.Lookup(name); err == nil {
			t.Errorf("%s was found", name)
		}
	}
}

// A script's own file goes before a library that is not Lua's, and no file before
// one that is.
func TestRequireOnDemand(t *testing.T) {
	t.Parallel()
	own := on(map[string]string{"json.lua": "return 'own json'", "math.lua": "return 'own math'", "host.lua": "return 'own host'"})
	f := script(t, `
		function run()
			local m, h = require "math", require "hash"
			return m == math, require "json", require "host", h == hash, require "lfs" == lfs, require "uuid" == uuid, json.encode{}
		end
		function seen() return package.loaded.io == io, package.loaded.hash == hash, package.loaded.base64, package.loaded.package == package, #package.loaders end`,
		own.host())
	want(t, f.run(), list(true, "own json", "own host", true, true, true, "[]"))
	got, err := f.call("seen")
	if err != nil {
		t.Fatal(err)
	}
	want(t, got, list(true, true, nil, true, int64(3)))
	if own.calls != 5 { // none for math
		t.Errorf("the parent was asked %d times", own.calls)
	}
}
