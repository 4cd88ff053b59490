package request

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet/internal/brokertest"
)

// An object whose leader is lost on the way is put, or read, again; what cannot be read twice is
// put once.
func TestObjectAskedAgain(t *testing.T) {
	t.Parallel()
	nc := brokertest.Connect(t, brokertest.Start(t, nil))
	l := brokertest.NewLossy(t, nc, lossyTime)
	ctx := long(t)
	_, err := l.JS.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: "b"})
	if err != nil {
		t.Fatal(err)
	}
	// So that it can be said of what is read that nobody leads.
	stream, err := l.JS.Stream(ctx, "OBJ_b")
	if err != nil {
		t.Fatal(err)
	}
	config := stream.CachedInfo().Config
	config.AllowDirect = false
	if _, err := l.JS.UpdateStream(ctx, config); err != nil {
		t.Fatal(err)
	}
	plain, err := l.JS.ObjectStore(ctx, "b")
	if err != nil {
		t.Fatal(err)
	}
	const gets = "$JS.API.STREAM.MSG.GET."
	s := ObjectStore(nc, "b", plain)
	data := bytes.Repeat([]byte("0123456789"), 50_000) // more than a chunk
	meta := func(name string) jetstream.ObjectMeta { return jetstream.ObjectMeta{Name: name} }
	read := func(name string, max int) ([]byte, error) { return ReadObject(ctx, nc, s, "b", name, max) }
	for _, c := range []struct {
		what, prefix string
		fates        []brokertest.Fate
		do           func() error
		times        int // asked
	}{
		{"bytes", gets, []brokertest.Fate{brokertest.Leaderless, brokertest.Leaderless}, func() error { _, err := s.PutBytes(ctx, "bytes", data); return err }, 3},
		{"a reader", gets, []brokertest.Fate{brokertest.Leaderless}, func() error { _, err := s.Put(ctx, meta("reader"), bytes.NewReader(data)); return err }, 2},
		{"what is said of one", gets, []brokertest.Fate{brokertest.LoseAsked}, func() error { _, err := read("bytes", len(data)); return err }, 3},
		{"one", "$JS.API.CONSUMER.CREATE.", []brokertest.Fate{brokertest.Leaderless}, func() error { _, err := read("reader", len(data)); return err }, 2},
	} {
		l.Say(c.prefix, c.fates...)
		if err := c.do(); err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		if n := l.Asked(c.prefix); n != c.times {
			t.Errorf("%s: it was asked %d times, want %d", c.what, n, c.times)
		}
	}
	for _, name := range []string{"bytes", "reader"} {
		if got, err := read(name, len(data)); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	if got, err := read("bytes", 10); err != nil || len(got) != 11 {
		t.Errorf("of one that is too large: %d bytes, %v", len(got), err)
	}
	for what, do := range map[string]func() error{
		"a stream": func() error { _, err := s.Put(ctx, meta("stream"), io.MultiReader(bytes.NewReader(data))); return err },
		"delete":   func() error { return s.Delete(ctx, "bytes") },
	} {
		l.Say(gets, slices.Repeat([]brokertest.Fate{brokertest.Leaderless}, 10)...)
		if err := do(); !errors.Is(Explain(err), ErrUnavailable) || l.Asked(gets) != 1 {
			t.Errorf("%s: %v, asked %d times", what, err, l.Asked(gets))
		}
	}
	l.Say(gets)
	if _, err := read("none", 1); !errors.Is(err, jetstream.ErrObjectNotFound) {
		t.Errorf("%v", err)
	}
}

// An attempt has the more time the larger the object is, and a minute at most.
func TestTimeOfObject(t *testing.T) {
	t.Parallel()
	for size, want := range map[int64]time.Duration{-1: eachTime, 0: eachTime, 1 << 20: eachTime + 8*time.Second, 1 << 40: objectTime} {
		if got := timeOfObject(size); got != want {
			t.Errorf("%d bytes: %v, want %v", size, got, want)
		}
	}
}

// Who does not wait any more does not wait for a read that does.
func TestReadGivenUp(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := readAll(ctx, r, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
