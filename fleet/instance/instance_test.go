package instance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/child"
	"scripthost.example/fleet"
	"scripthost.example/fleet/bundle"
	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/fleet/jobs"
	"scripthost.example/fleet/registry"
	"scripthost.example/host"
	"scripthost.example/js"
	"scripthost.example/lua"
)

func TestMain(m *testing.M) {
	child.Enter(lua.Engine(), js.Engine())
	os.Exit(m.Run())
}

// A stage is a broker with a registry, for a test.
type stage struct {
	t      testing.TB
	caller *nats.Conn
	reg    *registry.Registry
	url    string
	moves  chan move
}

type move struct {
	registry.Track
	err error
}

var trust = bundle.Trust{Unsigned: true}

func newStage(t testing.TB) *stage {
	b := brokertest.Start(t, nil)
	s := &stage{t: t, caller: brokertest.Connect(t, b), url: b.ClientURL(), moves: make(chan move, 1000)}
	reg, err := registry.Open(t.Context(), s.caller, registry.Options{Create: true, Trust: trust})
	if err != nil {
		t.Fatal(err)
	}
	s.reg = reg
	return s
}

// start starts an instance and returns what ends it.
func (s *stage) start(o Options) (stop func()) {
	s.t.Helper()
	nc, err := nats.Connect(s.url, nats.Timeout(time.Minute))
	if err != nil {
		s.t.Fatal(err)
	}
	reg, err := registry.Open(s.t.Context(), nc, registry.Options{Trust: trust})
	if err != nil {
		s.t.Fatal(err)
	}
	if o.OnMove == nil {
		o.OnMove = func(t registry.Track, err error) { s.moves <- move{t, err} }
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, nc, reg, o) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
		nc.Close()
	})
	s.t.Cleanup(stop)
	return stop
}

// push pushes a script as a version.
func (s *stage) push(source, settings, version, track string) {
	s.t.Helper()
	c := bundle.Contents{Plugin: "tidy", Script: "tidy.lua", Files: map[string][]byte{"tidy.lua": []byte(source), "part.lua": []byte("return 'part'")}}
	if settings != "" {
		c.Settings = []byte(settings)
	}
	b, err := bundle.New(c)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.reg.Push(s.t.Context(), b, version, track); err != nil {
		s.t.Fatal(err)
	}
}

// moved waits until a track has become what was pushed, and returns why not.
func (s *stage) moved(version, track string) error {
	s.t.Helper()
	timeout := time.After(time.Minute)
	for {
		select {
		case m := <-s.moves:
			if m.Version == version && m.Name == track {
				return m.err
			}
		case <-timeout:
			s.t.Fatalf("%s is not at %s within a minute", track, version)
		}
	}
}

// js is the registry's store.
func (s *stage) js() jetstream.JetStream {
	s.t.Helper()
	js, err := jetstream.New(s.caller)
	if err != nil {
		s.t.Fatal(err)
	}
	return js
}

// instances are those that show themselves: at least so many, and one. On a busy machine
// they may take longer than fleet.Instances waits for them.
func (s *stage) instances(expected int) (all []fleet.Instance) {
	s.t.Helper()
	brokertest.Await(s.t, func() bool {
		var err error
		if all, err = fleet.Instances(s.t.Context(), s.caller, "tidy", expected); err != nil {
			s.t.Fatal(err)
		}
		return len(all) >= max(expected, 1)
	})
	return all
}

func (s *stage) call(args ...any) (string, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Minute)
	defer cancel()
	out, err := fleet.Client(s.caller, "tidy").Call(ctx, args...)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(out...), nil
}

