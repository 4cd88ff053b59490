package brokertest

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// SmallDisk is a folder on a disk of a size, such as "24m", until the test ends, and a file
// there that takes so many bytes of it, or all. The test is skipped for who may not mount.
func SmallDisk(t *testing.T, size string, ballast int) (dir, file string) {
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
