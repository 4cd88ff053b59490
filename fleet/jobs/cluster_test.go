package jobs

import (
	"context"
	"flag"
	"testing"
	"time"

	"scripthost.example/fleet/internal/brokertest"
)

// long has the tests run that take minutes.
var long = flag.Bool("long", false, "have one cluster bear all that else two bear, and do more meanwhile: it takes minutes")

// Three brokers keep jobs and scripts and pass on calls while three leaders are killed, or one
// of them is cut off and then all are killed at once: these are two clusters, as what takes
// long is to wait for elections. Each job that the broker has said that it
// has comes to one result, or is a dead letter. Each call is answered, or has an error of a
// known type and outcome, and none that may run more than once is lost. Each version
// that was pushed is there after each fault, and in the end all brokers have the same of
// the buckets of scripts.
func TestCluster(t *testing.T) {
	t.Parallel()
	if *long {
		cluster(t, 20*time.Millisecond, 3, true)
		return
	}
	t.Run("leaders", func(t *testing.T) {
		t.Parallel()
		cluster(t, 50*time.Millisecond, 3, false)
	})
	t.Run("partition", func(t *testing.T) {
		t.Parallel()
		cluster(t, 50*time.Millisecond, 0, true)
	})
}

// cluster kills so many leaders, and, if it is to be, cuts off another and kills all. Jobs are
// submitted, and calls made, at each broker with a pause between them.
func cluster(t *testing.T, pause time.Duration, kills int, partition bool) {
	began := time.Now()
	// It has no deadline: each request has one of its own then, and is made again. What is asked
	// of a cluster without a leader is lost.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := brokertest.StartCluster(t, 3, "")
	jobs, calls, pushes := submitJobs(ctx, t, c, pause, c.Connect(), c.Connect()), makeCalls(ctx, t, c, pause, 0, 1, 2), pushVersions(ctx, t, c)
	// step does something, and waits until all goes on as one of the brokers sees it.
	step := func(what string, node int, f func()) {
		t.Helper()
		began := time.Now()
		f()
		jobs.more()
		calls.more()
		pushes.more(ctx, node)
		t.Logf("%s: %v", what, time.Since(began).Round(10*time.Millisecond))
	}
	step("it begins", 0, func() {})
	for range kills {
		leader := c.Leader(Stream)
		step("a leader is killed", (leader+1)%3, func() { c.Nodes[leader].Kill() })
		step("it is there again", leader, func() {
			c.StartNode(leader)
			c.WaitReady()
		})
	}
	if partition {
		leader := c.Leader(Stream)
		step("a leader is cut off", (leader+1)%3, func() { c.Isolate(leader) })
		step("it is back", leader, func() {
			c.Heal()
			c.WaitReady()
		})
		step("all are killed", 0, func() {
			c.KillAll()
			c.StartAll()
			c.WaitReady()
		})
	}
	calls.end()
	pushes.end()
	jobs.end(ctx)
	for _, ledger := range []any{jobs, calls, pushes} {
		t.Log(ledger)
	}
	t.Logf("all of it: %v", time.Since(began).Round(time.Second))
}

// awaitCluster waits until something holds that may take several elections, each of which
// takes up to 9 s, and longer on a machine that is busy.
func awaitCluster(t testing.TB, holds func() bool) {
	t.Helper()
	brokertest.AwaitWithin(t, 3*time.Minute, holds)
}

// every calls f with 1, 2 and so on, once in each pause, until done is closed or ctx ends,
// which it does where the test has failed.
func every(ctx context.Context, done <-chan struct{}, pause time.Duration, f func(n int)) {
	ticks := time.NewTicker(pause)
	defer ticks.Stop()
	for n := 1; ; n++ {
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		f(n)
	}
}
