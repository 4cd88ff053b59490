package tenant

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

// A tenant that is removed leaves no key, and is unknown to a broker that starts then.
func TestRemove(t *testing.T) {
	t.Parallel()
	op := operator(t, "red", "blue")
	old, err := os.ReadFile(op.creds("red", "admin"))
	if err != nil {
		t.Fatal(err)
	}
	if err := op.Remove("red"); err != nil {
		t.Fatal(err)
	}
	all, err := op.List()
	if err != nil || len(all) != 1 || all[0].Name != "blue" {
		t.Error(all, err)
	}
	left, err := os.ReadDir(filepath.Join(op.dir, tenantsFolder))
	if err != nil || len(left) != 1 {
		t.Error(left, err)
	}
	for name, err := range map[string]error{"Remove": op.Remove("red"), "Revoke": op.Revoke("red", "admin")} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := op.Within("red"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if err := op.Remove("../red"); err == nil {
		t.Error("it is no name")
	}
	b := embed(t, op)
	copied := filepath.Join(t.TempDir(), "old.creds")
	if err := os.WriteFile(copied, old, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := nats.Connect(b.URL(), nats.Timeout(testTime), Credentials(copied)); !errors.Is(err, nats.ErrAuthorization) {
		t.Error(err)
	}
	connect(t, b.URL(), op, "blue", Admin)
	conf, err := op.ServerConfig("accounts")
	if err != nil || strings.Contains(conf, "# red\n") {
		t.Error("a server is told of it:", err)
	}

	// What is not of this program is told, and not passed on.
	entries, err := os.ReadDir(filepath.Join(op.dir, removedFolder))
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	if err := os.WriteFile(filepath.Join(op.dir, removedFolder, entries[0].Name()), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := op.Push(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "what account was removed") {
		t.Error(err)
	}
}
