package host

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A file that this program has open, and did not set to be closed on exec, is
// not open in a child.
func TestNoFileInherited(t *testing.T) {
	t.Parallel()
	f, err := os.Create(filepath.Join(t.TempDir(), "secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd, err := syscall.Dup(int(f.Fd())) // unlike os.File's own, it is inherited
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	out, err := startFault(t, "files", nil).Call(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	sockets := 0
	for _, name := range out {
		switch name := name.(string); {
		case name == f.Name():
			t.Errorf("the child has %s open", name)
		case strings.HasPrefix(name, "socket:"):
			sockets++
		}
	}
	if sockets != 2 { // the stream, and the one over which files are passed
		t.Errorf("the child has %d sockets, not two: %q", sockets, out)
	}
}
