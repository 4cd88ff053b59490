package jobs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/internal/brokertest"
)

// holdJobs has a worker of the queue begin some jobs, whose calls do not return until end is
// called, which ends the worker, too.
func holdJobs(t *testing.T, q *Queue, o WorkOptions) (ids []string, end func()) {
	t.Helper()
	const n = 3
	runs, release := make(chan struct{}, n), make(chan struct{})
	stop := work(t, q, o, func(context.Context, string, []any) ([]any, error) {
		runs <- struct{}{}
		<-release
		return []any{"first"}, nil
	})
	for range n {
		ids = append(ids, submit(t, q, Job{}))
	}
	for range n {
		<-runs
	}
	return ids, func() {
		close(release)
		stop()
	}
}

// answeredAgain fails the test unless each of the jobs is answered with "second", by its second
// attempt. A cluster may have to elect who leads them first.
func answeredAgain(t *testing.T, q *Queue, ids []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for _, id := range ids {
		if r, err := q.Result(ctx, id, true); err != nil || fmt.Sprint(r.Results) != "[second]" || r.Attempts != 2 {
			t.Errorf("%+v, %v", r, err)
		}
	}
}

// Jobs that a process had which was killed come again to the one that is started in its place,
// by its notes: the broker would wait for an hour here.
func TestNotes(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, nil)
	notes := filepath.Join(t.TempDir(), "state", "jobs")
	nc := brokertest.Connect(t, b)
	killed := queue(t, nc, Options{Notes: notes})
	o := WorkOptions{Attempts: 2, ack: time.Hour}
	ids, end := holdJobs(t, killed, o)
	nc.Close() // as much of its end as the broker sees
	q := queue(t, brokertest.Connect(t, b), Options{Notes: notes})
	work(t, q, o, answer("second"))
	answeredAgain(t, q, ids)
	end()
	// Of what has ended there is no note.
	brokertest.Await(t, func() bool {
		left, err := os.ReadDir(notes)
		return err == nil && len(left) == 0
	})
}

// What was noted so long ago that somebody else may have the job is not given back, and what
// is no note neither.
func TestOldNotes(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, nil)
	nc := brokertest.Connect(t, b)
	queue(t, nc, Options{})
	told, err := nc.SubscribeSync(">")
	if err == nil {
		err = nc.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	notes, now := t.TempDir(), time.Now()
	for name, note := range map[string]struct {
		text string
		age  time.Duration
	}{
		"1": {ackSubjects + "RPC_JOBS.none.1.1.1.1.1", time.Second},
		"2": {ackSubjects + "RPC_JOBS.old.1.1.1.1.1", ackTime},
		"3": {ackSubjects + "RPC_JOBS.future.1.1.1.1.1", -time.Hour},
		"4": {"rpc.tidy.stable", time.Second},
	} {
		file := filepath.Join(notes, name)
		if err := os.WriteFile(file, []byte(note.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, now.Add(-note.age), now.Add(-note.age)); err != nil {
			t.Fatal(err)
		}
	}
	other := brokertest.Connect(t, b)
	q := queue(t, other, Options{})
	q.notes = notes
	if err := q.takeBack(now); err != nil {
		t.Fatal(err)
	}
	if err := other.Publish("end", nil); err != nil {
		t.Fatal(err)
	}
	var got []*nats.Msg
	for {
		m, err := told.NextMsg(time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if m.Subject == "end" {
			break
		}
		if string(m.Data) == "-NAK" {
			got = append(got, m)
		}
	}
	if len(got) != 1 || got[0].Subject != ackSubjects+"RPC_JOBS.none.1.1.1.1.1" {
		t.Errorf("%d jobs were given back: %v", len(got), got)
	}
	if left, err := os.ReadDir(notes); err != nil || len(left) != 0 {
		t.Errorf("%v, %v", left, err)
	}
	file := filepath.Join(notes, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), nc, Options{Notes: file}); err == nil {
		t.Error("notes in a file")
	}
}

// What nobody has heard, as nobody leads the jobs, is told again until somebody has, or a note
// is too old.
func TestTakenBackAgain(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, nil)
	nc := brokertest.Connect(t, b)
	q := queue(t, nc, Options{})
	notes := t.TempDir()
	q.notes = notes
	const leaderless, old = ackSubjects + "RPC_JOBS.leaderless.1.1.1.1.1", ackSubjects + "RPC_JOBS.old.1.1.1.1.1"
	now := time.Now()
	for subject, age := range map[string]time.Duration{leaderless: 0, old: q.noteTime - time.Millisecond} {
		file := filepath.Join(notes, subject)
		if err := os.WriteFile(file, []byte(subject), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, now, now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	sent := func() uint64 { return nc.Stats().OutMsgs }
	if err := q.takeBack(now); err != nil {
		t.Fatal(err)
	}
	first := sent()
	brokertest.Await(t, func() bool { return sent() >= first+2 }) // in vain
	// Now there is somebody.
	leader := brokertest.Connect(t, b)
	told, err := leader.SubscribeSync(ackSubjects + ">")
	if err == nil {
		err = leader.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	m, err := told.NextMsg(time.Minute)
	if err != nil || m.Subject != leaderless || string(m.Data) != "-NAK" {
		t.Fatalf("%+v, %v", m, err)
	}
	if err := m.Respond([]byte("+ACK")); err != nil {
		t.Fatal(err)
	}
	brokertest.Await(t, func() bool { return nc.NumSubscriptions() == 1 }) // that for answers to requests: it is done
	if n, _, err := told.Pending(); n != 0 || err != nil {
		t.Errorf("it was told %d times more, %v", n, err)
	}
}

// Where all brokers of a cluster were killed with the process that had jobs, nobody leads them
// for a while after it is started anew: they come all the same then. The brokers would wait for
// an hour here.
func TestNotesInCluster(t *testing.T) {
	t.Parallel()
	c := brokertest.StartCluster(t, 3, "")
	notes := filepath.Join(t.TempDir(), "jobs")
	o := WorkOptions{Attempts: 2, ack: time.Hour}
	nc := c.Connect()
	killed := queue(t, nc, Options{Replicas: 3, Notes: notes})
	ids, end := holdJobs(t, killed, o)
	c.WaitReady() // what was delivered is known to all
	nc.Close()
	c.KillAll()
	c.StartAll()
	again := c.Connect()
	var q *Queue
	awaitCluster(t, func() bool {
		var err error
		if q, err = Open(patient(t), again, Options{Notes: notes, ack: time.Hour}); err != nil && !unanswered(err) {
			t.Fatal(err)
		}
		return err == nil
	})
	work(t, q, o, answer("second"))
	answeredAgain(t, q, ids)
	end()
}
