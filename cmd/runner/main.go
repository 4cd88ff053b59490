package main

import (
	"os"

	"scripthost.example/child"
	_ "scripthost.example/host/nethttp"
	"scripthost.example/js"
	"scripthost.example/lua"
)

func main() {
	child.Enter(lua.Engine(), js.Engine())
	os.Exit(execute(os.Args[1:]))
}
