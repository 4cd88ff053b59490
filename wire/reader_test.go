package wire_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"scripthost.example/wire"
)

// bufferSize is what a Reader reads at once, and the largest frame, header
// included, that it does not make a payload of its own for.
const bufferSize = 64 << 10

// A step is what one read brings; a script is a stream of them, and then its end.
type step struct {
	data []byte
	err  error
}

type script struct {
	steps []step
	reads int
}

func (s *script) Read(b []byte) (int, error) {
	s.reads++
	if len(s.steps) == 0 {
		return 0, io.EOF
	}
	first := &s.steps[0]
	n := copy(b, first.data)
	first.data = first.data[n:]
	if len(first.data) > 0 {
		return n, nil
	}
	err := first.err
	s.steps = s.steps[1:]
	return n, err
}

func scriptOf(steps ...any) *script {
	s := &script{}
	for _, v := range steps {
		switch v := v.(type) {
		case []byte:
			s.steps = append(s.steps, step{data: v})
		case error:
			s.steps = append(s.steps, step{err: v})
		}
	}
	return s
}

// pattern is a payload that differs at every place.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16 ^ n)
	}
	return b
}

// A stream is frames with payloads of these sizes; the ids count from 1.
func streamOf(sizes ...int) []byte {
	var b []byte
	for i, n := range sizes {
		b = wire.AppendFrame(b, uint32(i+1), pattern(n))
	}
	return b
}

// checkStream checks that r brings what streamOf made, and then its end. What
// belongs to the caller must stay as it was.
func checkStream(t *testing.T, r *wire.Reader, sizes ...int) {
	t.Helper()
	owned := map[int][]byte{}
	for i, n := range sizes {
		f, err := r.Next()
		if err != nil {
			t.Fatalf("frame %d: %v", i+1, err)
		}
		if f.ID != uint32(i+1) || !bytes.Equal(f.Payload, pattern(n)) {
			t.Fatalf("frame %d: got the id %d and %d bytes, want %d", i+1, f.ID, len(f.Payload), n)
		}
		if want := wire.HeaderSize+n > bufferSize; f.Owned != want {
			t.Errorf("frame %d of %d bytes: Owned is %v", i+1, n, f.Owned)
		}
		if cap(f.Payload) != len(f.Payload) {
			t.Errorf("frame %d: appending to the payload writes over what follows", i+1)
		}
		if f.Owned {
			owned[n] = f.Payload
		}
	}
	for range 2 {
		if f, err := r.Next(); err != io.EOF || f.Payload != nil {
			t.Fatalf("after the last frame: got %+v, %v", f, err)
		}
	}
	for n, payload := range owned {
		if !bytes.Equal(payload, pattern(n)) {
			t.Errorf("the payload of %d bytes has changed", n)
		}
	}
}

func TestReaderFrames(t *testing.T) {
	t.Parallel()
	const exact = bufferSize - wire.HeaderSize
	streams := map[string][]int{
		"nothing":              {},
		"one empty frame":      {0},
		"small frames":         {0, 1, 7, 8, 9, 0, 0, 100, 3000, 1},
		"exactly the buffer":   {exact, exact, 5, exact},
		"one less":             {exact - 1, 3, exact - 1, exact - 7, exact - 8},
		"one more":             {exact + 1, exact + 1, 0, exact + 1},
		"header at the end":    {exact - 4, 10, exact - 12, 20, exact - 15, 70_000, 2},
		"large among small":    {3, 200_000, 3, 65_536, 0, 100_000, exact, 1},
		"more than fills once": {40_000, 40_000, 40_000, 40_000, 40_000},
	}
	readers := map[string]func(io.Reader) io.Reader{
		"whole":              func(r io.Reader) io.Reader { return r },
		"a byte at a time":   iotest.OneByteReader,
		"half":               iotest.HalfReader,
		"end with the data":  iotest.DataErrReader,
		"end with one byte":  func(r io.Reader) io.Reader { return iotest.DataErrReader(iotest.OneByteReader(r)) },
		"empty reads":        func(r io.Reader) io.Reader { return &hesitant{src: r} },
		"chunks of 7 and so": func(r io.Reader) io.Reader { return &chunked{src: r, sizes: []byte{7, 200, 1, 255, 64}} },
	}
	for name, sizes := range streams {
		for how, reader := range readers {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()
				checkStream(t, wire.NewReader(reader(bytes.NewReader(streamOf(sizes...))), math.MaxUint32), sizes...)
			})
		}
	}
	t.Run("megabytes", func(t *testing.T) {
		t.Parallel()
		sizes := []int{1<<20 - 1, 1 << 20, 1<<20 + 1, 5 << 20, 1, 2 << 20}
		for _, reader := range []func(io.Reader) io.Reader{readers["whole"], readers["half"], readers["end with the data"]} {
			checkStream(t, wire.NewReader(reader(bytes.NewReader(streamOf(sizes...))), math.MaxUint32), sizes...)
		}
	})
}

