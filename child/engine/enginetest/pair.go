package enginetest

import (
	"net"
	"os"
	"path/filepath"
	"testing"
)

// socketPair returns the two ends of a Unix stream socket, which both have
// deadlines and can be closed for writing only.
func socketPair(t testing.TB) (parent, child *net.UnixConn) {
	t.Helper()
	// The path of a socket must be short, and that of t.TempDir need not be.
	dir, err := os.MkdirTemp("", "w")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	addr := &net.UnixAddr{Name: filepath.Join(dir, "s"), Net: "unix"}
	l, err := net.ListenUnix("unix", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	parent, err = net.DialUnix("unix", nil, addr)
	if err != nil {
		t.Fatal(err)
	}
	child, err = l.AcceptUnix()
	if err != nil {
		parent.Close()
		t.Fatal(err)
	}
	return parent, child
}
