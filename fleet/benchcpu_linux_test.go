package fleet

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"scripthost.example/host"
)

// processorTime is what this process and the workers of the pool have used so far.
func processorTime(b *testing.B, p *host.Pool) time.Duration {
	b.Helper()
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	sum := time.Duration(r.Utime.Nano() + r.Stime.Nano())
	for _, w := range p.Stats().Workers {
		tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", w.PID))
		if err != nil {
			b.Fatal(err)
		}
		for _, t := range tasks {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/schedstat", w.PID, t.Name()))
			if err != nil {
				b.Fatal(err)
			}
			var ran int64
			if _, err := fmt.Fscan(strings.NewReader(string(text)), &ran); err != nil {
				b.Fatal(err)
			}
			sum += time.Duration(ran)
		}
	}
	return sum
}
