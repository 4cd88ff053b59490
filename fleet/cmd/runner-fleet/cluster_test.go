package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/fleet/registry"
)

// What is asked of a cluster without a leader is lost: it is asked again.
func TestLeaderless(t *testing.T) {
	t.Parallel()
	c := brokertest.StartCluster(t, 3, "")
	nc := c.Connect()
	if _, err := registry.Open(t.Context(), nc, registry.Options{Create: true, Replicas: 3}); err != nil {
		t.Fatal(err)
	}
	c.WaitReady()
	// Whoever leads goes on for a while.
	left := (c.Leader("KV_"+registry.Bucket) + 1) % 3
	alone := c.Nodes[left].Connect()
	c.Nodes[(left+1)%3].Kill()
	c.Nodes[(left+2)%3].Kill()
	asked, err := alone.SubscribeSync("$JS.API.STREAM.INFO.KV_" + registry.Bucket)
	if err == nil {
		err = alone.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	var out, diag bytes.Buffer
	root := newRoot(&app{out: &out, diag: &diag, patience: 5 * time.Minute})
	root.SetArgs([]string{"ls", "--nats", c.Nodes[left].URL()})
	ended := make(chan error, 1)
	go func() { ended <- root.ExecuteContext(t.Context()) }()
	if _, err := asked.NextMsg(time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := asked.NextMsg(time.Minute); err != nil {
		t.Fatal("it is not asked again:", err)
	}
	c.StartAll()
	if err := <-ended; err != nil || !strings.Contains(out.String(), "nothing was pushed") || !strings.Contains(diag.String(), "it is asked again") {
		t.Errorf("%v: %s%s", err, &out, &diag)
	}
}