// hesitant brings nothing in all reads but every 50th.
type hesitant struct {
	src   io.Reader
	reads int
}

func (h *hesitant) Read(b []byte) (int, error) {
	if h.reads++; h.reads%50 != 0 {
		return 0, nil
	}
	return h.src.Read(b)
}

// chunked reads sizes[i] bytes at a time, again and again. Where that is 0 it
// times out.
type chunked struct {
	src   io.Reader
	sizes []byte
	next  int
}

func (c *chunked) Read(b []byte) (int, error) {
	size := int(c.sizes[c.next%len(c.sizes)])
	c.next++
	if size == 0 {
		return 0, os.ErrDeadlineExceeded
	}
	return c.src.Read(b[:min(size, len(b))])
}

func TestReaderLimits(t *testing.T) {
	t.Parallel()
	const room = wire.ControlRoom
	plain := []uint32{0, 1, wire.MaxCallID, wire.MaxCallID + 1, 0x7fffffff}
	carrying := []uint32{wire.ControlID(wire.KindCall, 1), wire.ControlID(wire.KindReturn, 0), wire.ControlID(wire.KindHostCall, 1)}
	var other []uint32
	for _, kind := range []wire.Kind{wire.KindBoot, wire.KindError, wire.KindThrow, wire.KindPong, wire.KindLog, 7} {
		other = append(other, wire.ControlID(kind, 3))
	}
	for _, test := range []struct {
		ids        []uint32
		limit, max uint64
	}{
		{plain, 0, 0},
		{plain, 100, 100},
		{plain, 100_000, 100_000},
		{plain, math.MaxUint32 - 1, math.MaxUint32 - 1},
		{carrying, 0, room},
		{carrying, 100, room + 100},
		{carrying, 64 << 20, room + 64<<20},
		{other, 0, room},
		{other, 100, room},
		{other, room + 1, room + 1},
		{other, 64 << 20, 64 << 20},
	} {
		for _, id := range test.ids {
			if test.max > math.MaxInt-bufferSize {
				continue // an int of this system cannot hold it
			}
			name := fmt.Sprintf("id %#x, limit %d", id, test.limit)
			// The header alone: what is taken ends in the stream's end.
			r := wire.NewReader(bytes.NewReader(wire.AppendHeader(nil, id, uint32(test.max))), test.limit)
			if _, err := r.Next(); test.max > 0 && !errors.As(err, new(*wire.TruncatedError)) || test.max == 0 && err != nil {
				t.Errorf("%s: %d bytes: %v", name, test.max, err)
			}
			src := scriptOf(wire.AppendHeader(nil, id, uint32(test.max+1)), []byte("payload"))
			r = wire.NewReader(src, test.limit)
			for range 2 { // it stays so
				_, err := r.Next()
				var large *wire.TooLargeError
				if !errors.As(err, &large) || large.Size != test.max+1 || large.Max != test.max {
					t.Errorf("%s: %d bytes: %v", name, test.max+1, err)
				}
				if src.reads != 1 {
					t.Errorf("%s: %d reads for a header", name, src.reads)
				}
				if !r.Buffered() {
					t.Errorf("%s: the error is not announced", name)
				}
			}
		}
	}
}

func TestReaderNoLimit(t *testing.T) {
	t.Parallel()
	for _, id := range []uint32{1, wire.ControlID(wire.KindCall, 1), wire.ControlID(wire.KindLog, 0)} {
		checkHeader := wire.AppendHeader(nil, id, 1<<30)
		if _, err := wire.NewReader(bytes.NewReader(checkHeader), math.MaxUint64).Next(); !errors.As(err, new(*wire.TruncatedError)) {
			t.Errorf("id %#x: %v", id, err)
		}
	}
}

func TestReaderSetMaxPayload(t *testing.T) {
	t.Parallel()
	r := wire.NewReader(bytes.NewReader(streamOf(50, 50, 100_000, 51)), 50)
	for i, limit := range []uint64{50, 50, 100_000} {
		r.SetMaxPayload(limit)
		if _, err := r.Next(); err != nil {
			t.Fatalf("frame %d: %v", i+1, err)
		}
	}
	r.SetMaxPayload(50)
	if _, err := r.Next(); !errors.As(err, new(*wire.TooLargeError)) {
		t.Errorf("frame 4: %v", err)
	}
	r.SetMaxPayload(51)
	if f, err := r.Next(); err != nil || !bytes.Equal(f.Payload, pattern(51)) {
		t.Errorf("frame 4 with a higher limit: %v", err)
	}
}

