package wire

import (
	"errors"
	"io"
	"os"
	"testing"
)

// TryWrite writes what there is room for.
func TestSocketTryWrite(t *testing.T) {
	t.Parallel()
	a, b := socketPair(t)
	large := make([]byte, 4<<20)
	n, err := a.TryWrite(large)
	if n <= 0 || n >= len(large) || err != nil {
		t.Fatalf("a write of more than fits: %d, %v", n, err)
	}
	for {
		more, err := a.TryWrite(large[:shortTransfer])
		if err != nil {
			t.Fatal(err)
		}
		if n += more; more == 0 {
			break
		}
	}
	if got, err := io.ReadFull(b, large[:n]); got != n || err != nil {
		t.Fatalf("of %d came %d, %v", n, got, err)
	}
	if n, err := a.TryWrite([]byte("x")); n != 1 || err != nil {
		t.Errorf("after there was room again: %d, %v", n, err)
	}
	a.Close()
	if _, err := a.TryWrite([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// Waiting for one message after the other takes one system call to be told of them all.
func TestSocketStaysArmed(t *testing.T) {
	t.Parallel()
	a, b := socketPair(t)
	asked := 0
	tell := a.in.ready.once
	a.in.ready.once = func(epoll uintptr) { asked++; tell(epoll) }
	m := []byte("m")
	writes, written := make(chan bool), make(chan bool)
	go func() {
		defer close(written)
		for range writes {
			b.Write([]byte("m"))
		}
	}()
	for range 10 {
		writes <- true
		if _, err := a.Read(m); err != nil {
			t.Fatal(err)
		}
	}
	if asked > 1 {
		t.Errorf("epoll_ctl was called %d times", asked)
	}
	close(writes)
	<-written
	r := NewEagerReader(a)
	r.SetEager(true)
	asked = 0
	for range 10 {
		b.Write(m)
		if _, err := r.Read(m); err != nil {
			t.Fatal(err)
		}
	}
	if asked > 1 || a.in.ready.armed {
		t.Errorf("of who looks, epoll_ctl was called %d times", asked)
	}
}
