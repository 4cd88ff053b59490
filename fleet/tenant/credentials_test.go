package tenant

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// A client whose user is revoked, and whose credentials are gone, does not go on trying: its
// connection is closed for good.
func TestRevokedIsClosed(t *testing.T) {
	t.Parallel()
	op := operator(t, "red")
	b := embed(t, op)
	closed := make(chan struct{})
	nc, err := b.Connect(Credentials(op.creds("red", "instance")), nats.ReconnectWait(10*time.Millisecond), nats.MaxReconnects(-1),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	system, err := b.Connect(op.System())
	if err != nil {
		t.Fatal(err)
	}
	if err := op.Revoke("red", "instance"); err != nil {
		t.Fatal(err)
	}
	if err := op.Push(t.Context(), system); err != nil {
		t.Fatal(err)
	}
	select {
	case <-closed:
	case <-time.After(testTime):
		t.Error("it is not closed:", nc.LastError())
	}
}

// Credentials that are replaced are used from the next connection on.
func TestCredentialsReplaced(t *testing.T) {
	t.Parallel()
	op := operator(t, "red")
	b := embed(t, op)
	file := filepath.Join(t.TempDir(), "user.creds")
	copyTo := func(user string) {
		t.Helper()
		text, err := os.ReadFile(op.creds("red", user))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	copyTo("instance")
	again := make(chan struct{}, 1)
	nc, err := nats.Connect(b.URL(), Credentials(file), nats.Timeout(testTime), nats.ReconnectWait(10*time.Millisecond), nats.MaxReconnects(-1), nats.ReconnectHandler(func(*nats.Conn) { again <- struct{}{} }))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	copyTo("admin")
	if err := nc.ForceReconnect(); err != nil {
		t.Fatal(err)
	}
	<-again
	if err := nc.Publish("only.an.admin.may", nil); err != nil {
		t.Fatal(err)
	}
	if refused(t, nc) {
		t.Error("it has the permissions of its credentials as they were")
	}
}
