package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"scripthost.example/bench/driver"
	"scripthost.example/host"
)

// luaLibs is a variable of the environment that may name the folder that
// scripts/wild/fetch.sh has written to.
const luaLibs = "SCRIPTHOST_LUA_LIBS"

// modules is the folder with dkjson, a codec in Lua that Debian has; "" without it.
func modules() string {
	folder := os.Getenv(luaLibs)
	if folder == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return ""
		}
		folder = filepath.Join(cache, "scripthost-lua-libs")
	}
	folder = filepath.Join(folder, "usr", "share", "lua", "5.1")
	if _, err := os.Stat(filepath.Join(folder, "dkjson.lua")); err != nil {
		return ""
	}
	return folder
}

func (p peer) canCodec() bool { return p.language == host.Lua && !p.async && modules() != "" }

// codecSource has two functions that read an object and write it again. What a call
// takes is part of both, and little beside that.
const codecSource = `
local dkjson = require("dkjson")

local function codec(decode, encode)
  return function(text)
    local value = decode(text) -- and not what else it returns
    return encode(value)
  end
end

offered = codec(json.decode, json.encode)
pure = codec(dkjson.decode, dkjson.encode)`

// codec has the script do without what this project offers.
func (p peer) codec() (*driver.Pair, error) {
	script, err := host.Inline(host.Lua, codecSource)
	if err != nil {
		return nil, err
	}
	o := p.options()
	o.Function = "offered"
	o.Grants.Modules = []string{modules()}
	ctx := context.Background()
	w, err := host.Start(ctx, script, &o)
	if err != nil {
		return nil, err
	}
	texts := make([]string, 8)
	for i := range texts {
		b, err := json.Marshal(driver.NewObject(int64(i + 1)))
		if err != nil {
			return nil, errors.Join(err, w.Close())
		}
		texts[i] = string(b)
	}
	call := func(c host.Caller) func(n int) error {
		return func(n int) error {
			i := n % len(texts)
			answer, err := text(c.Call(ctx, texts[i]))
			if err != nil {
				return err
			}
			// The keys may be in another order; all else is looked at once.
			same := len(answer) == len(texts[i])
			if same && n < len(texts) {
				back := new(driver.Object)
				if err := json.Unmarshal([]byte(answer), back); err != nil {
					return err
				}
				same = back.Equal(driver.NewObject(int64(i + 1)))
			}
			if !same {
				return fmt.Errorf("object %d came back as another one", i+1)
			}
			return nil
		}
	}
	return &driver.Pair{One: call(w), Other: call(w.Function("pure")), End: w.Close}, nil
}
