package main

import (
	"os"

	"scripthost.example/child"
	_ "scripthost.example/child/profile"
	_ "scripthost.example/host/nethttp"
	"scripthost.example/js"
	_ "scripthost.example/js/bundle"
	"scripthost.example/lua"
)

func main() {
	child.Enter(lua.Engine(), js.Engine())
	os.Exit(execute(os.Args[1:]))
}
