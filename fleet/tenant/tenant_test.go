package tenant

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestOperator(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "operator")
	if _, err := Open(dir); !errors.Is(err, ErrNotFound) {
		t.Errorf("an operator in no folder: %v", err)
	}
	op, err := Init(dir, "acme")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Init(dir, "acme"); !errors.Is(err, ErrExists) {
		t.Errorf("two operators in a folder: %v", err)
	}
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Init(full, "acme"); err == nil || errors.Is(err, ErrExists) || !strings.Contains(err.Error(), "new or empty") {
		t.Errorf("an operator in a folder of somebody else: %v", err)
	}
	if err := op.Create("red", Limits{Storage: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	if err := op.Create("red", Limits{}); !errors.Is(err, ErrExists) {
		t.Errorf("two tenants of one name: %v", err)
	}
	if err := op.Create("blue", Limits{Connections: 3, Payload: 4}); err != nil {
		t.Fatal(err)
	}
	for _, user := range []struct {
		name string
		role Role
	}{{"w", Instance}, {"c", Caller}} {
		creds, err := op.AddUser("red", user.name, user.role)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(creds); err != nil {
			t.Error(err)
		}
	}
	if _, err := op.AddUser("red", "w", Pusher); !errors.Is(err, ErrExists) || !strings.Contains(err.Error(), "user w of tenant red") {
		t.Errorf("two users of one name: %v", err)
	}

	// Another program, later.
	if op, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	check := func(want ...string) {
		t.Helper()
		list, err := op.List()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, tenant := range list {
			got = append(got, tenant.Name)
			for _, u := range tenant.Users {
				got = append(got, tenant.Name+"/"+u.Name+" "+string(u.Role))
			}
		}
		if strings.Join(got, ",") != strings.Join(want, ",") {
			t.Errorf("%q, want %q", got, want)
		}
	}
	check("blue", "red", "red/c caller", "red/w instance")
	list, err := op.List()
	if err != nil {
		t.Fatal(err)
	}
	if l := list[0].Limits; l != (Limits{Storage: 1 << 30, Streams: 32, Consumers: 10_000, Connections: 3, Subscriptions: 100_000, Payload: 4}) {
		t.Errorf("blue has the limits %+v", l)
	}
	if err := op.SetLimits("blue", Limits{Streams: 7}); err != nil {
		t.Fatal(err)
	}
	if list, err = op.List(); err != nil || list[0].Limits.Streams != 7 || list[0].Limits.Connections != 1024 {
		t.Errorf("%+v, %v", list, err)
	}
	if err := op.Revoke("red", "w"); err != nil {
		t.Fatal(err)
	}
	check("blue", "red", "red/c caller")
	if err := op.Revoke("red", "w"); !errors.Is(err, ErrNotFound) {
		t.Errorf("revoked twice: %v", err)
	}
	if _, err := op.AddUser("red", "w", Caller); err != nil {
		t.Fatal(err)
	}
	check("blue", "red", "red/c caller", "red/w caller")

	if runtime.GOOS == "windows" {
		return
	}
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %04o, not %04o", path, info.Mode().Perm(), want)
		}
		if strings.Contains(e.Name(), ".new") {
			t.Errorf("%s was left", path)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	op := operator(t, "red")
	for name, c := range map[string]struct {
		do   func() error
		is   error
		want string
	}{
		"operator's name":  {func() error { _, err := Init(t.TempDir(), "a b"); return err }, nil, "name of the operator"},
		"tenant's name":    {func() error { return op.Create("../x", Limits{}) }, nil, "name of the tenant"},
		"user's name":      {func() error { _, err := op.AddUser("red", "a.b", Caller); return err }, nil, "name of the user"},
		"role":             {func() error { _, err := op.AddUser("red", "u", "root"); return err }, nil, `no role "root": it is one of caller, instance, pusher, admin`},
		"no tenant, user":  {func() error { _, err := op.AddUser("none", "u", Caller); return err }, ErrNotFound, "tenant none"},
		"no tenant, limit": {func() error { return op.SetLimits("none", Limits{}) }, ErrNotFound, "tenant none"},
		"no tenant":        {func() error { return op.Revoke("none", "u") }, ErrNotFound, "tenant none"},
		"no user":          {func() error { return op.Revoke("red", "u") }, ErrNotFound, "user u of tenant red"},
		"user's path":      {func() error { return op.Revoke("red", "../x") }, nil, "name of the user"},
		"negative limit":   {func() error { return op.Create("blue", Limits{Payload: -1}) }, nil, "limit of payload is -1"},
		"negative storage": {func() error { return op.SetLimits("red", Limits{Storage: -1}) }, nil, "limit of storage is -1"},
	} {
		if err := c.do(); err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q (%v)", name, err, c.want, c.is)
		}
	}
}

func TestFolderThatIsDamaged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		damage func(op *Operator) error
		want   string
	}{
		"key that others read": {func(op *Operator) error { return os.Chmod(filepath.Join(op.dir, operatorFile), 0o640) }, "can be read by other users (mode 0640)"},
		"key of another kind": {func(op *Operator) error {
			key, err := os.ReadFile(filepath.Join(op.dir, systemFile))
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(op.dir, operatorFile), key, 0o600)
		}, "has no key of an operator"},
		"limits": {func(op *Operator) error {
			return os.WriteFile(filepath.Join(op.folder("red"), limitsFile), []byte("{"), 0o600)
		}, limitsFile},
		"limits below 0": {func(op *Operator) error {
			return os.WriteFile(filepath.Join(op.folder("red"), limitsFile), []byte(`{"Streams":-1}`), 0o600)
		}, "limit of streams is -1"},
		"credentials":      {func(op *Operator) error { return os.WriteFile(op.creds("red", "caller"), []byte("x"), 0o600) }, "has no credentials"},
		"no key of a role": {func(op *Operator) error { return os.Remove(filepath.Join(op.folder("red"), roleFile(Pusher))) }, roleFile(Pusher)},
		"when revoked": {func(op *Operator) error {
			list, err := op.List()
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(op.folder("red"), revokedFolder, list[0].Users[0].PublicKey), []byte("x"), 0o600)
		}, "does not say when its user was revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if runtime.GOOS == "windows" && strings.Contains(name, "others") {
				t.Skip("modes are others on Windows")
			}
			op := operator(t, "red")
			if err := c.damage(op); err != nil {
				t.Fatal(err)
			}
			op, err := Open(op.dir)
			if err == nil {
				_, err = op.List()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestOneOfMany: of those who make the same at the same time one does.
func TestOneOfMany(t *testing.T) {
	t.Parallel()
	op := operator(t)
	many := func(do func() error) {
		t.Helper()
		var wait sync.WaitGroup
		errs := make(chan error, 8)
		for range cap(errs) {
			wait.Go(func() { errs <- do() })
		}
		wait.Wait()
		close(errs)
		made := 0
		for err := range errs {
			if err == nil {
				made++
			} else if !errors.Is(err, ErrExists) {
				t.Error(err)
			}
		}
		if made != 1 {
			t.Errorf("%d were made", made)
		}
	}
	many(func() error { return op.Create("red", Limits{}) })
	many(func() error { _, err := op.AddUser("red", "u", Caller); return err })
	dir := t.TempDir()
	many(func() error { _, err := Init(dir, "acme"); return err })
	if _, err := Open(dir); err != nil {
		t.Error(err)
	}
}
