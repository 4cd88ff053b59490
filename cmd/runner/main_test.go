//go:build unix

package main

import (
	"fmt"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"scripthost.example/child"
	"scripthost.example/child/sandbox"
	"scripthost.example/js"
	"scripthost.example/lua"
)

// commands are what scripts can execute.
var commands = map[string]func(){"runner": main}

// The test binary plays the worker, and under the name runner the command.
func TestMain(m *testing.M) {
	child.Enter(lua.Engine(), js.Engine())
	testscript.Main(m, commands)
}

// The scripts in testdata/script use the command as people do. Beside what
// testscript has they know the commands of script_test.go.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		WorkdirRoot:         t.TempDir(), // its own is left over where only some scripts are run
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			// What the race detector would wait for at each exit.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			// So many calls that what is sampled a hundred times a second is seen.
			env.Setenv("PROFILED_CALLS", "200")
			if raceDetector { // with which a VM takes some twenty times as long
				env.Setenv("PROFILED_CALLS", "10")
			}
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "sandbox" {
				return fullSandbox(), nil
			}
			return false, fmt.Errorf("there is no condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": cmdStatus,
			"signal": cmdSignal,
			"reap":   cmdReap,
			"web":    cmdWeb,
			"pprof":  cmdPprof,
		},
	})
}

// fullSandbox reports whether this machine and this build have all protections
// and limits: one with the race detector lacks limits of memory.
func fullSandbox() bool {
	for _, l := range sandbox.Probe() {
		if !l.Available {
			return false
		}
	}
	return true
}
