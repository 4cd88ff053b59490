package brokertest

import (
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

func TestProxy(t *testing.T) {
	t.Parallel()
	s := Start(t, nil)
	p := NewProxy(t, s.Addr().String())
	lost := make(chan error, 1)
	nc, err := nats.Connect(p.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond), nats.IgnoreDiscoveredServers(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { lost <- err }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	if err := nc.FlushTimeout(readyTime); err != nil {
		t.Fatal(err)
	}

	p.Stall()
	if err := nc.FlushTimeout(100 * time.Millisecond); !errors.Is(err, nats.ErrTimeout) {
		t.Errorf("a link that is stalled lets pass: %v", err)
	}
	if !nc.IsConnected() {
		t.Error("a link that is stalled is closed")
	}
	p.Open()
	if err := nc.FlushTimeout(readyTime); err != nil {
		t.Error("what was held up did not pass:", err)
	}

	p.Cut()
	<-lost
	if other, err := nats.Connect(p.URL()); err == nil {
		other.Close()
		t.Error("a link that is cut takes a connection")
	}
	p.Open()
	if err := nc.FlushTimeout(readyTime); err != nil {
		t.Error("no new connection:", err)
	}

	p.SetTarget("")
	if other, err := nats.Connect(p.URL()); err == nil {
		other.Close()
		t.Error("a link to nowhere takes a connection")
	}
}
