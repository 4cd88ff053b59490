package jobs

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/brokertest"
)

// What is there with another number of replicas than was asked for is an error, which tells
// of all of it, and how to mend it.
func TestOtherReplicas(t *testing.T) {
	t.Parallel()
	nc := brokertest.Connect(t, brokertest.Start(t, nil))
	if _, err := Open(t.Context(), nc, Options{Create: true, Replicas: 3}); !errors.Is(err, ErrReplicas) || !strings.Contains(err.Error(), "use a cluster") {
		t.Errorf("%v", err)
	}
	q := queue(t, nc, Options{})
	for _, create := range []bool{false, true} {
		if _, err := Open(t.Context(), nc, Options{Create: create, Replicas: 1}); err != nil {
			t.Error(err)
		}
		_, err := Open(t.Context(), nc, Options{Create: create, Replicas: 3})
		if !errors.Is(err, ErrReplicas) || !strings.HasSuffix(err.Error(), "(nats stream edit RPC_JOBS --replicas 3; nats stream edit RPC_DEAD --replicas 3; nats stream edit KV_RPC_RESULTS --replicas 3)") {
			t.Errorf("%v", err)
		}
	}
	if _, _, err := q.Submit(patient(t), large()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), nc, Options{Replicas: 3}); !errors.Is(err, ErrReplicas) || !strings.Contains(err.Error(), "the stream OBJ_RPC_JOB_ARGS has 1, and 3 were asked for") {
		t.Errorf("%v", err)
	}
}

// Who may not ask for all that there is can say how many replicas it has, too.
func TestReplicasOfCaller(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, users("$JS.API.STREAM.INFO.RPC_DEAD", "$JS.API.STREAM.INFO.OBJ_RPC_JOB_RESULTS"))
	queue(t, as(t, b, "all"), Options{})
	nc := as(t, b, "some")
	if _, err := Open(patient(t), nc, Options{Replicas: 1}); err != nil {
		t.Error(err)
	}
	if _, err := Open(patient(t), nc, Options{Replicas: 2}); !errors.Is(err, ErrReplicas) {
		t.Errorf("%v", err)
	}
}

// In a cluster all that jobs and calls have goes by what was said once, also where a server is
// lost before it is needed.
func TestReplicas(t *testing.T) {
	t.Parallel()
	c := brokertest.StartCluster(t, 3, "")
	nc := c.Connect()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	q, err := Open(ctx, nc, Options{Create: true, Replicas: 3})
	if err != nil {
		t.Fatal(err)
	}
	replicas := func(stream string) int {
		t.Helper()
		s, err := q.js.Stream(ctx, stream)
		if err != nil {
			t.Fatal(stream, err)
		}
		return s.CachedInfo().Config.Replicas
	}
	const payloads = "OBJ_" + fleet.PayloadBucket
	for _, stream := range []string{Stream, DeadStream, "KV_" + ResultsBucket, "OBJ_" + ArgsBucket, "OBJ_" + LargeResultsBucket, payloads} {
		if n := replicas(stream); n != 3 {
			t.Errorf("%s has %d", stream, n)
		}
	}
	// Whoever makes it later follows the jobs.
	if err := q.js.DeleteStream(ctx, payloads); err != nil {
		t.Fatal(err)
	}
	if _, err := fleet.Client(nc, "tidy").Call(ctx, strings.Repeat("x", 2<<20)); !errors.Is(err, fleet.ErrNoInstance) {
		t.Fatal(err)
	}
	if n := replicas(payloads); n != 3 {
		t.Errorf("%s has %d", payloads, n)
	}
	// One of another number is found.
	if err := q.js.DeleteStream(ctx, payloads); err != nil {
		t.Fatal(err)
	}
	if _, err := q.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: fleet.PayloadBucket}); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, nc, Options{Replicas: 3}); !errors.Is(err, ErrReplicas) || !strings.Contains(err.Error(), "the stream "+payloads+" has 1") {
		t.Errorf("%v", err)
	}
}
