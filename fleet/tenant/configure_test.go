package tenant

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/brokertest"
)

// writeConfig writes what a broker has to know of an operator.
func writeConfig(t *testing.T, op *Operator) string {
	t.Helper()
	conf, err := op.ServerConfig(filepath.Join(t.TempDir(), "unused"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "tenants.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// embedFrom starts a broker that knows of the operator by a file.
func embedFrom(t *testing.T, dir, file string, opts ...fleet.BrokerOption) *fleet.Broker {
	t.Helper()
	b, err := fleet.Embedded(dir, append([]fleet.BrokerOption{fleet.BrokerLogger(slog.New(slog.DiscardHandler)), fleet.BrokerOptions(Configure(file)), fleet.BrokerOptions(func(o *server.Options) error {
		o.AuthTimeout = testTime.Seconds()
		return nil
	})}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// All brokers of a cluster know who is gone once the operator's push has returned, and
// still do when they are started anew with a configuration from before.
func TestPushCluster(t *testing.T) {
	t.Parallel()
	op := operator(t, "red")
	file := writeConfig(t, op)
	routes, err := brokertest.FreeAddrs(3)
	if err != nil {
		t.Fatal(err)
	}
	dirs := []string{t.TempDir(), t.TempDir(), t.TempDir()}
	start := func(i int) *fleet.Broker {
		return embedFrom(t, dirs[i], file, fleet.BrokerCluster(routes[i], routes, ""))
	}
	brokers := []*fleet.Broker{start(0), start(1), start(2)}
	ctx, cancel := context.WithTimeout(t.Context(), 4*testTime)
	defer cancel()
	system, err := nats.Connect(brokers[0].URL(), nats.Timeout(testTime), op.System())
	if err != nil {
		t.Fatal(err)
	}
	defer system.Close()
	for {
		n, err := countBrokers(ctx, system)
		if err != nil {
			t.Fatal(err)
		}
		if n == 3 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}

	lost := make(chan struct{}, 3)
	for _, b := range brokers {
		connect(t, b.URL(), op, "red", Caller, nats.ClosedHandler(func(*nats.Conn) { lost <- struct{}{} }), nats.NoReconnect())
	}
	old, err := os.ReadFile(op.creds("red", "caller"))
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "old.creds")
	if err := os.WriteFile(copied, old, 0o600); err != nil {
		t.Fatal(err)
	}
	refused := func(what string, b *fleet.Broker) {
		t.Helper()
		nc, err := nats.Connect(b.URL(), nats.Timeout(testTime), Credentials(copied))
		if err == nil {
			nc.Close()
		}
		if !errors.Is(err, nats.ErrAuthorization) && !errors.Is(err, nats.ErrAuthRevoked) {
			t.Errorf("%s: who was revoked connects: %v", what, err)
		}
	}
	if err := op.Revoke("red", "caller"); err != nil {
		t.Fatal(err)
	}
	if err := op.Push(ctx, system); err != nil {
		t.Fatal(err)
	}
	for i, b := range brokers {
		refused(fmt.Sprint("broker ", i), b)
	}
	for range brokers {
		<-lost
	}

	// One that does not answer is told of.
	accounts, err := op.accounts()
	if err != nil {
		t.Fatal(err)
	}
	if err := tell(ctx, system, 4, accounts[1]); !errors.Is(err, ErrNotTold) || !strings.Contains(err.Error(), "3 of 4 have") {
		t.Error(err)
	}

	if err := brokers[2].Close(); err != nil {
		t.Fatal(err)
	}
	refused("started anew", start(2))
}

func TestConfigure(t *testing.T) {
	t.Parallel()
	op := operator(t, "red")
	file := writeConfig(t, op)
	b := embedFrom(t, t.TempDir(), file)
	connect(t, b.URL(), op, "red", Caller)
	if _, err := nats.Connect(b.URL(), nats.Timeout(testTime), Credentials(operator(t, "red").creds("red", "caller"))); !errors.Is(err, nats.ErrAuthorization) {
		t.Error("another operator's user:", err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(writeConfig(t, operator(t, "blue")))
	if err != nil {
		t.Fatal(err)
	}
	of := func(conf []byte) (operator, accounts string) {
		i := strings.Index(string(conf), "resolver_preload")
		return string(conf[:i]), string(conf[i:])
	}
	operator, _ := of(text)
	_, accounts := of(other)
	for name, c := range map[string]struct{ text, want string }{
		"nothing":                    {"", "names no operator"},
		"no configuration":           {"{{", "is no configuration for tenants"},
		"another operator's account": {operator + accounts, "is none of its operator"},
		"no accounts":                {operator, "the system account is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := filepath.Join(t.TempDir(), "bad.conf")
			if err := os.WriteFile(bad, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := Configure(bad)(&server.Options{StoreDir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	if err := Configure(filepath.Join(t.TempDir(), "missing"))(&server.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
