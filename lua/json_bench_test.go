package lua

import (
	"cmp"
	"os"
	"path/filepath"
	"testing"

	"scripthost.example/child/engine"
)

// BenchmarkJSON writes an object of about 1 KB as text, and reads it, with json and,
// where scripts/wild/fetch.sh has been run, with dkjson, which is written in Lua.
func BenchmarkJSON(b *testing.B) {
	const source = `
		local codec = ...
		local object = {id = 1, name = "Ada Lovelace", active = true, ratio = 0.625, text = ("lorem ipsum dolor "):rep(28), tags = {}, points = {}}
		for i = 1, 10 do
			object.tags[i] = "tag-" .. i
			object.points[i] = {x = i, y = i * i, label = "point " .. i}
		end
		local text = codec.encode(object)
		assert(codec.decode(text).points[10].label == "point 10")
		function encode() codec.encode(object) end
		function decode() codec.decode(text) end`
	codecs := map[string]string{"json": "json"}
	cache, _ := os.UserCacheDir()
	libs := cmp.Or(os.Getenv("SCRIPTHOST_LUA_LIBS"), filepath.Join(cache, "scripthost-lua-libs"))
	if dkjson, err := os.ReadFile(filepath.Join(libs, "usr/share/lua/5.1/dkjson.lua")); err == nil {
		codecs["dkjson"] = "(function()\n" + string(dkjson) + "\nend)()"
	}
	for name, codec := range codecs {
		v := blackHoleVM(b, "(function(...) "+source+" end)("+codec+")", nil, engine.Config{JSON: jsonText{}})
		for _, fn := range []string{"encode", "decode"} {
			b.Run(fn+"/"+name, func(b *testing.B) {
				fn, err := v.Lookup(fn)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					v.Start(new(engine.Call), fn, nil)
				}
			})
		}
	}
}
