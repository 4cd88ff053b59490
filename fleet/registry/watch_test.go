package registry

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/internal/brokertest"
)

// next is what a watch tells next.
func next(t *testing.T, updates <-chan Track) Track {
	t.Helper()
	select {
	case u, open := <-updates:
		if !open {
			t.Fatal("the watch has ended")
		}
		return u
	case <-time.After(testTime):
		t.Fatal("nothing is told")
	}
	return Track{}
}

func watching(t *testing.T, r *Registry, plugin string) <-chan Track {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	updates, err := r.Watch(ctx, plugin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		for range updates { // until it is closed
		}
	})
	return updates
}

func TestWatch(t *testing.T) {
	t.Parallel()
	r, ctx := fresh(t), testContext(t)
	push(t, r, "tidy", "1", "stable")
	push(t, r, "other", "1", "stable")
	mine, all := watching(t, r, "tidy"), watching(t, r, "")
	if got := next(t, mine); got.Plugin != "tidy" || got.Name != "stable" || got.Version != "1" {
		t.Errorf("%+v", got)
	}
	both := []string{next(t, all).Plugin, next(t, all).Plugin}
	if slices.Sort(both); !slices.Equal(both, []string{"other", "tidy"}) {
		t.Errorf("%q", both)
	}
	push(t, r, "other", "2", "stable")
	push(t, r, "tidy", "2", "canary")
	if got := next(t, mine); got.Name != "canary" || got.Version != "2" {
		t.Errorf("%+v", got)
	}
	if _, err := r.SetWeight(ctx, "tidy", "canary", 5); err != nil {
		t.Fatal(err)
	}
	if got := next(t, mine); got.Weight != 5 {
		t.Errorf("%+v", got)
	}
	// What cannot be read changes nothing.
	if _, err := r.kv.PutString(ctx, trackKey("tidy", "canary"), "x"); err != nil {
		t.Fatal(err)
	}
	if err := r.kv.Delete(ctx, trackKey("tidy", "canary")); err != nil {
		t.Fatal(err)
	}
	if got := next(t, mine); got.Name != "canary" || got.Version != "" {
		t.Errorf("%+v", got)
	}
	push(t, r, "tidy", "3", "canary")
	if got := next(t, mine); got.Version != "3" {
		t.Errorf("%+v", got)
	}
}

// However fast a track moves, and however slowly that is received, the last state is
// told, and none after a newer one.
func TestWatchSlowly(t *testing.T) {
	t.Parallel()
	r := fresh(t)
	r.opts.Reread = 20 * time.Millisecond // which is as if it was told again and again
	updates := watching(t, r, "")
	for i := range 100 {
		b := script(t, "tidy", strconv.Itoa(i%3))
		if _, err := r.Push(testContext(t), b, strconv.Itoa(i%3), "stable"); err != nil {
			t.Fatal(err)
		}
	}
	last := Track{}
	now, err := r.Track(testContext(t), "tidy", "stable")
	if err != nil {
		t.Fatal(err)
	}
	for last.Revision < now.Revision {
		got := next(t, updates)
		if got.Revision <= last.Revision {
			t.Fatalf("%+v after %+v", got, last)
		}
		last = got
	}
	// And nothing is told twice: what comes next is new.
	push(t, r, "tidy", "new", "stable")
	if got := next(t, updates); got.Version != "new" {
		t.Errorf("%+v", got)
	}
}

// A logs is a log that tests can look at.
type logs struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// After the broker was restarted, moves are told as soon as the connection is back, and
// not when its library has noticed that the subscription is dead.
func TestWatchAcrossRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keep := &server.Options{StoreDir: dir}
	s := brokertest.Start(t, func(o *server.Options) { o.StoreDir = dir })
	log := new(logs)
	o := signed(t)
	o.Logger = slog.New(slog.NewTextHandler(log, nil))
	o.Reread = testTime * 10 // which is never
	nc := brokertest.Connect(t, s, nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond), nats.ReconnectJitter(0, 0))
	r := open(t, nc, o)
	updates := watching(t, r, "")
	version := 0
	again := func() {
		t.Helper()
		version++
		v := strconv.Itoa(version)
		// Others move it, by a connection of their own: that of the watch need not be
		// back yet.
		mover := open(t, brokertest.Connect(t, s), o)
		push(t, mover, "tidy", v, "stable")
		if got := next(t, updates); got.Version != v {
			t.Errorf("%+v, want %s", got, v)
		}
	}
	again()
	for range 3 {
		s.Shutdown()
		s.WaitForShutdown()
		s = restart(t, s, keep)
		begun := time.Now()
		again()
		t.Log("told", time.Since(begun), "after the broker was there again")
	}
}

// Once the connection is back all tracks are read again, whatever becomes of the
// subscription, and not when it is time for that anyway.
func TestWatchReadsAgainWhenBack(t *testing.T) {
	t.Parallel()
	s := brokertest.Start(t, nil)
	link := brokertest.NewProxy(t, s.Addr().String())
	nc, err := nats.Connect(link.URL(), nats.Timeout(testTime), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond), nats.ReconnectJitter(0, 0), nats.IgnoreDiscoveredServers())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	o := signed(t)
	o.Reread = testTime * 10 // which is never
	r := open(t, nc, o)
	push(t, r, "tidy", "1", "stable")
	// Whoever reads all tracks asks for this first.
	watcher := brokertest.Connect(t, s)
	asked, err := watcher.SubscribeSync("$JS.API.STREAM.INFO.KV_" + Bucket)
	if err == nil {
		err = watcher.Flush() // or it may be asked before the broker knows that it is listened to
	}
	if err != nil {
		t.Fatal(err)
	}
	reads := func() {
		t.Helper()
		if _, err := asked.NextMsg(testTime); err != nil {
			t.Fatalf("the tracks are not read: %v", err)
		}
	}
	updates := watching(t, r, "")
	reads()
	if got := next(t, updates); got.Version != "1" {
		t.Errorf("%+v", got)
	}
	for range 2 {
		link.Cut()
		link.Open()
		reads()
	}
}

