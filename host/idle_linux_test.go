package host

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A worker that nothing is asked of does nothing: none of its threads runs, as the
// kernel counts, for a whole second. There are no timers in it, no look for what
// might have come, and no garbage to collect.
func TestIdle(t *testing.T) {
	t.Parallel()
	bothModes(t, func(t *testing.T, script *Script, async bool) {
		w := start(t, script, &Options{Async: async})
		mustCall(t, w, "", "a")
		const quiet, step, patience = time.Second, 50 * time.Millisecond, 30 * time.Second
		begun, since, last := time.Now(), time.Now(), switches(t, w.PID())
		for time.Since(since) < quiet {
			if time.Since(begun) > patience {
				t.Fatalf("it was never idle for %v; last its threads had run so often:\n%s", quiet, last)
			}
			time.Sleep(step) // which is what is measured
			if now := switches(t, w.PID()); now != last {
				since, last = time.Now(), now
			}
		}
		mustCall(t, w, "", "a")
		if switches(t, w.PID()) == last {
			t.Error("it has answered a call, and has not run as the kernel counts")
		}
		mustClose(t, w)
	})
}

// switches are the lines in which the kernel says how often each thread of a process
// has begun to wait, or was made to.
func switches(t *testing.T, pid int) string {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no threads of %d: %v", pid, err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended, and the next look differs
		}
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, "ctxt_switches") {
				fmt.Fprintf(&all, "%s %s", filepath.Base(filepath.Dir(file)), line)
			}
		}
	}
	return all.String()
}
