package wire

import (
	"bytes"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
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

// lookedAt returns the ends of a pipe, of which the first can be looked at.
func lookedAt(t *testing.T) (in, out *os.File) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("there is no looking on this system")
	}
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); out.Close() })
	return in, out
}

// One that has looked in vain looks no more until something comes soon.
func TestEagerReaderGivesUp(t *testing.T) {
	t.Parallel()
	in, out := lookedAt(t)
	var r *EagerReader
	looks := 0
	read := func() {
		t.Helper()
		if _, err := r.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	for tries := 0; r == nil || !r.vain; tries++ { // on a busy machine it may not wait before something comes
		if tries == 1000 {
			t.Fatal("it has not looked in vain")
		}
		r, looks = NewEagerReader(in), 0
		r.once = func(fd uintptr) {
			looks++
			if r.look(fd); !r.got {
				time.AfterFunc(2*soon, func() { out.WriteString("x") })
			}
		}
		r.SetEager(true)
		read()
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

// One that looks in vain again and again, although something comes soon after, looks
// seldom, until it finds something.
func TestEagerReaderLooksSeldom(t *testing.T) {
	t.Parallel()
	in, out := lookedAt(t)
	r := NewEagerReader(in)
	looks, vain := 0, true
	r.once = func(fd uintptr) {
		looks++
		if r.got = false; vain {
			out.WriteString("x")
			return
		}
		r.look(fd)
	}
	r.SetEager(true)
	read := func() {
		t.Helper()
		before := looks
		if r.vain || r.skip > 0 {
			out.WriteString("x")
		}
		if _, err := r.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if vain && looks > before+1 {
			t.Fatalf("%d looks of one Read", looks-before)
		}
	}
	const reads = 1000
	for range reads {
		read()
	}
	if most := 10 + reads/mostSkipped; looks < 1 || looks > most {
		t.Errorf("%d looks in vain of %d Reads, at most %d are to be", looks, reads, most)
	}
	vain = false
	for r.vain || r.skip > 0 {
		read()
	}
	out.WriteString("x")
	if read(); r.inVain != 0 || r.skip != 0 {
		t.Errorf("it has found something, and skips %d", r.skip)
	}
}

// Of readers that look in turn one looks.
func TestEagerReaderInTurn(t *testing.T) {
	t.Parallel()
	in, out := lookedAt(t)
	r := NewEagerReader(in)
	var turn atomic.Bool
	looks := 0
	r.once = func(fd uintptr) {
		looks++
		if !turn.Load() {
			t.Error("it looks, and others may, too")
		}
		r.look(fd)
	}
	r.SetEagerInTurn(&turn)
	for i, taken := range []bool{false, true, false} {
		turn.Store(taken)
		out.WriteString("x")
		r.vain = false // on a busy machine the Read before may have taken long
		if _, err := r.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if want := []int{1, 1, 2}[i]; looks != want || turn.Load() != taken {
			t.Errorf("Read %d: %d looks, want %d; the turn is %v", i, looks, want, turn.Load())
		}
	}
}
