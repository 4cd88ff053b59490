package tenant

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet/internal/brokertest"
)

func TestStrangers(t *testing.T) {
	t.Parallel()
	op := operator(t, "red")
	other := operator(t, "red")
	b := embed(t, op)
	if _, err := nats.Connect(b.URL(), nats.Timeout(testTime)); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("without credentials: %v", err)
	}
	if _, err := b.Connect(); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("without credentials, within the process: %v", err)
	}
	if _, err := nats.Connect(b.URL(), nats.Timeout(testTime), Credentials(other.creds("red", "admin"))); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("with another operator's credentials: %v", err)
	}
	if _, err := nats.Connect(b.URL(), nats.Timeout(testTime), other.System()); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("as another operator's system: %v", err)
	}
	if _, err := nats.Connect(b.URL(), nats.Timeout(testTime), Credentials(filepath.Join(t.TempDir(), "none"))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
	nc, err := b.Connect(Credentials(op.creds("red", "caller")))
	if err != nil {
		t.Fatal("within the process:", err)
	}
	if inbox := nc.NewInbox(); !strings.HasPrefix(inbox, "_INBOX.caller.") {
		t.Errorf("the inbox is %s", inbox)
	}
	// Nobody but the system is told of accounts.
	ctx, cancel := context.WithTimeout(t.Context(), testTime)
	defer cancel()
	admin := connect(t, b.URL(), op, "red", Admin)
	if err := op.Push(ctx, admin); !errors.Is(err, nats.ErrNoResponders) {
		t.Errorf("an admin changes accounts: %v", err)
	}
}

// TestPush: a broker that runs learns of all that an operator does.
func TestPush(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(t *testing.T, op *Operator) (url string){
		"embedded": func(t *testing.T, op *Operator) string { return embed(t, op).URL() },
		"nats-server": func(t *testing.T, op *Operator) string {
			conf, err := op.ServerConfig(filepath.Join(t.TempDir(), "accounts"))
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{"SO", "SA", "SU"} {
				for _, word := range strings.Fields(conf) {
					if strings.HasPrefix(word, secret) && len(word) == 58 {
						t.Errorf("a secret: %s", word)
					}
				}
			}
			return brokertest.StartProcess(t, conf).URL()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := operator(t, "red")
			url := start(t, op)
			ctx, cancel := context.WithTimeout(t.Context(), 4*testTime)
			defer cancel()
			system, err := nats.Connect(url, nats.Timeout(testTime), op.System())
			if err != nil {
				t.Fatal(err)
			}
			defer system.Close()
			push := func() {
				t.Helper()
				if err := op.Push(ctx, system); err != nil {
					t.Fatal(err)
				}
			}

			lost := make(chan struct{})
			caller := connect(t, url, op, "red", Caller, nats.ClosedHandler(func(*nats.Conn) { close(lost) }), nats.MaxReconnects(0))
			instance := connect(t, url, op, "red", Instance)
			old, err := os.ReadFile(op.creds("red", "caller"))
			if err != nil {
				t.Fatal(err)
			}
			if err := op.Revoke("red", "caller"); err != nil {
				t.Fatal(err)
			}
			push()
			<-lost
			if err := instance.Flush(); err != nil {
				t.Error("another than who was revoked is lost:", err)
			}
			copied := filepath.Join(t.TempDir(), "old.creds")
			if err := os.WriteFile(copied, old, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := nats.Connect(url, nats.Timeout(testTime), Credentials(copied)); !errors.Is(err, nats.ErrAuthorization) && !errors.Is(err, nats.ErrAuthRevoked) {
				t.Errorf("who was revoked connects: %v", err)
			}
			if caller.IsConnected() {
				t.Error("who was revoked is connected")
			}
			if _, err := op.AddUser("red", "caller", Caller); err != nil {
				t.Fatal(err)
			}
			connect(t, url, op, "red", Caller)

			// A tenant that is new, and limits that are.
			if err := op.Create("green", Limits{Streams: 1}); err != nil {
				t.Fatal(err)
			}
			if _, err := op.AddUser("green", "admin", Admin); err != nil {
				t.Fatal(err)
			}
			push()
			js, err := jetstream.New(connect(t, url, op, "green", Admin))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "A", Subjects: []string{"a"}}); err != nil {
				t.Fatal(err)
			}
			if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "B", Subjects: []string{"b"}}); err == nil {
				t.Error("there are more streams than may be")
			}
			if err := op.SetLimits("green", Limits{Streams: 2}); err != nil {
				t.Fatal(err)
			}
			push()
			if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "B", Subjects: []string{"b"}}); err != nil {
				t.Error(err)
			}

			// A tenant that is removed, with what it has.
			within, err := op.Within("green")
			if err != nil {
				t.Fatal(err)
			}
			inside, err := nats.Connect(url, nats.Timeout(testTime), within)
			if err != nil {
				t.Fatal(err)
			}
			defer inside.Close()
			if js, err = jetstream.New(inside); err != nil {
				t.Fatal(err)
			}
			for _, stream := range []string{"A", "B"} {
				if err := js.DeleteStream(ctx, stream); err != nil {
					t.Fatal(err)
				}
			}
			gone := make(chan struct{})
			connect(t, url, op, "green", Admin, nats.ClosedHandler(func(*nats.Conn) { close(gone) }), nats.MaxReconnects(0))
			if old, err = os.ReadFile(op.creds("green", "admin")); err != nil {
				t.Fatal(err)
			}
			if err := op.Remove("green"); err != nil {
				t.Fatal(err)
			}
			push()
			<-gone
			if err := os.WriteFile(copied, old, 0o600); err != nil {
				t.Fatal(err)
			}
			for who, login := range map[string]nats.Option{"a user": Credentials(copied), "the operator": within} {
				if nc, err := nats.Connect(url, nats.Timeout(testTime), login); err == nil {
					nc.Close()
					t.Errorf("%s of a tenant that was removed connects", who)
				} else if !errors.Is(err, nats.ErrAuthorization) && !errors.Is(err, nats.ErrAuthRevoked) && !errors.Is(err, nats.ErrAccountAuthExpired) {
					t.Error(who, err)
				}
			}
			// Another one of the same name has nothing of it.
			if err := op.Create("green", Limits{}); err != nil {
				t.Fatal(err)
			}
			if _, err := op.AddUser("green", "admin", Admin); err != nil {
				t.Fatal(err)
			}
			push()
			connect(t, url, op, "green", Admin)
			if _, err := nats.Connect(url, nats.Timeout(testTime), Credentials(copied)); err == nil {
				t.Error("who was removed is a user of another tenant")
			}
			if err := instance.Flush(); err != nil {
				t.Error("another tenant is lost:", err)
			}
		})
	}
}

