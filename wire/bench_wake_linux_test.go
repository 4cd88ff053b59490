package wire_test

import (
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"testing"

	"scripthost.example/wire"
)

// BenchmarkWake is a byte there and back over a socket pair, between two goroutines: what
// it costs to be woken, in the ways that there are to wait. Two processes have the same to
// pay; goroutines of one may be handed over to by the poller, without a wake-up.
func BenchmarkWake(b *testing.B) {
	b.Run("looks first", func(b *testing.B) {
		if runtime.GOMAXPROCS(0) == 1 {
			b.Skip("who looks does not let another goroutine of its process run")
		}
		near, far := connPair(b)
		eager := func(c net.Conn) io.Reader {
			r := wire.NewEagerReader(c)
			r.SetEager(true)
			return r
		}
		pingPong(b, near, eager(near), far, eager(far))
	})
	b.Run("waits for the poller", func(b *testing.B) {
		near, far := connPair(b)
		pingPong(b, near, near, far, far)
	})
	b.Run("waits in the kernel", func(b *testing.B) {
		near, far := fdPair(b)
		pingPong(b, near, near, far, far)
	})
}

// pingPong sends bytes there and back.
func pingPong(b *testing.B, near io.WriteCloser, nearIn io.Reader, far io.WriteCloser, farIn io.Reader) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer far.Close()
		buf := make([]byte, 1)
		for {
			if _, err := farIn.Read(buf); err != nil {
				return
			}
			if _, err := far.Write(buf); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := near.Write(buf); err != nil {
			b.Fatal(err)
		}
		if _, err := nearIn.Read(buf); err != nil {
			b.Fatal(err)
		}
	}
	near.Close()
	<-done
}

func connPair(b *testing.B) (near, far net.Conn) {
	b.Helper()
	var conns [2]net.Conn
	fds := socketPair(b)
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "socket")
		conn, err := net.FileConn(f)
		f.Close()
		if err != nil {
			b.Fatal(err)
		}
		conns[i] = conn
	}
	return conns[0], conns[1]
}

// A blocking descriptor is read and written by system calls that wait.
type blocking int

func fdPair(b *testing.B) (near, far blocking) {
	b.Helper()
	fds := socketPair(b)
	return blocking(fds[0]), blocking(fds[1])
}

func (fd blocking) Read(b []byte) (int, error) {
	n, err := syscall.Read(int(fd), b)
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}

func (fd blocking) Write(b []byte) (int, error) { return syscall.Write(int(fd), b) }
func (fd blocking) Close() error                { return syscall.Close(int(fd)) }

func socketPair(b *testing.B) [2]int {
	b.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		b.Fatal(err)
	}
	return fds
}
