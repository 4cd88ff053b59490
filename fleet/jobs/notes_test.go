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

// Jobs that a process had which was killed come again to the one that is started in its place,
// by its notes: the broker would wait for an hour here.
func TestNotes(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, nil)
	notes := filepath.Join(t.TempDir(), "state", "jobs")
	nc := brokertest.Connect(t, b)
	killed := queue(t, nc, Options{Notes: notes})
	o := WorkOptions{Attempts: 2, ack: time.Hour}
	const n = 3
	runs, release := make(chan struct{}, n), make(chan struct{})
	stop := work(t, killed, o, func(context.Context, string, []any) ([]any, error) {
		runs <- struct{}{}
		<-release
		return []any{"first"}, nil
	})
	var ids []string
	for range n {
		ids = append(ids, submit(t, killed, Job{}))
	}
	for range n {
		<-runs
	}
	nc.Close() // as much of its end as the broker sees
	q := queue(t, brokertest.Connect(t, b), Options{Notes: notes})
	work(t, q, o, answer("second"))
	for _, id := range ids {
		if r, err := q.Result(patient(t), id, true); err != nil || fmt.Sprint(r.Results) != "[second]" || r.Attempts != 2 {
			t.Errorf("%+v, %v", r, err)
		}
	}
	close(release)
	stop()
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
