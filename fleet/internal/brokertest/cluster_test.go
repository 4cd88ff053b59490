package brokertest

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

func TestCluster(t *testing.T) {
	t.Parallel()
	c := StartCluster(t, 3, "")
	nc := c.Connect()
	store(t, nc, 3)

	// Whoever leads is killed, and another leads.
	killed := c.Leader("S")
	c.Nodes[killed].Kill()
	if m := kept(t, nc); m != "kept" {
		t.Errorf("%q is stored", m)
	}
	leader := c.Leader("S")
	if leader == killed {
		t.Fatal("a broker that was killed leads")
	}
	c.StartNode(killed)
	c.WaitReady()

	// A leader that does not reach the others can store nothing, and they go on without it.
	leader = c.Leader("S")
	c.Isolate(leader)
	alone, err := jetstream.New(c.Nodes[leader].Connect())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	if ack, err := alone.Publish(ctx, "s", []byte("lost")); err == nil {
		t.Errorf("a broker without the others stores: %+v", ack)
	}
	cancel()
	other, err := jetstream.New(c.Nodes[(leader+1)%3].Connect())
	if err != nil {
		t.Fatal(err)
	}
	c.wait("message that the others store", func(ctx context.Context) error {
		_, err := other.Publish(ctx, "s", []byte("more"))
		return err
	})
	c.Heal()
	c.WaitReady()

	c.KillAll()
	c.StartAll()
	c.WaitReady()
	if m := kept(t, nc); m != "kept" {
		t.Errorf("%q is stored", m)
	}
}
