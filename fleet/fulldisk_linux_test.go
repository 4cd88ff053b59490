package fleet

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

func TestNoRoomToStart(t *testing.T) {
	t.Parallel()
	dir, ballast := brokertest.SmallDisk(t, "64k", 1<<20)
	b, err := Embedded(filepath.Join(dir, "broker"), quiet)
	if err == nil {
		b.Close()
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v", err)
	}
	if err := os.Truncate(ballast, 0); err != nil {
		t.Fatal(err)
	}
}

// TestNoRoom fills the disk of a broker: all that was acknowledged is there once there is
// room again.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	dir, ballast := brokertest.SmallDisk(t, "24m", 8<<20)
	folder := filepath.Join(dir, "broker")
	b, err := Embedded(folder, quiet, BrokerInProcess(), BrokerMaxStorage(1<<30))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { b.Close() }()
	nc, err := b.Connect()
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := put(t, nc).Sequence
	if err := b.Storing(); err != nil {
		t.Error(err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		ack, e := js.Publish(t.Context(), "s", make([]byte, 64<<10))
		if err = e; err != nil {
			break
		}
		acknowledged = ack.Sequence
	}
	if err == nil {
		t.Fatal("the disk does not fill")
	}
	t.Logf("after %d messages: %v", acknowledged, err)
	if err := b.Storing(); !errors.Is(err, ErrStorage) || !strings.Contains(err.Error(), folder) {
		t.Errorf("the broker says: %v", err)
	}
	if _, err := Client(nc, "tidy").Call(patience(t), strings.Repeat("x", 2<<20)); !errors.Is(err, ErrStorage) || errors.Is(err, host.ErrTooLarge) || host.OutcomeOf(err) != host.NotSent {
		t.Errorf("a call with large arguments: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	b, err = Embedded(folder, quiet, BrokerInProcess(), BrokerMaxStorage(1<<30))
	if err != nil {
		t.Fatal(err)
	}
	if nc, err = b.Connect(); err != nil {
		t.Fatal(err)
	}
	if err := b.Storing(); err != nil {
		t.Error(err)
	}
	if ack := put(t, nc); ack.Sequence <= acknowledged {
		t.Errorf("%d were acknowledged, and the next is %d", acknowledged, ack.Sequence)
	}
}
