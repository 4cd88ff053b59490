//go:build unix

package fleet

import (
	"syscall"
	"testing"
	"time"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// An instance that is stopped, and is not lost for the broker, is lost for its callers:
// they go to another one, or are told so. It serves again when it goes on.
func TestInstancePaused(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	serve(t, in, pool(t, host.Lua, echo[host.Lua], &host.PoolOptions{Load: 8}))
	here := instances(t, out, "tidy", 1)
	process := startInstance(t, out.ConnectedUrl(), instanceScript+"="+echo[host.Lua])
	c := Client(out, "tidy")
	once, again := newLoad(t, c, 4, 2*time.Minute), newLoad(t, host.Idempotent(c), 4, 2*time.Minute)
	other := callsBeside(t, out, here[0].ID)
	brokertest.Await(t, func() bool { return other() > 10 })
	if err := process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = process.Signal(syscall.SIGCONT) }) // it may have ended
	more(t, &once.lost, 1)
	more(t, &once.answered, 5)
	more(t, &again.answered, 5)
	if err := process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	before := uint64(0)
	brokertest.Await(t, func() bool { before = other(); return before > 0 })
	brokertest.Await(t, func() bool { return other() > before+50 })
	once.end()
	again.end()
	if once.late.Load()+again.late.Load() > 0 {
		t.Error("calls have come to their deadlines")
	}
	t.Logf("once: %v; idempotent: %v", once, again)
}

// A broker that is stopped takes nothing from those who can wait, and those who cannot are
// told by their deadlines.
func TestBrokerPaused(t *testing.T) {
	t.Parallel()
	b := brokertest.StartProcess(t, "")
	serve(t, b.Connect(again()...), pool(t, host.Lua, echo[host.Lua], &host.PoolOptions{Load: 8}))
	c := Client(b.Connect(again()...), "tidy")
	short, long := newLoad(t, c, 4, 500*time.Millisecond), newLoad(t, host.Idempotent(c), 4, 2*time.Minute)
	more(t, &long.answered, 50)
	b.Pause()
	more(t, &short.late, 8)
	b.Continue()
	more(t, &short.answered, 20)
	more(t, &long.answered, 20)
	short.end()
	long.end()
	if long.late.Load() > 0 {
		t.Error("calls that can wait have come to their deadlines")
	}
	t.Logf("with 0.5 s: %v; idempotent, with 2 minutes: %v", short, long)
}
