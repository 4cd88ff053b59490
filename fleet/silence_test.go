package fleet

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// isSilent says whether a caller has found that the broker does not answer.
func isSilent(c host.Caller) bool {
	p := &c.(*client).inbox.pulse
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.silent
}

// A broker that is stopped for a while takes no call with it, and no instance is blamed.
func TestBrokerPausedInCall(t *testing.T) {
	t.Parallel()
	b := brokertest.StartProcess(t, "")
	p := heldPool(t)
	s := serve(t, b.Connect(again()...), p)
	c := Client(b.Connect(again()...), "tidy")
	ended := begin(t, c)
	brokertest.Await(t, func() bool { return s.running0() == 1 })
	b.Pause()
	stopped := time.Now()
	ctx, cancel := context.WithCancel(t.Context())
	given := make(chan error, 1)
	go func() {
		_, err := c.Call(ctx)
		given <- err
	}()
	brokertest.Await(t, func() bool { return isSilent(c) })
	cancel()
	if err := <-given; !errors.Is(err, context.Canceled) || host.OutcomeOf(err) != host.Unknown || !strings.Contains(err.Error(), "the broker has not answered for ") {
		t.Errorf("who gives up is told: %v", err)
	}
	select {
	case err := <-ended:
		t.Fatalf("it has ended with its broker: %v", err)
	case <-time.After(time.Until(stopped.Add(lostTime + 4*watchTime))): // when an instance would be lost
	}
	b.Continue()
	brokertest.Await(t, func() bool { return !isSilent(c) })
	release(t, p)
	if err := <-ended; err != nil {
		t.Errorf("%v", err)
	}
	if isSilent(c) {
		t.Error("the broker is silent still")
	}
}

// A broker that is silent for long is not waited for, and is what the error names.
func TestBrokerSilentForLong(t *testing.T) {
	t.Parallel()
	b := brokertest.StartProcess(t, "")
	s := serve(t, b.Connect(again()...), heldPool(t), Drain(10*time.Millisecond))
	c := Client(b.Connect(again()...), "tidy")
	c.(*client).inbox.pulse.limit = silenceTime + watchTime
	ended, again := begin(t, c), begin(t, host.Idempotent(c)) // which nobody else can have either
	brokertest.Await(t, func() bool { return s.running0() == 2 })
	b.Pause()
	for _, ended := range []<-chan error{ended, again} {
		if err := <-ended; !errors.Is(err, ErrLost) || host.OutcomeOf(err) != host.Unknown || !strings.Contains(err.Error(), "the broker has not answered for ") {
			t.Errorf("%v", err)
		}
	}
	b.Continue() // and the instance can end
}
