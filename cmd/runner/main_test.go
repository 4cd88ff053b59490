//go:build unix

package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"scripthost.example/child"
	"scripthost.example/js"
	"scripthost.example/lua"
)

// The test binary plays the worker, and under the name runner the command.
func TestMain(m *testing.M) {
	child.Enter(lua.Engine(), js.Engine())
	testscript.Main(m, commands)
}

// commands are what the scripts can run.
var commands = map[string]func(){"runner": main}

// The scripts in testdata/script use the command as people do. Beside what
// testscript has they know the commands of script_test.go.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			// What the race detector would wait for at each exit.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": cmdStatus,
			"signal": cmdSignal,
		},
	})
}
