//go:build unix

package wire

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

func socketPair(t *testing.T) (a, b *Socket) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]*Socket
	for i, fd := range fds {
		syscall.CloseOnExec(fd)
		if ends[i], err = NewSocket(fd, "a socket"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ends[i].Close() })
	}
	return ends[0], ends[1]
}

// What is written at one end is read at the other, in both directions at once and
// whatever fits: pieces that are larger than all buffers, and small ones.
func TestSocketCarries(t *testing.T) {
	t.Parallel()
	a, b := socketPair(t)
	random := rand.New(rand.NewPCG(1, 2))
	var wg sync.WaitGroup
	for _, ends := range [][2]*Socket{{a, b}, {b, a}} {
		sent := make([]byte, 5<<20)
		for i := range sent {
			sent[i] = byte(random.Uint32())
		}
		var pieces [][]byte
		for rest := sent; len(rest) > 0; {
			n := min(1+random.IntN(1<<random.IntN(22)), len(rest))
			pieces = append(pieces, rest[:n])
			rest = rest[n:]
		}
		wg.Go(func() {
			for _, p := range pieces {
				if n, err := ends[0].Write(p); n != len(p) || err != nil {
					t.Errorf("a write of %d: %d, %v", len(p), n, err)
					return
				}
			}
		})
		wg.Go(func() {
			got := make([]byte, len(sent))
			if _, err := io.ReadFull(ends[1], got); err != nil || !bytes.Equal(got, sent) {
				t.Errorf("what came is not what was sent: %v", err)
			}
		})
	}
	wg.Wait()
	a.Close()
	if n, err := b.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
	if _, err := b.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("to nobody: %v", err)
	}
}

// Nothing that comes is missed, whether somebody waits for it, or is about to.
func TestSocketMissesNothing(t *testing.T) {
	t.Parallel()
	a, b := socketPair(t)
	const rounds = 5_000
	var wg sync.WaitGroup
	for _, end := range []*Socket{a, b} {
		wg.Go(func() {
			m := []byte("m")
			for range rounds {
				if _, err := end.Write(m); err != nil {
					t.Error(err)
					return
				}
				if _, err := end.Read(m); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// Nor is it where a reader looks at times, which has what comes wake nobody, and waits
// at others.
func TestSocketMissesNothingByTurns(t *testing.T) {
	t.Parallel()
	a, b := socketPair(t)
	const rounds = 3_000
	var wg sync.WaitGroup
	for i, end := range []*Socket{a, b} {
		random := rand.New(rand.NewPCG(3, uint64(i)))
		wg.Go(func() {
			r := NewEagerReader(end)
			m := []byte("m")
			for range rounds {
				if _, err := end.Write(m); err != nil {
					t.Error(err)
					return
				}
				r.SetEager(random.IntN(3) > 0)
				if random.IntN(50) == 0 {
					time.Sleep(2 * eagerFor) // the other end looks in vain
				}
				if _, err := r.Read(m); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// A deadline ends a Read that waits, at any moment, and the next goes on.
func TestSocketDeadline(t *testing.T) {
	t.Parallel()
	a, b := socketPair(t)
	m := []byte("m")
	for range 1000 {
		read := make(chan error)
		go func() {
			_, err := a.Read(m)
			read <- err
		}()
		if err := a.SetReadDeadline(time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
		if err := <-read; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		if err := a.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Write(m); err != nil {
			t.Fatal(err)
		}
		if n, err := a.Read(m); n != 1 || err != nil {
			t.Fatalf("after the deadline: %d, %v", n, err)
		}
	}
}

// What comes at the same moment as a deadline is not missed either, nor what comes
// after it.
func TestSocketDeadlineRace(t *testing.T) {
	t.Parallel()
	a, b := socketPair(t)
	m := []byte("m")
	writes := make(chan bool)
	defer close(writes)
	go func() {
		for range writes {
			b.Write(m)
		}
	}()
	for range 2000 {
		writes <- true
		go a.SetReadDeadline(time.Unix(1, 0))
		for got := 0; got < 2; {
			switch n, err := a.Read(make([]byte, 1)); {
			case n == 1:
				if got++; got == 1 {
					writes <- true
				}
			case !errors.Is(err, os.ErrDeadlineExceeded):
				t.Fatal(err)
			}
			// If that comes before the other one the next round begins with it.
			if err := a.SetReadDeadline(time.Time{}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Close ends a Read and a Write that wait.
func TestSocketClose(t *testing.T) {
	t.Parallel()
	for range 50 {
		a, _ := socketPair(t)
		ended := make(chan error)
		go func() {
			_, err := a.Read(make([]byte, 1))
			ended <- err
		}()
		go func() {
			_, err := a.Write(make([]byte, 2<<20))
			ended <- err
		}()
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := <-ended; !errors.Is(err, os.ErrClosed) {
				t.Fatal(err)
			}
		}
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
			t.Errorf("a read: %v", err)
		}
		if _, err := a.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
			t.Errorf("a write: %v", err)
		}
		if err := a.Close(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("a second Close: %v", err)
		}
	}
}

func TestSocketEmpty(t *testing.T) {
	t.Parallel()
	a, _ := socketPair(t)
	if n, err := a.Read(nil); n != 0 || err != nil {
		t.Errorf("a read of nothing: %d, %v", n, err)
	}
	if n, err := a.Write(nil); n != 0 || err != nil {
		t.Errorf("a write of nothing: %d, %v", n, err)
	}
}

// What cannot be waited for is refused, and closed. Not parallel: another test
// might get the descriptor.
func TestSocketOfAFile(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Dup(int(file.Fd()))
	file.Close()
	if err != nil {
		t.Fatal(err)
	}
	if s, err := NewSocket(fd, "a file"); err == nil {
		if runtime.GOOS == "linux" {
			t.Error("a file is a socket")
		}
		s.Close()
	}
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != syscall.EBADF {
		t.Errorf("the descriptor is still open: %v", err)
	}
}