// A payload over the buffer that has begun is under the limit that it began with.
func TestReaderSetMaxPayloadInside(t *testing.T) {
	t.Parallel()
	stream := streamOf(100_000)
	r := wire.NewReader(scriptOf(stream[:10], os.ErrDeadlineExceeded, stream[10:]), 100_000)
	if _, err := r.Next(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	r.SetMaxPayload(1)
	checkStream(t, r, 100_000)
}

// What a header says is not taken for granted. Not parallel, because it measures
// what the whole process allocates.
func TestReaderMemory(t *testing.T) {
	const mib = 1 << 20
	limit := uint64(min(math.MaxUint32, math.MaxInt/2))
	for _, test := range []struct {
		name  string
		limit uint64
		came  int // of the payload
		most  uint64
	}{
		{"refused", limit - 1, 0, 8 << 10},
		{"nothing came", limit, 0, mib + 64<<10},
		{"less than the buffer came", limit, 50_000, mib + 64<<10},
		{"1 MiB came", limit, mib, 3*mib + 64<<10},
		{"8 MiB came", limit, 8 * mib, 31*mib + 64<<10},
	} {
		src := bytes.NewReader(append(wire.AppendHeader(nil, 1, uint32(limit)), make([]byte, test.came)...))
		r := wire.NewReader(src, test.limit)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := r.Next()
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: no error", test.name)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > test.most {
			t.Errorf("%s: %d bytes were allocated, want %d at most", test.name, used, test.most)
		}
	}
}

func TestReaderTimeout(t *testing.T) {
	t.Parallel()
	wrapped := fmt.Errorf("reading from the child: %w", os.ErrDeadlineExceeded)
	sizes := []int{0, 12, 70_000, 3}
	stream := streamOf(sizes...)
	for at := range len(stream) + 1 {
		if at > 60 && at < len(stream)-60 && at%4999 != 0 { // inside the large one
			continue
		}
		err := os.ErrDeadlineExceeded
		if at%2 == 1 {
			err = wrapped
		}
		r := wire.NewReader(scriptOf(stream[:at], err, err, stream[at:]), 100_000)
		timeouts := 0
		for i, n := range sizes {
			f, err := r.Next()
			for ; err != nil; f, err = r.Next() {
				if !errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, wire.ErrProtocol) || f.Payload != nil {
					t.Fatalf("at %d: got %+v, %v", at, f, err)
				}
				timeouts++
			}
			if f.ID != uint32(i+1) || !bytes.Equal(f.Payload, pattern(n)) {
				t.Fatalf("at %d: frame %d has the id %d and %d bytes", at, i+1, f.ID, len(f.Payload))
			}
		}
		if at < len(stream) && timeouts != 2 {
			t.Errorf("at %d: %d time-outs, want 2", at, timeouts)
		}
	}
}

// A deadline in the past is how both ends get a reader to look up.
func TestReaderDeadline(t *testing.T) {
	t.Parallel()
	for _, size := range []int{10, 200_000} {
		here, there := net.Pipe()
		defer here.Close()
		defer there.Close()
		r := wire.NewReader(here, 1<<20)
		stream := streamOf(size)
		for _, part := range [][]byte{stream[:3], stream[3 : size/2], stream[size/2 : size]} {
			done := make(chan error, 1)
			go func() {
				_, err := there.Write(part) // returns when all of it has been read
				here.SetReadDeadline(time.Unix(1, 0))
				done <- err
			}()
			if f, err := r.Next(); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("got %+v, %v", f, err)
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			here.SetReadDeadline(time.Time{})
		}
		go func() {
			there.Write(stream[size:])
			there.Close()
		}()
		checkStream(t, r, size)
	}
}

func TestReaderTruncated(t *testing.T) {
	t.Parallel()
	for _, sizes := range [][]int{{0, 5, 300, 0, 9}, {70_000, 2}, {2, bufferSize - wire.HeaderSize}} {
		stream := streamOf(sizes...)
		var ends []int // of the frames
		end := 0
		for _, n := range sizes {
			end += wire.HeaderSize + n
			ends = append(ends, end)
		}
		for n := range len(stream) {
			if n > 500 && n < len(stream)-100 && n%997 != 0 {
				continue
			}
			causes := []error{io.EOF, syscall.ECONNRESET, io.ErrClosedPipe}
			for _, cause := range []error{io.EOF, causes[n%len(causes)]} {
				r := wire.NewReader(scriptOf(stream[:n], cause, cause, cause), 1<<20)
				whole, start := 0, 0
				for whole < len(ends) && ends[whole] <= n {
					if _, err := r.Next(); err != nil {
						t.Fatalf("%v cut at %d: %v", sizes, n, err)
					}
					start = ends[whole]
					whole++
				}
				for range 2 {
					f, err := r.Next()
					if f.Payload != nil {
						t.Fatalf("%v cut at %d: got %+v", sizes, n, f)
					}
					checkEnd(t, err, cause, n-start, sizes[whole])
				}
			}
		}
	}
}

