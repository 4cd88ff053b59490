package instance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/fleet/jobs"
	"scripthost.example/host"
)

// jobStage is a stage with a queue of jobs.
func jobStage(t *testing.T) (*stage, *jobs.Queue) {
	t.Helper()
	s := newStage(t)
	q, err := jobs.Open(t.Context(), s.caller, jobs.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	return s, q
}

func (s *stage) submit(q *jobs.Queue, args ...any) string {
	s.t.Helper()
	id, _, err := q.Submit(s.t.Context(), jobs.Job{Plugin: "tidy", Args: args})
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func result(t *testing.T, q *jobs.Queue, id string) jobs.Result {
	t.Helper()
	r, err := q.Result(patience(t), id, true)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// attempt waits for the next attempt.
func attempt(t *testing.T, attempts chan jobs.Attempt) jobs.Attempt {
	t.Helper()
	select {
	case a := <-attempts:
		return a
	case <-time.After(time.Minute):
		t.Fatal("there was no attempt within a minute")
	}
	return jobs.Attempt{}
}

// An announced has a token for each time that a script has logged that it begins.
type announced chan struct{}

func (announced) Enabled(context.Context, slog.Level) bool { return true }
func (a announced) WithAttrs([]slog.Attr) slog.Handler     { return a }
func (a announced) WithGroup(string) slog.Handler          { return a }

func (a announced) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "it begins" {
		a <- struct{}{}
	}
	return nil
}

func (a announced) await(t *testing.T) {
	t.Helper()
	select {
	case <-a:
	case <-time.After(time.Minute):
		t.Fatal("it has not begun within a minute")
	}
}

// While a call has the only slot of an instance, all jobs are run by the other one, and
// none is tried in vain.
func TestJobsGoWhereSlotsAre(t *testing.T) {
	t.Parallel()
	s, q := jobStage(t)
	services := make(chan *fleet.Service, 2)
	o := Options{Jobs: q, Slots: 1, Attempts: 1, Drain: 100 * time.Millisecond, OnService: func(s *fleet.Service) { services <- s }}
	s.start(o)
	s.start(o)
	s.push("function run(x) if x == 'wait' then sleep(600) end return x end", "", "1", fleet.Stable)
	both := []*fleet.Service{<-services, <-services}
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		defer close(done)
		_, _ = fleet.Client(s.caller, "tidy").Call(ctx, "wait") // it is cancelled
	}()
	running := func() (n int) {
		for _, s := range both {
			n += s.Snapshot().Stats.Running
		}
		return n
	}
	brokertest.Await(t, func() bool { return running() == 1 })
	for i := range 10 {
		if r := result(t, q, s.submit(q, fmt.Sprint(i))); r.Err != nil || fmt.Sprint(r.Results) != fmt.Sprint([]any{fmt.Sprint(i)}) || r.Attempts != 1 {
			t.Errorf("%+v", r)
		}
	}
	if running() != 1 {
		t.Error("the call has ended")
	}
	// And a call finds no slot where a job has it.
	atWork := func() int { return both[0].Snapshot().Stats.Jobs + both[1].Snapshot().Stats.Jobs }
	brokertest.Await(t, func() bool { return atWork() == 0 }) // results come before slots are given back
	id := s.submit(q, "wait")
	brokertest.Await(t, func() bool { return atWork() == 1 })
	c := fleet.Client(s.caller, "tidy", fleet.Patience(0))
	if _, err := c.Call(patience(t), "x"); !errors.Is(err, host.ErrBusy) {
		t.Errorf("%v", err)
	}
	if _, err := q.Result(patience(t), id, false); !errors.Is(err, jobs.ErrNoResult) {
		t.Errorf("%v", err)
	}
	cancel()
	<-done
	if r := result(t, q, s.submit(q, "last")); r.Err != nil || r.Attempts != 1 {
		t.Errorf("%+v", r)
	}
}

// A job is tried again where its worker dies, by the version that is served then.
func TestWorkerDiesInJob(t *testing.T) {
	t.Parallel()
	s, q := jobStage(t)
	attempts, began := make(chan jobs.Attempt, 10), make(chan fleet.CallRecord, 10)
	begins := make(announced, 10)
	s.start(Options{Jobs: q, Workers: 1, Logger: slog.New(begins), ObserveJob: func(a jobs.Attempt) { attempts <- a }, Observe: func(r fleet.CallRecord) { began <- r }})
	s.push("function run(x) if x == 'wait' then log.info('it begins') sleep(10) error('in vain') end return x end", "", "1", fleet.Stable)
	if err := s.moved("1", fleet.Stable); err != nil {
		t.Fatal(err)
	}
	if _, err := s.call("x"); err != nil {
		t.Fatal(err)
	}
	worker, err := os.FindProcess((<-began).Info.PID)
	if err != nil {
		t.Fatal(err)
	}
	id := s.submit(q, "wait")
	begins.await(t)
	all := s.instances(1)
	if len(all) != 1 || all[0].Stats.Jobs != 1 {
		t.Fatal(all)
	}
	if err := worker.Kill(); err != nil {
		t.Fatal(err)
	}
	a := attempt(t, attempts)
	if a.Job != id || a.Became != jobs.Again || !errors.As(a.Err, new(*host.ExitError)) || a.Code != 502 || a.Number != 1 || a.Version != "1" || a.Instance != all[0].ID || a.Took <= 0 {
		t.Errorf("%+v", a)
	}
	s.push("function run(x) return 'well' end", "", "2", fleet.Stable)
	r := result(t, q, id)
	if r.Err != nil || fmt.Sprint(r.Results) != "[well]" || r.Attempts < 2 {
		t.Errorf("%+v", r)
	}
	for a.Became == jobs.Again {
		a = attempt(t, attempts)
	}
	if a.Became != jobs.Answered || a.Version != "2" || a.Number != r.Attempts || a.Info.PID == 0 {
		t.Errorf("%+v", a)
	}
}

// A job that an instance has when it ends is finished there; one that takes longer than
// it may is finished elsewhere.
func TestJobsDrain(t *testing.T) {
	t.Parallel()
	s, q := jobStage(t)
	folder := t.TempDir()
	source := `function run(x)
	log.info('it begins')
	if x == 'wait' then sleep(600) end
	while not io.open("` + folder + `/tidy/go") do sleep(0.01) end
	return x
end`
	begins := make(announced, 10)
	attempts := make(chan jobs.Attempt, 10)
	o := Options{Folder: folder, Jobs: q, Drain: time.Minute, Logger: slog.New(begins), ObserveJob: func(a jobs.Attempt) { attempts <- a }}
	stop := s.start(o)
	s.push(source, "allow-read = [\"go\"]\n", "1", fleet.Stable)
	if err := s.moved("1", fleet.Stable); err != nil {
		t.Fatal(err)
	}
	short := s.submit(q, "short")
	begins.await(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		stop()
	}()
	brokertest.Await(t, func() bool { // it takes nothing more
		_, err := fleet.Client(s.caller, "tidy", fleet.Patience(0)).Function("missing").Call(patience(t))
		return errors.Is(err, fleet.ErrNoInstance)
	})
	if err := os.WriteFile(folder+"/tidy/go", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	<-ended
	if r, err := q.Result(patience(t), short, false); err != nil || r.Err != nil || r.Attempts != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if a := attempt(t, attempts); a.Became != jobs.Answered {
		t.Errorf("%+v, want %s", a, jobs.Answered)
	}

	o.Drain = 10 * time.Millisecond
	stop = s.start(o)
	if err := s.moved("1", fleet.Stable); err != nil {
		t.Fatal(err)
	}
	long := s.submit(q, "wait")
	begins.await(t)
	stop()
	if a := attempt(t, attempts); a.Became != jobs.Again {
		t.Errorf("%+v, want %s", a, jobs.Again)
	}
	s.push("function run(x) return 'second' end", "", "2", fleet.Stable)
	s.start(o)
	if r := result(t, q, long); r.Err != nil || fmt.Sprint(r.Results) != "[second]" || r.Attempts != 2 {
		t.Errorf("%+v", r)
	}
}
