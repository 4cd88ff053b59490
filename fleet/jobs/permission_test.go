package jobs

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/internal/brokertest"
)

// users are those of a broker: one who may all, and one who may publish to no subject of
// these.
func users(deny ...string) func(*server.Options) {
	return func(o *server.Options) {
		o.Users = []*server.User{
			{Username: "all", Password: "pw"},
			{Username: "some", Password: "pw", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: deny}}},
		}
	}
}

// as connects as a user whom the broker may refuse.
func as(t testing.TB, b *server.Server, user string) *nats.Conn {
	t.Helper()
	return brokertest.Connect(t, b, nats.UserInfo(user, "pw"), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
}

// To who may not, the broker does not answer: that is told at once, as what it is, and not
// when the time is up.
func TestPermission(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		deny string
		do   func(q *Queue) error
	}{
		"submit":             {"job.>", func(q *Queue) error { _, _, err := q.Submit(t.Context(), Job{Plugin: "tidy"}); return err }},
		"submit large":       {"$O.RPC_JOB_ARGS.>", func(q *Queue) error { _, _, err := q.Submit(t.Context(), large()); return err }},
		"submit large first": {"$JS.API.STREAM.INFO.OBJ_RPC_JOB_ARGS", func(q *Queue) error { _, _, err := q.Submit(t.Context(), large()); return err }},
		"submit by name": {"$JS.API.DIRECT.GET.KV_RPC_RESULTS.>", func(q *Queue) error {
			_, _, err := q.Submit(t.Context(), Job{Plugin: "tidy", ID: "one"})
			return err
		}},
		"result":     {"$JS.API.DIRECT.GET.KV_RPC_RESULTS.>", func(q *Queue) error { _, err := q.Result(t.Context(), "one", false); return err }},
		"wait":       {"$JS.API.DIRECT.GET.KV_RPC_RESULTS.>", func(q *Queue) error { _, err := q.Result(t.Context(), "one", true); return err }},
		"dead":       {"$JS.API.STREAM.INFO.RPC_DEAD", func(q *Queue) error { _, err := q.Dead(t.Context(), "", 0); return err }},
		"purge":      {"$JS.API.STREAM.MSG.DELETE.RPC_DEAD", func(q *Queue) error { return q.Purge(t.Context(), "dead") }},
		"purge args": {"$JS.API.STREAM.MSG.GET.RPC_DEAD", func(q *Queue) error { return q.Purge(t.Context(), "dead") }},
		"retry":      {"job.tidy.>", func(q *Queue) error { return q.Retry(t.Context(), "dead") }},
		"open":       {"$JS.API.STREAM.INFO.RPC_JOBS", nil},
		"make":       {"$JS.API.STREAM.CREATE.RPC_JOBS", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := brokertest.Start(t, users(c.deny))
			all, some := as(t, b, "all"), as(t, b, "some")
			check := func(do func() error) {
				t.Helper()
				for range 5 {
					began := time.Now()
					if err := do(); !errors.Is(err, ErrPermission) || !errors.Is(err, nats.ErrPermissionViolation) || strings.Count(err.Error(), ErrPermission.Error()) != 1 {
						t.Errorf("%v", err)
					}
					took := time.Since(began)
					if took < answerTime { // which JetStream waits for an answer
						return
					}
					t.Logf("it was told after %v: the machine may be busy", took)
				}
				t.Error("it is told late each time")
			}
			if name == "make" {
				check(func() error { _, err := Open(t.Context(), some, Options{Create: true}); return err })
				return
			}
			q := queue(t, all, Options{})
			bury(t, q, "dead")
			if c.do == nil {
				check(func() error { _, err := Open(t.Context(), some, Options{}); return err })
				return
			}
			q, err := Open(t.Context(), some, Options{})
			if err != nil {
				t.Fatal(err)
			}
			check(func() error { return c.do(q) })
			// And again, though the connection has had such an error before.
			check(func() error { return c.do(q) })
		})
	}
}

// What is refused to one who does something else at the same time over the same connection
// is not what this one is told.
func TestPermissionOfAnother(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, users("job.other.>"))
	queue(t, as(t, b, "all"), Options{})
	q, err := Open(t.Context(), as(t, b, "some"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		var err error
		for range 3 {
			if _, _, e := q.Submit(t.Context(), Job{Plugin: "other"}); !errors.Is(e, ErrPermission) {
				err = errors.Join(err, e, errors.New("it may"))
			}
		}
		ended <- err
	}()
	for going := true; going; {
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
			going = false
		default:
			submit(t, q, Job{})
		}
	}
}

// large is a job whose arguments are too large for a message.
func large() Job { return Job{Plugin: "tidy", Args: []any{strings.Repeat("x", 2<<20)}} }

// bury makes a dead letter.
func bury(t testing.TB, q *Queue, id string) {
	t.Helper()
	stop := work(t, q, WorkOptions{Attempts: 1}, func(context.Context, string, []any) ([]any, error) { return nil, errors.New("oops") })
	defer stop()
	submit(t, q, Job{ID: id})
	if _, err := q.Result(patient(t), id, true); err != nil {
		t.Fatal(err)
	}
}
