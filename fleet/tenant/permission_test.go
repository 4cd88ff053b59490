package tenant

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nats.go/micro"

	"scripthost.example/fleet"
)

// testTime is how long what a test waits for may take on a machine that is busy.
const testTime = 30 * time.Second

// operator makes an operator with the tenants, each with a user of each role that is named
// like the role.
func operator(t *testing.T, tenants ...string) *Operator {
	t.Helper()
	op, err := Init(filepath.Join(t.TempDir(), "operator"), "acme")
	if err != nil {
		t.Fatal(err)
	}
	for _, tenant := range tenants {
		if err := op.Create(tenant, Limits{}); err != nil {
			t.Fatal(err)
		}
		for _, role := range Roles {
			if _, err := op.AddUser(tenant, string(role), role); err != nil {
				t.Fatal(err)
			}
		}
	}
	return op
}

// embed starts a broker that trusts the operator.
func embed(t *testing.T, op *Operator) *fleet.Broker {
	t.Helper()
	b, err := fleet.Embedded(t.TempDir(), fleet.BrokerLogger(slog.New(slog.DiscardHandler)), fleet.BrokerOptions(op.Configure), fleet.BrokerOptions(func(o *server.Options) error {
		o.AuthTimeout = testTime.Seconds()
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// creds is the file of a user's credentials.
func (o *Operator) creds(tenant, user string) string {
	return filepath.Join(o.folder(tenant), usersFolder, user+credsEnd)
}

// connect connects a user to a broker at url.
func connect(t *testing.T, url string, op *Operator, tenant string, role Role, opts ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, append([]nats.Option{Credentials(op.creds(tenant, string(role))), nats.Timeout(testTime), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})}, opts...)...)
	if err != nil {
		t.Fatalf("%s of %s: %v", role, tenant, err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// refused says whether the broker has refused what was done over a connection before.
func refused(t *testing.T, nc *nats.Conn) bool {
	t.Helper()
	if err := nc.FlushTimeout(testTime); err != nil {
		t.Fatal(err)
	}
	err := nc.LastError()
	if err != nil && !errors.Is(err, nats.ErrPermissionViolation) {
		t.Fatal(err)
	}
	return err != nil
}

// TestPermissions tries every operation as every role.
func TestPermissions(t *testing.T) {
	t.Parallel()
	op := operator(t, "red")
	b := embed(t, op)
	for _, c := range []struct {
		op, subject string
		may         []Role // besides the admin, who may all
	}{
		{"pub", "rpc.tidy.stable", []Role{Caller}},
		{"sub", "rpc.tidy.stable", []Role{Instance}},
		{"sub", "rpc.>", []Role{Instance}},
		{"pub", "ctl.x", []Role{Caller}},
		{"sub", "ctl.x", []Role{Instance}},
		{"pub", "ctl.all.tidy.stable", []Role{Caller}},
		{"sub", "ctl.all.tidy.stable", []Role{Instance}},
		{"sub", "ctl.>", []Role{Instance}},
		{"pub", "$SRV.PING", []Role{Caller, Pusher}},
		{"pub", "$SRV.STATS.tidy", []Role{Caller, Pusher}},
		{"sub", "$SRV.INFO.tidy.x", []Role{Instance}},
		{"sub", "$SRV.>", nil},
		{"sub", "_INBOX.ROLE.x", []Role{Caller, Instance, Pusher}},
		{"sub", "_INBOX.somebody.x", nil},
		{"sub", "_INBOX.>", nil},
		{"pub", "_INBOX.somebody.x", []Role{Instance}},
		{"sub", ">", nil},
		{"sub", "*.>", nil},
		{"pub", "other", nil},
		{"sub", "other", nil},

		{"pub", "$KV.rpc_scripts.tidy.t.stable", []Role{Pusher}},
		{"pub", "$O.rpc_bundles.C.x", []Role{Pusher}},
		{"pub", "$KV.other.x", nil},
		{"pub", "$JS.API.STREAM.CREATE.KV_rpc_scripts", []Role{Pusher}},
		{"pub", "$JS.API.STREAM.UPDATE.OBJ_rpc_bundles", []Role{Pusher}},
		{"pub", "$JS.API.STREAM.DELETE.KV_rpc_scripts", nil},
		{"pub", "$JS.API.STREAM.CREATE.other", nil},
		{"pub", "$JS.API.STREAM.MSG.DELETE.KV_rpc_scripts", nil},
		{"pub", "$JS.API.STREAM.INFO.KV_rpc_scripts", []Role{Instance, Pusher}},
		{"pub", "$JS.API.STREAM.LIST", nil},
		{"pub", "$JS.API.DIRECT.GET.KV_rpc_scripts.x", []Role{Instance, Pusher}},
		{"pub", "$JS.API.CONSUMER.CREATE.KV_rpc_scripts.c.x", []Role{Instance, Pusher}},
		{"pub", "$JS.API.CONSUMER.CREATE.OBJ_rpc_bundles.c.x", []Role{Instance, Pusher}},
		{"pub", "$JS.API.CONSUMER.CREATE.other.c.x", nil},

		{"pub", "job.tidy.stable", []Role{Caller}},
		{"sub", "job.tidy.stable", nil},
		{"pub", "$JS.API.STREAM.CREATE.RPC_JOBS", []Role{Pusher}},
		{"pub", "$JS.API.STREAM.UPDATE.RPC_JOBS", nil},
		{"pub", "$JS.API.STREAM.PURGE.RPC_JOBS", nil},
		{"pub", "$JS.API.CONSUMER.MSG.NEXT.RPC_JOBS.x", []Role{Instance}},
		{"pub", "$JS.ACK.RPC_JOBS.x.1.1.1.1.1", []Role{Instance}},
		{"pub", "$KV.RPC_RESULTS.x", []Role{Instance}},
		{"pub", "$JS.API.DIRECT.GET.KV_RPC_RESULTS.x", []Role{Caller, Instance}},
		{"pub", "$JS.API.STREAM.INFO.RPC_JOBS", []Role{Caller, Instance, Pusher}},

		{"pub", "$O.RPC_PAYLOADS.C.x", []Role{Caller, Instance}},
		{"pub", "$JS.API.STREAM.CREATE.OBJ_RPC_PAYLOADS", []Role{Caller, Instance, Pusher}},
		{"pub", "$JS.API.STREAM.DELETE.OBJ_RPC_PAYLOADS", nil},
		{"pub", "$O.RPC_JOB_ARGS.C.x", []Role{Caller, Instance}},
		{"pub", "$JS.API.STREAM.DELETE.OBJ_RPC_JOB_ARGS", nil},
		{"pub", "$O.RPC_JOB_RESULTS.C.x", []Role{Instance}},
		{"pub", "$JS.API.STREAM.MSG.GET.OBJ_RPC_JOB_RESULTS", []Role{Caller, Instance}},
		{"pub", "$JS.API.STREAM.CREATE.OBJ_RPC_JOB_RESULTS", []Role{Instance, Pusher}},
		{"pub", "$JS.API.STREAM.INFO.KV_RPC_RESULTS", []Role{Caller, Instance, Pusher}},
		{"pub", "dead.x", []Role{Instance}},
		{"pub", "$JS.API.STREAM.PURGE.RPC_DEAD", nil},
	} {
		for _, role := range Roles {
			t.Run(c.op+" "+c.subject+" "+string(role), func(t *testing.T) {
				t.Parallel()
				nc := connect(t, b.URL(), op, "red", role)
				subject := strings.ReplaceAll(c.subject, "ROLE", string(role))
				var err error
				if c.op == "pub" {
					err = nc.PublishRequest(subject, nc.NewInbox(), nil)
				} else {
					_, err = nc.SubscribeSync(subject)
				}
				if err != nil {
					t.Fatal(err)
				}
				may := role == Admin || slices.Contains(c.may, role)
				if got := refused(t, nc); got == may {
					t.Errorf("may: %v, refused: %v", may, got)
				}
			})
		}
	}
}

// TestRolesSuffice does with each role what it is for.
func TestRolesSuffice(t *testing.T) {
	t.Parallel()
	op := operator(t, "red")
	b := embed(t, op)
	ctx, cancel := context.WithTimeout(t.Context(), 4*testTime)
	defer cancel()
	conns, js := map[Role]*nats.Conn{}, map[Role]jetstream.JetStream{}
	for _, role := range Roles {
		conns[role] = connect(t, b.URL(), op, "red", role)
		var err error
		if js[role], err = jetstream.New(conns[role]); err != nil {
			t.Fatal(err)
		}
	}

	// Scripts.
	pushed, err := js[Pusher].CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: scriptsBucket, History: 8})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pushed.Create(ctx, "tidy.t.stable", []byte("1")); err != nil {
		t.Fatal(err)
	}
	objects, err := js[Pusher].CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: bundlesBucket})
	if err != nil {
		t.Fatal(err)
	}
	large := string(make([]byte, 300<<10))
	if _, err := objects.PutString(ctx, "tidy.x", large); err != nil {
		t.Fatal(err)
	}
	scripts, err := js[Instance].KeyValue(ctx, scriptsBucket)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := scripts.Get(ctx, "tidy.t.stable"); err != nil || string(e.Value()) != "1" {
		t.Fatal(e, err)
	}
	watch, err := scripts.WatchAll(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Stop()
	if e := <-watch.Updates(); e == nil || e.Key() != "tidy.t.stable" {
		t.Fatal(e)
	}
	bundles, err := js[Instance].ObjectStore(ctx, bundlesBucket)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := bundles.GetString(ctx, "tidy.x"); err != nil || text != large {
		t.Fatal(len(text), err)
	}
	short, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	if _, err := scripts.Put(short, "tidy.t.stable", nil); err == nil || !refused(t, conns[Instance]) {
		t.Errorf("an instance writes scripts: %v", err)
	}

	// Calls, and discovery by the standard client.
	service, err := micro.AddService(conns[Instance], micro.Config{Name: "tidy", Version: "1.0.0", Endpoint: &micro.EndpointConfig{
		Subject: "rpc.tidy.stable", Handler: micro.HandlerFunc(func(r micro.Request) { r.Respond(r.Data()) }),
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer service.Stop()
	if err := conns[Instance].Flush(); err != nil {
		t.Fatal(err)
	}
	for _, subject := range []string{"rpc.tidy.stable", "$SRV.PING", "$SRV.STATS.tidy"} {
		if _, err := conns[Caller].RequestWithContext(ctx, subject, []byte("x")); err != nil {
			t.Errorf("%s: %v", subject, err)
		}
	}

	// Jobs.
	if _, err := js[Admin].CreateStream(ctx, jetstream.StreamConfig{Name: jobs, Subjects: []string{"job.>"}, Retention: jetstream.WorkQueuePolicy}); err != nil {
		t.Fatal(err)
	}
	if _, err := js[Admin].CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: results}); err != nil {
		t.Fatal(err)
	}
	if _, err := js[Caller].Publish(ctx, "job.tidy.stable", []byte("x")); err != nil {
		t.Fatal(err)
	}
	consumer, err := js[Instance].CreateOrUpdateConsumer(ctx, jobs, jetstream.ConsumerConfig{Durable: "tidy", FilterSubject: "job.tidy.stable", AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		t.Fatal(err)
	}
	m, err := consumer.Next(jetstream.FetchMaxWait(testTime))
	if err != nil {
		t.Fatal(err)
	}
	stored, err := js[Instance].KeyValue(ctx, results)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stored.Put(ctx, "1", m.Data()); err != nil {
		t.Fatal(err)
	}
	if err := m.DoubleAck(ctx); err != nil {
		t.Fatal(err)
	}
	read, err := js[Caller].KeyValue(ctx, results)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := read.Get(ctx, "1"); err != nil || string(e.Value()) != "x" {
		t.Fatal(e, err)
	}
}

// TestIsolation has every role of one tenant do all that it may, and looks from another
// tenant's whether anything of it arrives, and the other way around.
func TestIsolation(t *testing.T) {
	t.Parallel()
	op := operator(t, "red", "blue")
	b := embed(t, op)
	ctx, cancel := context.WithTimeout(t.Context(), 4*testTime)
	defer cancel()

	// All that there is in blue.
	blue := connect(t, b.URL(), op, "blue", Admin)
	blueJS, err := jetstream.New(blue)
	if err != nil {
		t.Fatal(err)
	}
	kv, err := blueJS.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: scriptsBucket})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.Put(ctx, "tidy.t.stable", []byte("blue's")); err != nil {
		t.Fatal(err)
	}
	if _, err := blueJS.CreateStream(ctx, jetstream.StreamConfig{Name: jobs, Subjects: []string{"job.>"}}); err != nil {
		t.Fatal(err)
	}
	all, err := blue.SubscribeSync(">")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := blue.QueueSubscribe("rpc.>", "rpc", func(m *nats.Msg) { m.Respond([]byte("blue's")) }); err != nil {
		t.Fatal(err)
	}
	if err := blue.Flush(); err != nil {
		t.Fatal(err)
	}

	for _, role := range Roles {
		nc := connect(t, b.URL(), op, "red", role)
		js, err := jetstream.New(nc)
		if err != nil {
			t.Fatal(err)
		}
		for _, subject := range []string{"rpc.tidy.stable", "ctl.x", "job.tidy.stable", "$KV.rpc_scripts.tidy.t.stable", "_INBOX.caller.x", "$SRV.PING",
			"$SYS.REQ.SERVER.PING", "$JS.API.STREAM.DELETE.KV_rpc_scripts", "$JS.API.STREAM.PURGE.RPC_JOBS"} {
			// What its role refuses does not arrive either.
			if err := nc.PublishRequest(subject, nc.NewInbox(), []byte("red's")); err != nil {
				t.Fatal(err)
			}
		}
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		if m, err := nc.RequestWithContext(short, "rpc.tidy.stable", nil); err == nil {
			t.Errorf("%s of red is answered by blue: %q", role, m.Data)
		}
		cancel()
		short, cancel = context.WithTimeout(ctx, 200*time.Millisecond)
		if _, err := js.KeyValue(short, scriptsBucket); err == nil {
			t.Errorf("%s of red reads blue's scripts", role)
		}
		cancel()
		short, cancel = context.WithTimeout(ctx, 200*time.Millisecond)
		for name := range js.StreamNames(short).Name() {
			t.Errorf("%s of red sees the stream %s", role, name)
		}
		cancel()
	}

	if err := blue.Publish("end", nil); err != nil {
		t.Fatal(err)
	}
	for {
		m, err := all.NextMsg(testTime)
		if err != nil {
			t.Fatal(err)
		}
		if m.Subject == "end" {
			break
		}
		if !strings.HasPrefix(m.Subject, "$JS.EVENT.ADVISORY.") { // of what blue itself did
			t.Errorf("%s of red arrives in blue: %q", m.Subject, m.Data)
		}
	}
	if e, err := kv.Get(ctx, "tidy.t.stable"); err != nil || string(e.Value()) != "blue's" {
		t.Errorf("blue has %v, %v", e, err)
	}
}
