//go:build unix

package fleet

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// An instance that is stopped in a call is lost, as one that is killed, and the error names
// it.
func TestInstanceStopped(t *testing.T) {
	t.Parallel()
	_, out := connections(t)
	process := startInstance(t, out.ConnectedUrl())
	ended := begin(t, Client(out, "tidy"))
	brokertest.Await(t, func() bool {
		all, err := Instances(t.Context(), out, "tidy", 1)
		return err == nil && len(all) == 1 && all[0].Stats.Running == 1
	})
	if err := process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, ErrLost) || host.OutcomeOf(err) != host.Unknown || !strings.Contains(err.Error(), "of the instance that had the call") {
		t.Errorf("%v", err)
	}
}
