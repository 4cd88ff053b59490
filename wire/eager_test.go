package wire

import (
	"bytes"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What an EagerReader reads is what comes, whether it comes before it looks, while
// it does, or long after.
func TestEagerReader(t *testing.T) {
	t.Parallel()
	for name, pause := range map[string]func(){
		"before": nil,
		"soon":   runtime.Gosched,
		"later":  func() { time.Sleep(3 * eagerFor) }, // which looks in vain
	} {
		for _, eager := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				in, out, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				defer in.Close()
				want := strings.Repeat("0123456789", 50)
				write := func() {
					for i := range len(want) / 10 {
						if pause != nil {
							pause()
						}
						out.WriteString(want[10*i : 10*i+10])
					}
					out.Close()
				}
				if pause == nil {
					write()
				} else {
					go write()
				}
				r := NewEagerReader(in)
				r.SetEager(eager)
				var got bytes.Buffer
				if _, err := io.Copy(&got, r); err != nil || got.String() != want {
					t.Errorf("got %q, %v", got.String(), err)
				}
				if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
					t.Errorf("at the end: %d, %v", n, err)
				}
				if n, err := r.Read(nil); n != 0 || err != nil {
					t.Errorf("of nothing: %d, %v", n, err)
				}
			})
		}
	}
}

// Deadlines and the closing of what it reads end it.
func TestEagerReaderEnds(t *testing.T) {
	t.Parallel()
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	r := NewEagerReader(in)
	r.SetEager(true)
	if err := in.SetReadDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after a deadline: %v", err)
	}
	in.SetReadDeadline(time.Time{})
	ended := make(chan error, 1)
	go func() {
		_, err := r.Read(make([]byte, 1))
		ended <- err
	}()
	in.Close()
	if err := <-ended; !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after that: %v", err)
	}
}

// What cannot be looked at is read all the same.
func TestEagerReaderOfAnything(t *testing.T) {
	t.Parallel()
	r := NewEagerReader(strings.NewReader("text"))
	r.SetEager(true)
	if got, err := io.ReadAll(r); string(got) != "text" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// A stream in two halves may give the descriptor of the one that is written.
type halves struct {
	io.Reader
	out *os.File
}

func (h halves) SyscallConn() (syscall.RawConn, error) { return h.out.SyscallConn() }

func TestEagerReaderOfHalves(t *testing.T) {
	t.Parallel()
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer out.Close()
	r := NewEagerReader(halves{strings.NewReader("text"), out})
	r.SetEager(true)
	if got, err := io.ReadAll(r); string(got) != "text" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// One that has looked in vain looks no more until something comes soon.
func TestEagerReaderGivesUp(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("there is no looking on this system")
	}
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer out.Close()
	r := NewEagerReader(in)
	looks := 0
	r.once = func(fd uintptr) {
		looks++
		if r.look(fd); !r.got {
			time.AfterFunc(2*soon, func() { out.WriteString("x") })
		}
	}
	r.SetEager(true)
	read := func() {
		t.Helper()
		if _, err := r.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	read()
	if !r.vain {
		t.Error("it has not looked in vain")
	}
	for r.vain { // once, unless the machine is busy
		out.WriteString("x")
		if read(); looks != 1 {
			t.Fatalf("%d looks", looks)
		}
	}
	out.WriteString("x")
	if read(); looks != 2 {
		t.Errorf("%d looks", looks)
	}
}