// What is read again from time to time tells of what the subscription has not.
func TestWatchRereads(t *testing.T) {
	t.Parallel()
	r := fresh(t)
	push(t, r, "tidy", "1", "stable")
	ctx, cancel := context.WithCancel(testContext(t))
	defer cancel()
	w := &watch{r: r, pattern: "*.t.*", out: make(chan Track), known: make(map[string]Track)}
	go func() {
		defer close(w.out)
		for ctx.Err() == nil {
			updates, end, err := w.begin(ctx)
			if err != nil {
				t.Error(err)
				return
			}
			defer end()
			for e := range updates.Updates() {
				if e == nil {
					break
				}
				w.take(e)
			}
			stop(updates) // from now on it is told of nothing
			w.follow(ctx, nil, nil, 10*time.Millisecond)
		}
	}()
	if got := next(t, w.out); got.Version != "1" {
		t.Errorf("%+v", got)
	}
	push(t, r, "tidy", "2", "stable")
	if got := next(t, w.out); got.Version != "2" {
		t.Errorf("%+v", got)
	}
}

// A broker that has lost all is another one: what is there now counts, and what is gone
// is told to be.
func TestWatchAnotherBucket(t *testing.T) {
	t.Parallel()
	r, ctx := fresh(t), testContext(t)
	r.opts.Reread = 20 * time.Millisecond
	for i := range 5 {
		push(t, r, "tidy", strconv.Itoa(i), "stable")
	}
	push(t, r, "gone", "1", "stable")
	updates := watching(t, r, "")
	for seen := map[string]bool{}; len(seen) < 2; {
		seen[next(t, updates).Plugin] = true
	}
	if err := r.js.DeleteKeyValue(ctx, Bucket); err != nil {
		t.Fatal(err)
	}
	again := open(t, r.nc, r.opts)
	push(t, again, "tidy", "new", "stable") // with a smaller revision
	for tidy, gone := false, false; !tidy || !gone; {
		got := next(t, updates)
		tidy = tidy || got.Plugin == "tidy" && got.Version == "new"
		gone = gone || got.Plugin == "gone" && got.Version == ""
	}
}

// A watch ends with its context, and with the connection, and leaves nothing.
func TestWatchEnds(t *testing.T) {
	t.Parallel()
	r := fresh(t)
	r.opts.Reread = testTime * 10     // which is never
	push(t, r, "tidy", "1", "stable") // which nobody receives
	ctx, cancel := context.WithCancel(testContext(t))
	one, err := r.Watch(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	two, err := r.Watch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	ended := func(updates <-chan Track) {
		t.Helper()
		late := time.After(testTime)
		for {
			select {
			case _, open := <-updates:
				if !open {
					return
				}
			case <-late:
				t.Fatal("the watch goes on")
			}
		}
	}
	next(t, one)
	cancel()
	ended(one)
	next(t, two)
	r.nc.Close()
	ended(two)
}

// That the broker does not answer is told once.
func TestWatchTells(t *testing.T) {
	t.Parallel()
	s := brokertest.Start(t, nil)
	log := new(logs)
	o := signed(t)
	o.Logger, o.Reread = slog.New(slog.NewTextHandler(log, nil)), 10*time.Millisecond
	nc := brokertest.Connect(t, s, nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	r := open(t, nc, o)
	watching(t, r, "")
	s.Shutdown()
	s.WaitForShutdown()
	for begun := time.Now(); !strings.Contains(log.String(), "the registry cannot be read"); time.Sleep(time.Millisecond) {
		if time.Since(begun) > testTime {
			t.Fatal("nothing is told")
		}
	}
}

// A told has a token for each record that is logged.
type told chan struct{}

func (told) Enabled(context.Context, slog.Level) bool { return true }
func (t told) WithAttrs([]slog.Attr) slog.Handler     { return t }
func (t told) WithGroup(string) slog.Handler          { return t }

func (t told) Handle(context.Context, slog.Record) error {
	select {
	case t <- struct{}{}:
	default:
	}
	return nil
}

// What is asked in vain, as of a cluster without a leader, is asked again. Here the broker
// does not answer who may not ask.
func TestWatchAskedInVain(t *testing.T) {
	t.Parallel()
	who := func(denied ...string) []*server.User {
		return []*server.User{
			{Username: "ada", Password: "x"},
			{Username: "one", Password: "x", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: denied}}},
		}
	}
	options := new(server.Options)
	b := brokertest.Start(t, func(o *server.Options) {
		o.Users = who("$JS.API.CONSUMER.CREATE.>")
		options = o.Clone()
	})
	ada := open(t, brokertest.Connect(t, b, nats.UserInfo("ada", "x")), signed(t))
	push(t, ada, "tidy", "1", "stable")
	log := make(told, 1)
	nc := brokertest.Connect(t, b, nats.UserInfo("one", "x"), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	// A deadline is not how long an answer is waited for.
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	moves, err := open(t, nc, Options{Logger: slog.New(log)}).Watch(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-log:
	case <-time.After(testTime):
		t.Fatal("it waits for an answer without an end")
	}
	options.Users = who()
	if err := b.ReloadOptions(options); err != nil {
		t.Fatal(err)
	}
	if got := next(t, moves); got.Version != "1" {
		t.Errorf("%+v", got)
	}
}
