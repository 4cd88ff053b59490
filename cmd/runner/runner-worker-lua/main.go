// Command runner-worker-lua is the child that runner starts for a script in Lua where
// both are installed in one folder. It is runner's own worker without all that only the
// command needs, and starts the sooner. It takes no arguments, and is of no use by
// itself.
package main

import (
	"fmt"
	"os"

	"scripthost.example/child"
	"scripthost.example/lua"
)

func main() {
	child.Enter(lua.Engine())
	fmt.Fprintln(os.Stderr, "runner-worker-lua: this is started by runner, which finds it in its own folder; to run a script: runner --script FILE")
	os.Exit(2)
}