// TestLimits: what one tenant takes is not another's.
func TestLimits(t *testing.T) {
	t.Parallel()
	op := operator(t, "red", "blue")
	limits := Limits{Storage: 64 << 10, Connections: 2, Payload: 4 << 10, Subscriptions: 10}
	if err := op.SetLimits("red", limits); err != nil {
		t.Fatal(err)
	}
	b := embed(t, op)
	ctx, cancel := context.WithTimeout(t.Context(), 4*testTime)
	defer cancel()
	store := func(tenant string) error {
		nc := connect(t, b.URL(), op, tenant, Admin)
		js, err := jetstream.New(nc)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}); err != nil {
			t.Fatal(err)
		}
		for range 200 {
			if _, err := js.Publish(ctx, "s", make([]byte, 1<<10)); err != nil {
				return err
			}
		}
		return nil
	}
	var full *jetstream.APIError
	if err := store("red"); !errors.As(err, &full) {
		t.Errorf("red stores more than it may: %v", err)
	}
	if err := store("blue"); err != nil {
		t.Errorf("blue cannot store: %v", err)
	}

	nc := connect(t, b.URL(), op, "red", Caller, nats.NoReconnect())
	if third, err := nats.Connect(b.URL(), nats.Timeout(testTime), Credentials(op.creds("red", "caller"))); err == nil {
		third.Close()
		t.Error("red has more connections than it may")
	}
	connect(t, b.URL(), op, "blue", Caller)

	err := nc.Publish("rpc.tidy.stable", make([]byte, limits.Payload))
	if err == nil {
		err = nc.FlushTimeout(testTime)
	}
	if err != nil {
		t.Error("a message that is as large as it may be:", err)
	}
	err = nc.Publish("rpc.tidy.stable", make([]byte, limits.Payload+1))
	if err == nil {
		err = nc.FlushTimeout(testTime)
	}
	if err == nil {
		t.Error("a message is larger than it may be")
	}
}
