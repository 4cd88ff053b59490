package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"scripthost.example/child/sandbox"
)

// asChild is the first argument of the test's binary where it plays a child; the
// second one is the role, and the third what sandbox to be in.
const asChild = "play-the-child"

func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == asChild {
		var o options
		if err := json.Unmarshal([]byte(os.Args[3]), &o); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(exitBroken)
		}
		roles[os.Args[2]](&o)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// exitBroken is the status of a child that could not do what it should.
const exitBroken = 99

// options say what a child does before it plays its role.
type options struct {
	Config sandbox.Config
	Bare   bool // nothing is applied
	Dir    string
}

// apply ends the process if it fails.
func (o *options) apply() []string {
	if o.Bare {
		return nil
	}
	inForce, err := sandbox.Apply(o.Config)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitBroken)
	}
	return inForce
}

// report writes a child's findings where its parent expects them.
func report(v any) {
	if err := json.NewEncoder(os.Stdout).Encode(v); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitBroken)
	}
}

// child returns a command that plays the role. Its output is what Output and
// the like say.
func child(t testing.TB, role string, o options) *exec.Cmd {
	t.Helper()
	arg, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, asChild, role, string(arg))
	// A tenth of a second is what a build with the race detector waits.
	cmd.Env = []string{"GORACE=atexit_sleep_ms=0", "TZ=Europe/Vienna"}
	cmd.WaitDelay = time.Minute
	return cmd
}

// ask runs a child and decodes what it reports.
func ask(t testing.TB, cmd *exec.Cmd, answer any) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("the child: %v\n%s", err, &stderr)
	}
	if err := json.Unmarshal(stdout.Bytes(), answer); err != nil {
		t.Fatalf("the child reported %q: %v\n%s", &stdout, err, &stderr)
	}
}
