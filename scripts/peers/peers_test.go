//go:build unix

package peers_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"scripthost.example/child"
	"scripthost.example/js"
	"scripthost.example/lua"
)

// The test binary plays the child of the workers in Lua and JavaScript.
func TestMain(m *testing.M) {
	child.Enter(lua.Engine(), js.Engine())
	adopt()
	status := m.Run()
	if startedSSHD != nil {
		if err := startedSSHD.stop(); err != nil {
			fmt.Println(err)
			status = 1
		}
	}
	if dir, err := scratch(); err == nil {
		os.RemoveAll(dir)
	}
	if left := leftProcesses(); left != "" {
		fmt.Println("processes are left over:\n" + left)
		status = 1
	}
	os.Exit(status)
}

// A mode is what both ends have agreed on beforehand.
type mode struct{ async, stdio bool }

var modes = []mode{{false, false}, {false, true}, {true, false}, {true, true}}

func (m mode) String() string {
	name := "sync"
	if m.async {
		name = "async"
	}
	if m.stdio {
		return name + ",stdio"
	}
	return name
}

// flags appends the flags that all peers share.
func (m mode) flags(argv ...string) []string {
	if m.async {
		argv = append(argv, "--async")
	}
	if m.stdio {
		argv = append(argv, "--stdio")
	}
	return argv
}

// A peer is a program that plays a child, or a parent, of the classic dialect.
// To have another one tested, add it to children or parents.
type peer struct {
	name string
	// command returns the program and its arguments. A parent's are followed by
	// the command of its child. It skips a test that cannot be run here.
	command func(t *testing.T, m mode) []string
	// dies is what a child does when it is told to.
	dies death
}

// A death is how a child ends that a call was too much for.
type death struct {
	status int
	// loose is set for a child that does not notice that the stream ended
	// within a request.
	loose bool
}

var children = []peer{
	{name: "worker.py", command: python, dies: death{status: 7}},
	{name: "worker.pl", command: perlWorker, dies: death{status: 7}},
	{name: "runner child worker.lua", command: classicChild("lua"), dies: death{status: 1}},
	{name: "runner child worker.js", command: classicChild("js"), dies: death{status: 1}},
	{name: "real_child.pl", command: real("real_child.pl"), dies: death{status: 7, loose: true}},
}

var parents = []peer{
	{name: "parent.pl", command: perlParent},
	{name: "real_parent.pl", command: real("real_parent.pl")},
}

func python(t *testing.T, m mode) []string {
	needs(t, "python3", "-c", "import sys; sys.exit(sys.version_info < (3, 8))")
	return m.flags("python3", "worker.py")
}

func perlWorker(t *testing.T, m mode) []string {
	if m.async {
		needs(t, "perl", "-MAnyEvent", "-e", "1")
	} else {
		needs(t, "perl", "-e", "1")
	}
	return m.flags("perl", "worker.pl")
}

func perlParent(t *testing.T, m mode) []string {
	needs(t, "perl", "-MAnyEvent", "-e", "1")
	return m.flags("perl", "parent.pl")
}

// real returns the command of a script that uses the Perl module itself.
func real(script string) func(*testing.T, mode) []string {
	return func(t *testing.T, m mode) []string {
		lib := os.Getenv("ANYEVENT_FORK_RPC_LIB")
		if lib == "" {
			t.Skip("ANYEVENT_FORK_RPC_LIB does not name a folder with AnyEvent/Fork/RPC.pm in it")
		}
		needs(t, "perl", "-MAnyEvent", "-e", "1")
		if out, err := tried("perl", "-I"+lib, "-MAnyEvent::Fork::RPC", "-e", "1"); err != nil {
			t.Fatalf("ANYEVENT_FORK_RPC_LIB=%s has no module that loads: %v\n%s", lib, err, out)
		}
		return m.flags("perl", "-I"+lib, filepath.Join("testdata", script))
	}
}

// needs skips a test, or fails it where everything has to be there, if a command
// that shows that something is installed does not succeed.
func needs(t *testing.T, command ...string) {
	t.Helper()
	out, err := tried(command...)
	if err == nil {
		return
	}
	missing(t, fmt.Sprintf("%q failed, so what it needs is not installed: %v\n%s", command, err, out))
}

// missing skips a test, or fails it where everything has to be there.
func missing(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

var attempts sync.Map // of functions, by their commands

// tried runs a command, once for all tests.
func tried(command ...string) (output string, err error) {
	run, _ := attempts.LoadOrStore(fmt.Sprintf("%q", command), sync.OnceValues(func() (string, error) {
		out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
		return string(out), err
	}))
	return run.(func() (string, error))()
}

// each runs a test for each of some peers in each mode.
func each(t *testing.T, peers []peer, test func(t *testing.T, p peer, m mode)) {
	t.Parallel()
	for _, p := range peers {
		for _, m := range modes {
			t.Run(p.name+"/"+m.String(), func(t *testing.T) {
				t.Parallel()
				test(t, p, m)
			})
		}
	}
}
