package request

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet/internal/brokertest"
)

// lossyTime is how long an answer is waited for here.
const lossyTime = 200 * time.Millisecond

// long is a context whose deadline nobody can wait for.
func long(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	t.Cleanup(cancel)
	return ctx
}

// lossyBucket is a bucket whose requests can be lost.
func lossyBucket(t *testing.T) (*brokertest.Lossy, jetstream.KeyValue) {
	t.Helper()
	nc := brokertest.Connect(t, brokertest.Start(t, nil))
	l := brokertest.NewLossy(t, nc, lossyTime)
	kv, err := l.JS.CreateKeyValue(long(t), jetstream.KeyValueConfig{Bucket: "b"})
	if err != nil {
		t.Fatal(err)
	}
	return l, KeyValue(nc, kv)
}

const (
	gets   = "$JS.API.DIRECT.GET."
	writes = "$KV."
)

// What is lost is asked again, however long the deadline is, unless that is not safe.
func TestAskedAgain(t *testing.T) {
	t.Parallel()
	const lost, deaf, none, unheard = brokertest.LoseAsked, brokertest.LoseAnswer, brokertest.Leaderless, brokertest.Unheard
	l, kv := lossyBucket(t)
	ctx := long(t)
	first, err := kv.Create(ctx, "k", []byte("1"))
	if err != nil {
		t.Fatal(err)
	}
	revision := first
	for _, c := range []struct {
		what, prefix string
		fates        []brokertest.Fate
		do           func() error
	}{
		{"get", gets, []brokertest.Fate{lost, lost, deaf}, func() error {
			e, err := kv.Get(ctx, "k")
			if err == nil && string(e.Value()) != "1" {
				t.Errorf("%q", e.Value())
			}
			return err
		}},
		{"get a revision", gets, []brokertest.Fate{lost}, func() error { _, err := kv.GetRevision(ctx, "k", first); return err }},
		{"status", "$JS.API.STREAM.INFO.", []brokertest.Fate{none, lost, none}, func() error { _, err := kv.Status(ctx); return err }},
		{"update", writes, []brokertest.Fate{lost, deaf, lost}, func() (err error) {
			revision, err = kv.Update(ctx, "k", []byte("2"), revision)
			return err
		}},
		{"update what was updated", writes, []brokertest.Fate{none}, func() (err error) {
			revision, err = kv.Update(ctx, "k", []byte("3"), revision)
			return err
		}},
		{"create", writes, []brokertest.Fate{deaf}, func() (err error) {
			revision, err := kv.Create(ctx, "new", []byte("1"))
			if e, bad := kv.Get(ctx, "new"); err == nil && (bad != nil || e.Revision() != revision) {
				t.Errorf("revision %d: %v, %v", revision, e, bad)
			}
			return err
		}},
		{"put", writes, []brokertest.Fate{lost, deaf}, func() error { _, err := kv.Put(ctx, "put", []byte("1")); return err }},
		{"put in process", writes, []brokertest.Fate{lost, brokertest.InProcess, brokertest.InProcess}, func() error { _, err := kv.Put(ctx, "put", []byte("3")); return err }},
		// The library itself tries that three times.
		{"put unheard", writes, []brokertest.Fate{unheard, unheard, unheard, unheard}, func() error { _, err := kv.Put(ctx, "put", []byte("2")); return err }},
	} {
		l.Say(c.prefix, c.fates...)
		if err := c.do(); err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		if n := l.Asked(c.prefix); n < len(c.fates)+1 {
			t.Errorf("%s: it was asked %d times", c.what, n)
		}
	}
	if e, err := kv.Get(ctx, "k"); err != nil || string(e.Value()) != "3" || e.Revision() != revision {
		t.Errorf("%+v, %v", e, err)
	}
}

// What somebody else has written meanwhile is theirs, also where an answer was lost.
func TestRacedWhenAskedAgain(t *testing.T) {
	t.Parallel()
	l, kv := lossyBucket(t)
	ctx := long(t)
	theirs, err := kv.Create(ctx, "k", []byte("theirs"))
	if err != nil {
		t.Fatal(err)
	}
	l.Say(writes, brokertest.LoseAsked)
	if _, err := kv.Create(ctx, "k", []byte("mine")); !errors.Is(err, jetstream.ErrKeyExists) {
		t.Errorf("create: %v", err)
	}
	l.Say(writes, brokertest.LoseAsked)
	if _, err := kv.Update(ctx, "k", []byte("mine"), theirs-1); err == nil || !raced(err) {
		t.Errorf("update: %v", err)
	}
	if e, err := kv.Get(ctx, "k"); err != nil || string(e.Value()) != "theirs" {
		t.Errorf("%v", err)
	}
}

