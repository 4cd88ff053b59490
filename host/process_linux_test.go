package host

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A worker's timers may be late by more than this program's, whose own stay as they are.
func TestWorkerSlack(t *testing.T) {
	t.Parallel()
	runtime.LockOSThread() // so that it is the same thread
	defer runtime.UnlockOSThread()
	before, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := exec.Command("cat", "/proc/self/timerslack_ns")
	cmd.Stdout = &out
	if err := withWorkerSlack(cmd.Start); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if n, err := strconv.Atoi(strings.TrimSpace(out.String())); err != nil || n != max(int(workerSlack), before) {
		t.Errorf("%q: %v; want %d", out.String(), err, workerSlack)
	}
	if after, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0); err != nil || after != before {
		t.Errorf("%d, %v; it was %d", after, err, before)
	}
}

func TestWorkerHasSlack(t *testing.T) {
	t.Parallel()
	w := start(t, inline(t, Lua, `function run() return "x" end`), nil)
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/timerslack_ns", w.PID()))
	if errors.Is(err, os.ErrPermission) {
		t.Skip("only root may read another process's slack: ", err)
	}
	if n, _ := strconv.Atoi(strings.TrimSpace(string(text))); err != nil || n < int(workerSlack) {
		t.Errorf("%q, %v; want %d", text, err, workerSlack)
	}
}
