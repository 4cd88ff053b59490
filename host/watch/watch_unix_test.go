//go:build unix

package watch

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A folder that the system does not notify of is told, once.
func TestFolderWithoutNotifications(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root can watch every folder")
	}
	var told []string
	opts := Options{Poll: 5 * time.Millisecond, OnError: func(err error) { told = append(told, err.Error()) }}
	f := &fixture{T: t, dir: t.TempDir()}
	f.write("lib/a.lua", "old")
	f.must(os.Chmod(f.path("lib"), 0o300))
	t.Cleanup(func() { os.Chmod(f.path("lib"), 0o700) })
	f.watch(opts, "lib/a.lua")
	f.write("lib/a.lua", "new")
	f.changed("lib/a.lua")
	f.unchanged()
	if len(told) != 1 || !strings.Contains(told[0], "changes in "+f.path("lib")+" are noticed each 5ms only") {
		t.Errorf("it told %q", told)
	}
}

// A pipe is not opened: that would wait for who writes.
func TestPipe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New([]string{path}, nil); err == nil || !strings.Contains(err.Error(), path+": it is no file that can be watched, but p") {
		t.Errorf("got %v", err)
	}
}