// Where it is not safe, or nobody has said for how long, it is asked once, and the error
// says what and what next.
func TestAskedOnce(t *testing.T) {
	t.Parallel()
	l, kv := lossyBucket(t)
	ctx := long(t)
	if _, err := kv.Create(ctx, "k", nil); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		prefix string
		do     func() error
	}{
		"delete":             {writes, func() error { return kv.Delete(ctx, "k") }},
		"purge":              {writes, func() error { return kv.Purge(ctx, "k") }},
		"without a deadline": {gets, func() error { _, err := kv.Get(t.Context(), "k"); return err }},
	} {
		l.Say(c.prefix, brokertest.LoseAsked)
		err := c.do()
		if n := l.Asked(c.prefix); n != 1 {
			t.Errorf("%s: it was asked %d times", what, n)
		}
		if !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", what, err)
		}
		if text := Explain(err).Error(); !strings.Contains(text, "asked once in ") || !strings.Contains(text, "the stream KV_b") || !strings.HasSuffix(text, ")") {
			t.Errorf("%s: %s", what, text)
		}
	}
}

// Who does not wait any more is told that, and whose time is up what was asked.
func TestAskedUntil(t *testing.T) {
	t.Parallel()
	l, kv := lossyBucket(t)
	lose := slices.Repeat([]brokertest.Fate{brokertest.LoseAsked}, 1000)
	l.Say(gets, lose...)
	ctx, cancel := context.WithCancel(long(t))
	go func() {
		brokertest.Await(t, func() bool { return l.Asked(gets) > 1 })
		cancel()
	}()
	if _, err := kv.Get(ctx, "k"); !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnavailable) {
		t.Errorf("%v", err)
	}
	short, cancel := context.WithTimeout(t.Context(), 10*lossyTime)
	defer cancel()
	var unanswered *unansweredError
	if _, err := kv.Get(short, "k"); !errors.As(err, &unanswered) || unanswered.times < 2 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%#v", err)
	}
	// The broker itself answers.
	l.Say(gets, lose...)
	within, cancel := context.WithTimeout(t.Context(), 8*heardLooks*lookTime)
	defer cancel()
	if _, err := kv.Get(within, "k"); !errors.As(err, &unanswered) || !strings.Contains(err.Error(), "and is there") {
		t.Errorf("%v", err)
	}
}

func TestUnansweredSays(t *testing.T) {
	t.Parallel()
	leaderless := &jetstream.APIError{Code: 503, ErrorCode: noLeader, Description: "temporarily unavailable"}
	for _, c := range []struct {
		e          unansweredError
		text, next string
	}{
		{unansweredError{"the stream S", 3, 12 * time.Second, "c", true, context.DeadlineExceeded},
			"it was asked 3 times in 12s about the stream S, and is there: no server of the cluster c leads that at the moment", "an election takes some seconds"},
		{unansweredError{"the stream S", 1, 5 * time.Second, "", true, context.DeadlineExceeded},
			"it was asked once in 5s about the stream S, and is there", "its log may say why"},
		{unansweredError{"the stream S", 1, 5 * time.Second, "c", false, context.DeadlineExceeded},
			"it was asked once in 5s about the stream S, and nothing is heard of it", "is it running"},
		{unansweredError{"the stream S", 2, time.Second, "", true, leaderless},
			"it was asked 2 times in 1s about the stream S, and has answered: nats: API error: code=503 err_code=10008 description=temporarily unavailable", "JetStream is about to start"},
		{unansweredError{"the stream S", 2, time.Second, "c", false, leaderless},
			"it was asked 2 times in 1s about the stream S, and has answered: nats: API error: code=503 err_code=10008 description=temporarily unavailable", "an election takes some seconds"},
	} {
		if got := c.e.Error(); got != c.text {
			t.Errorf("%s\nwant %s", got, c.text)
		}
		if next, kind := Refusal(&c.e); kind != ErrUnavailable || !strings.HasPrefix(next, c.next) {
			t.Errorf("%s: %s (%v)", c.text, next, kind)
		}
	}
}
