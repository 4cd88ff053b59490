// Command inline is a whole program in one file: the Go part starts a worker
// whose source is the string at the end of it.
//
//	go run ./scripts/inline
package main

import (
	"context"
	"fmt"
	"log"

	"scripthost.example/child"
	"scripthost.example/host"
	"scripthost.example/lua"
)

func main() {
	child.Enter(lua.Engine()) // in the child it does not return

	if err := greet(); err != nil {
		log.Fatal(err)
	}
}

func greet() error {
	script, err := host.Inline(host.Lua, data)
	if err != nil {
		return err
	}
	ctx := context.Background()
	w, err := host.Start(ctx, script.WithName("greeter.lua"), &host.Options{
		OnEvent: func(ev host.Event) { fmt.Println(append([]any{"event:"}, ev.Args...)...) },
	})
	if err != nil {
		return err
	}
	defer w.Close()

	for _, name := range []string{"Ada", "Grace"} {
		out, err := w.Call(ctx, name)
		if err != nil {
			return err
		}
		fmt.Println(out[0])
	}
	return w.Close()
}

const data = `
local greeted = 0

function run(name)
  greeted = greeted + 1
  event("greeted", greeted)
  return "Hello, " .. name .. "!"
end
`
