package jobs

import (
	"context"
	"testing"
	"time"

	"scripthost.example/fleet/internal/brokertest"
)

// One of three brokers is stopped under load, the one that leads the jobs: no connection is
// closed, and nothing comes by way of it. Another leads, and what goes by way of the others
// goes on. Each call is answered, or has an error of a known type and outcome, also where its
// instance, or its caller, is at the broker that is stopped; each job that was taken comes to
// one result, or is a dead letter, those among them that ran beside that broker. When it
// goes on, so does what is beside it.
func TestBrokerPausedInCluster(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := brokertest.StartCluster(t, 3, "")
	if _, err := Open(ctx, c.Connect(), clusterQueue); err != nil {
		t.Fatal(err)
	}
	c.WaitReady()
	stopped := c.Leader(Stream)
	near, far := (stopped+1)%3, (stopped+2)%3
	const pause = 20 * time.Millisecond
	jobs := submitJobs(ctx, t, c, pause, c.Nodes[stopped].Connect(pinned()...), c.Nodes[near].Connect(pinned()...))
	// Callers at the third have instances at the others only, and go there by chance.
	calls := makeCalls(ctx, t, c, pause, stopped, near)
	calls.mayLose = true
	// goOn waits until jobs are taken and calls are answered at these brokers.
	goOn := func(nodes ...int) {
		t.Helper()
		var all []func() bool
		for _, node := range nodes {
			all = append(all, jobs.moreAt(node), calls.moreAt(node, 2))
		}
		for _, holds := range all {
			awaitCluster(t, holds)
		}
	}
	goOn(stopped, near, far)
	began := time.Now()
	c.Nodes[stopped].Pause()
	goOn(near, far)
	awaitCluster(t, func() bool { return calls.lost.Load() > 0 })
	if leader := c.Leader(Stream); leader == stopped {
		t.Error("the broker that is stopped leads")
	}
	t.Logf("the others go on without it: %v", time.Since(began).Round(10*time.Millisecond))
	began = time.Now()
	c.Nodes[stopped].Continue()
	goOn(stopped, near, far)
	c.WaitReady()
	t.Logf("it is back: %v", time.Since(began).Round(10*time.Millisecond))
	calls.end()
	jobs.end(ctx)
	t.Log(calls)
	t.Log(jobs)
}