// What is pushed is served, with its files; what does not load changes nothing.
func TestPush(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start(Options{})
	if _, err := s.call(); !errors.Is(err, fleet.ErrNoInstance) {
		t.Errorf("%v", err)
	}
	s.push("local part = require('part') function run() return part .. ' 1' end", "", "1", fleet.Stable)
	if err := s.moved("1", fleet.Stable); err != nil {
		t.Fatal(err)
	}
	if got, err := s.call(); got != "part 1" || err != nil {
		t.Error(got, err)
	}
	s.push("function run( return 2 end", "", "2", fleet.Stable)
	var script *host.ScriptError
	if err := s.moved("2", fleet.Stable); !errors.As(err, &script) {
		t.Fatalf("%#v", err)
	}
	if got, err := s.call(); got != "part 1" || err != nil {
		t.Error(got, err)
	}
	if all := s.instances(1); len(all) != 1 || all[0].Version != "1" || all[0].Stats.Wanted != "2" || !strings.HasPrefix(all[0].Stats.Problem, "tidy.lua:1") {
		t.Errorf("%+v", all)
	}
	s.push("function run() return 3 end", "", "3", fleet.Stable)
	if err := s.moved("3", fleet.Stable); err != nil {
		t.Fatal(err)
	}
	if got, err := s.call(); got != "3" || err != nil {
		t.Error(got, err)
	}
	if _, err := s.reg.Rollback(t.Context(), "tidy", fleet.Stable, "1"); err != nil {
		t.Fatal(err)
	}
	if err := s.moved("1", fleet.Stable); err != nil {
		t.Fatal(err)
	}
	if got, err := s.call(); got != "part 1" || err != nil {
		t.Error(got, err)
	}
}

