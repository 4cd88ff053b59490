package fleet

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sys/unix"
)

// smallDisk is a folder with so much room, and a file there that takes some of it.
func smallDisk(t *testing.T, size string, ballast int) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	err := unix.Mount("fleet-test", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size="+size)
	if errors.Is(err, unix.EPERM) {
		t.Skip("who may not mount has no small disk")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error("something is still open:", err)
		}
	})
	file = filepath.Join(dir, "ballast")
	if err := os.WriteFile(file, make([]byte, ballast), 0o600); err != nil && !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return dir, file
}

func TestNoRoomToStart(t *testing.T) {
	t.Parallel()
	dir, ballast := smallDisk(t, "64k", 1<<20)
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
	dir, ballast := smallDisk(t, "24m", 8<<20)
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
	if ack := put(t, nc); ack.Sequence <= acknowledged {
		t.Errorf("%d were acknowledged, and the next is %d", acknowledged, ack.Sequence)
	}
}