// checkEnd checks the error of a stream that ended so many bytes after the start
// of a frame with a payload of size bytes.
func checkEnd(t *testing.T, err, cause error, after, size int) {
	t.Helper()
	if after == 0 {
		if err != cause {
			t.Fatalf("the end between two frames: got %v, want %v", err, cause)
		}
		return
	}
	reason := fmt.Sprintf("the stream ended after %d bytes of a frame's header", after)
	if after >= wire.HeaderSize {
		reason = fmt.Sprintf("the stream ended after %d of %d bytes of a payload", after-wire.HeaderSize, size)
	}
	var truncated *wire.TruncatedError
	if !errors.As(err, &truncated) || !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		t.Fatalf("%d bytes of a frame: got %v (%T)", after, err, err)
	}
	checkProtocolError(t, err, reason)
}

func TestReaderErrors(t *testing.T) {
	t.Parallel()
	failed := errors.New("out of cheese")
	frame := streamOf(4)
	if _, err := wire.NewReader(scriptOf(failed), 10).Next(); err != failed {
		t.Errorf("an error between frames: got %v", err)
	}
	if _, err := wire.NewReader(scriptOf(frame[:9], failed), 10).Next(); !errors.As(err, new(*wire.TruncatedError)) {
		t.Errorf("an error within a frame: got %v", err)
	}
	if _, err := wire.NewReader(lazy{}, 10).Next(); err != io.ErrNoProgress {
		t.Errorf("no progress: got %v", err)
	}
	// Data that comes with an error is not lost.
	r := wire.NewReader(&script{steps: []step{{frame, failed}, {nil, failed}}}, 10)
	if f, err := r.Next(); err != nil || !bytes.Equal(f.Payload, pattern(4)) {
		t.Errorf("data with an error: got %+v, %v", f, err)
	}
	if _, err := r.Next(); err != failed {
		t.Errorf("the error after the data: got %v", err)
	}
}

type lazy struct{}

func (lazy) Read([]byte) (int, error) { return 0, nil }

func TestReaderBuffered(t *testing.T) {
	t.Parallel()
	stream := streamOf(3, 0, 5)
	for n := range len(stream) + 1 {
		src := scriptOf(stream[:n], os.ErrDeadlineExceeded, stream[n:])
		r := wire.NewReader(src, 10)
		if r.Buffered() {
			t.Error("a new Reader has something")
		}
		for {
			before, announced := src.reads, r.Buffered()
			_, err := r.Next()
			if announced && (err != nil || src.reads != before) {
				t.Fatalf("%d bytes: a frame was announced, but Next made %d reads and returned %v", n, src.reads-before, err)
			}
			if err == io.EOF {
				break
			}
			if !announced && err == nil && src.reads == before {
				t.Fatalf("%d bytes: a frame was there and not announced", n)
			}
		}
	}
	large := streamOf(100_000, 1)
	src := scriptOf(large[:90_000], os.ErrDeadlineExceeded, large[90_000:])
	r := wire.NewReader(src, 100_000)
	if _, err := r.Next(); !errors.Is(err, os.ErrDeadlineExceeded) || r.Buffered() {
		t.Errorf("within a large frame: %v, Buffered is %v", err, r.Buffered())
	}
	checkStream(t, r, 100_000, 1)
}

// One read fetches as many frames as there are.
func TestReaderReads(t *testing.T) {
	t.Parallel()
	sizes := make([]int, 3000)
	src := scriptOf(streamOf(sizes...))
	checkStream(t, wire.NewReader(src, 10), sizes...)
	if src.reads > 3 { // the frames, and the end twice
		t.Errorf("%d reads for %d frames that were there", src.reads, len(sizes))
	}
}

func TestTruncatedErrorText(t *testing.T) {
	t.Parallel()
	_, err := wire.NewReader(strings.NewReader("abc"), 10).Next()
	if got, want := fmt.Sprint(err), "protocol error: the stream ended after 3 bytes of a frame's header"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
