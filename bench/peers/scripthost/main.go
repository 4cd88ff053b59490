// Command scripthost is the driver of this project, with the arguments "lua" or "js"
// and "sync" or "async". Its workers are runner's, if they are beside it, and else this
// program again, under a strict sandbox where there is one.
//
// With the argument "codec" it is the driver of the serialisers alone, in one process:
// the limit for calls with objects.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"scripthost.example/bench/driver"
	"scripthost.example/child"
	"scripthost.example/host"
	"scripthost.example/js"
	"scripthost.example/lua"
)

func main() {
	child.Enter(lua.Engine(), js.Engine())

	if len(os.Args) == 2 && os.Args[1] == "codec" {
		os.Exit(driver.Serve(codec{}))
	}
	var p peer
	if len(os.Args) == 3 {
		p.language, p.async = host.Language(os.Args[1]), os.Args[2] == "async"
		p.source = sources()[os.Args[1]+" "+os.Args[2]]
	}
	if p.source == "" {
		fmt.Fprintln(os.Stderr, "usage: scripthost lua|js sync|async\n       scripthost codec")
		os.Exit(2)
	}
	os.Exit(driver.Serve(p))
}

// lean is the executable beside this one that the command runner, too, would start its
// children from; "" is this program.
func lean(language host.Language) string {
	exe, err := os.Executable()
	if err != nil {
		return ""
	}
	path := filepath.Join(filepath.Dir(exe), "runner-worker-"+string(language))
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// A peer starts workers of one script.
type peer struct {
	language host.Language
	async    bool
	source   string
}

func (p peer) Version() string {
	mode := "sync"
	if p.async {
		mode = "async"
	}
	return fmt.Sprintf("%s, %s, sandbox %s, %s", p.language, mode, sandbox(), runtime.Version())
}

// sandbox is the strictest that this system is meant to have.
func sandbox() host.Sandbox {
	if runtime.GOOS == "linux" {
		return host.SandboxStrict
	}
	return host.SandboxBestEffort
}

func (p peer) options() host.Options {
	return host.Options{Async: p.async, Sandbox: sandbox(), Worker: lean(p.language)}
}