// Where the connection is closed for good, what runs is finished, and Run says why it has
// ended.
func TestConnectionClosed(t *testing.T) {
	t.Parallel()
	for _, apart := range []bool{false, true} { // the registry may have a connection of its own
		t.Run(fmt.Sprint("apart=", apart), func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			q, err := jobs.Open(t.Context(), s.caller, jobs.Options{Create: true})
			if err != nil {
				t.Fatal(err)
			}
			nc, err := nats.Connect(s.url, nats.Timeout(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			reg := s.reg
			if !apart {
				if reg, err = registry.Open(t.Context(), nc, registry.Options{Trust: trust}); err != nil {
					t.Fatal(err)
				}
			}
			ended := make(chan error, 1)
			var service *fleet.Service
			go func() {
				ended <- Run(t.Context(), nc, reg, Options{
					Jobs: q, OnService: func(s *fleet.Service) { service = s },
					OnMove: func(t registry.Track, err error) { s.moves <- move{t, err} },
				})
			}()
			s.push("function run() return 1 end", "", "1", fleet.Stable)
			if err := s.moved("1", fleet.Stable); err != nil {
				t.Fatal(err)
			}
			nc.Close()
			select {
			case err := <-ended:
				if !errors.Is(err, fleet.ErrDisconnected) {
					t.Errorf("%v", err)
				}
			case <-time.After(time.Minute):
				t.Fatal("it goes on without a connection")
			}
			select {
			case <-service.Done():
			default:
				t.Error("the service goes on")
			}
			if err := Run(t.Context(), nc, reg, Options{}); !errors.Is(err, fleet.ErrDisconnected) {
				t.Errorf("begun without a connection: %v", err)
			}
		})
	}
}

// Who asks for instances sees one that is about to serve its first version.
func TestAnnounced(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	loads := make(chan struct{})
	load := sync.OnceFunc(func() { close(loads) })
	defer load()
	s.start(Options{Worker: func(*host.Script) string { <-loads; return "" }})
	s.push("function run() return 1 end", "", "1", fleet.Stable)
	is := func(version, wanted string) func() bool {
		return func() bool {
			all, err := fleet.Instances(t.Context(), s.caller, "tidy", 1)
			return err == nil && len(all) == 1 && all[0].Version == version && all[0].Stats.Wanted == wanted && all[0].Stats.Problem == ""
		}
	}
	brokertest.Await(t, is("", "1"))
	load()
	brokertest.Await(t, is("1", ""))
	if all := s.instances(0); len(all) != 1 {
		t.Errorf("%+v", all)
	}
}

// A version that does not load is tried again.
func TestRetry(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	folder := t.TempDir()
	s.start(Options{Folder: folder, Retry: 10 * time.Millisecond})
	s.push(`local f = io.open("`+folder+`/tidy/ready") if not f then error("not yet") end f:close() function run() return "ready" end`, "allow-read = [\"ready\"]\n", "1", fleet.Stable)
	if err := s.moved("1", fleet.Stable); err == nil || !strings.Contains(err.Error(), "not yet") {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder+"/tidy/ready", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for s.moved("1", fleet.Stable) != nil {
	}
	if got, err := s.call(); got != "ready" || err != nil {
		t.Error(got, err)
	}
}

// Jobs are run by what is served, those of an instance that ended before they came too.
func TestJobs(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	q, err := jobs.Open(t.Context(), s.caller, jobs.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	id, _, err := q.Submit(t.Context(), jobs.Job{Plugin: "tidy", Args: []any{"x"}})
	if err != nil {
		t.Fatal(err)
	}
	stop := s.start(Options{Jobs: q})
	s.push("function run(x) return x .. ' done' end", "", "1", fleet.Stable)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if r, err := q.Result(ctx, id, true); err != nil || fmt.Sprint(r.Results) != "[x done]" {
		t.Errorf("%+v, %v", r, err)
	}
	stop()
	if id, _, err = q.Submit(ctx, jobs.Job{Plugin: "tidy", Args: []any{"y"}}); err != nil {
		t.Fatal(err)
	}
	s.start(Options{Jobs: q})
	if r, err := q.Result(ctx, id, true); err != nil || fmt.Sprint(r.Results) != "[y done]" {
		t.Errorf("%+v, %v", r, err)
	}
}

// No call waits for the worker of one instance while that of another is idle: unless told
// otherwise, an instance takes no more calls than its workers can have.
func TestNoCallWaits(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	services := make(chan *fleet.Service, 2)
	o := Options{Workers: 1, Drain: 10 * time.Millisecond, OnService: func(s *fleet.Service) { services <- s }}
	s.start(o)
	s.start(o)
	s.push("function run(x) if x == 'wait' then sleep(600) end return x end", "", "1", fleet.Stable)
	both := []*fleet.Service{<-services, <-services}
	running := func(n int) func() bool {
		return func() bool { return both[0].Snapshot().Stats.Running+both[1].Snapshot().Stats.Running == n }
	}
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	defer waiting.Wait()
	defer cancel()
	hold := func() {
		waiting.Go(func() { _, _ = fleet.Client(s.caller, "tidy").Call(ctx, "wait") }) // it is cancelled
	}
	hold()
	brokertest.Await(t, running(1))
	for range 20 {
		if got, err := s.call("x"); got != "x" || err != nil {
			t.Fatal(got, err)
		}
	}
	brokertest.Await(t, running(1)) // what has been answered has left
	hold()
	brokertest.Await(t, running(2))
	if _, err := fleet.Client(s.caller, "tidy", fleet.Patience(0)).Call(patience(t), "x"); !errors.Is(err, host.ErrBusy) {
		t.Errorf("%v", err)
	}
	for _, s := range both {
		if slots := s.Snapshot().Stats.Slots; slots != 1 {
			t.Errorf("%d slots for one worker", slots)
		}
	}
}

// A track with a weight has that many of the calls.
func TestCanary(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start(Options{})
	s.push("function run() return 'old' end", "", "1", fleet.Stable)
	if err := s.moved("1", fleet.Stable); err != nil {
		t.Fatal(err)
	}
	s.push("function run() return 'new' end", "", "2", "canary")
	if err := s.moved("2", "canary"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.call(); got != "old" || err != nil {
		t.Error(got, err)
	}
	if got, err := fleet.Client(s.caller, "tidy", fleet.CallTrack("canary")).Call(t.Context()); fmt.Sprint(got...) != "new" || err != nil {
		t.Error(got, err)
	}
	if _, err := s.reg.SetWeight(t.Context(), "tidy", "canary", 50); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for end := time.Now().Add(time.Minute); len(seen) < 2 && time.Now().Before(end); {
		got, err := s.call()
		if err != nil {
			t.Fatal(err)
		}
		seen[got] = true
	}
	if !seen["old"] || !seen["new"] {
		t.Error(seen)
	}
	if _, err := s.reg.Promote(t.Context(), "tidy", "canary", fleet.Stable); err != nil {
		t.Fatal(err)
	}
	if err := s.moved("2", fleet.Stable); err != nil {
		t.Fatal(err)
	}
	if got, err := s.call(); got != "new" || err != nil {
		t.Error(got, err)
	}
}

// Each of several tracks has the calls that its weight says.
func TestSeveralCanaries(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start(Options{})
	for version, track := range map[string]string{"1": fleet.Stable, "2": "alpha", "3": "beta"} {
		s.push("function run() return "+version+" end", "", version, track)
		if err := s.moved(version, track); err != nil {
			t.Fatal(err)
		}
	}
	for _, track := range []string{"alpha", "beta"} {
		if _, err := s.reg.SetWeight(t.Context(), "tidy", track, 40); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for end := time.Now().Add(time.Minute); len(seen) < 3 && time.Now().Before(end); {
		got, err := s.call()
		if err != nil {
			t.Fatal(err)
		}
		seen[got] = true
	}
	if len(seen) < 3 {
		t.Errorf("%v have calls", seen)
	}
}

// Twenty versions, one of which does not load, and instances that end and start, under
// load: no call fails.
func TestPushesUnderLoad(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.push("function run() return 0 end", "", "0", fleet.Stable)
	stops := []func(){s.start(Options{Workers: 2}), s.start(Options{Workers: 2})}
	for range stops {
		if err := s.moved("0", fleet.Stable); err != nil {
			t.Fatal(err)
		}
	}
	var (
		all   sync.WaitGroup
		calls atomic.Int64
		done  = make(chan struct{})
	)
	for range 8 {
		all.Go(func() {
			c := fleet.Client(s.caller, "tidy")
			for {
				select {
				case <-done:
					return
				default:
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				if _, err := c.Call(ctx); err != nil {
					t.Error(err)
					cancel()
					return
				}
				cancel()
				calls.Add(1)
			}
		})
	}
	for n := 1; n <= 20; n++ {
		version := fmt.Sprint(n)
		source := "function run() return " + version + " end"
		if n == 7 {
			source = "function run( return end"
		}
		s.push(source, "", version, fleet.Stable)
		for range stops {
			if err := s.moved(version, fleet.Stable); (err != nil) != (n == 7) {
				t.Errorf("version %d: %v", n, err)
			}
		}
		if n%7 == 5 { // a rolling restart, three times
			for i := range stops {
				stops[i]()
				stops[i] = s.start(Options{Workers: 2})
				if err := s.moved(version, fleet.Stable); err != nil {
					t.Error(err)
				}
			}
		}
	}
	close(done)
	all.Wait()
	if calls.Load() < 100 {
		t.Errorf("%d calls only", calls.Load())
	}
	t.Logf("%d calls, none failed", calls.Load())
}

// patience bounds what a test waits for.
func patience(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// Where not even the first version of a track can be served, the instance shows itself and
// the reason, until the track is served or gone.
func TestFirstVersionBroken(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start(Options{})
	only := func() fleet.Instance {
		t.Helper()
		all := s.instances(0)
		if len(all) != 1 {
			t.Fatalf("%+v", all)
		}
		return all[0]
	}
	for _, version := range []string{"1", "2"} {
		s.push("function run( return "+version+" end", "", version, fleet.Stable)
		if err := s.moved(version, fleet.Stable); err == nil {
			t.Fatal("it is served")
		}
		if i := only(); i.Track != fleet.Stable || i.Version != "" || i.Stats.Wanted != version || !strings.Contains(i.Stats.Problem, "tidy.lua:1") {
			t.Errorf("%+v", i)
		}
	}
	s.push("function run() return 3 end", "", "3", fleet.Stable)
	if err := s.moved("3", fleet.Stable); err != nil {
		t.Fatal(err)
	}
	if i := only(); i.Version != "3" || i.Stats.Wanted != "" || i.Stats.Problem != "" {
		t.Errorf("%+v", i)
	}
	s.push("function run( return 4 end", "", "4", "canary")
	if err := s.moved("4", "canary"); err == nil {
		t.Fatal("it is served")
	}
	if all := s.instances(2); len(all) != 2 || all[0].Track != "canary" || all[0].Stats.Wanted != "4" {
		t.Errorf("%+v", all)
	}
	kv, err := s.js().KeyValue(t.Context(), registry.Bucket)
	if err != nil {
		t.Fatal(err)
	}
	if err := kv.Delete(t.Context(), "tidy.t.canary"); err != nil {
		t.Fatal(err)
	}
	if err := s.moved("", "canary"); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; { // the broker hears of it in a moment
		all, err := fleet.Instances(t.Context(), s.caller, "tidy", 0)
		if err == nil && len(all) == 1 && all[0].Track == fleet.Stable {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%+v, %v", all, err)
		}
	}
}
