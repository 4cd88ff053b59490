package tenant

import (
	"context"
	"errors"
	"testing"
)

func TestFollow(t *testing.T) {
	t.Parallel()
	op := operator(t, "red", "blue")
	ctx, cancel := context.WithTimeout(t.Context(), 4*testTime)
	defer cancel()
	called := make(chan struct{})
	failures := 1
	done := make(chan struct{})
	go func() {
		defer close(done)
		op.Follow(ctx, func(ctx context.Context) error {
			select {
			case called <- struct{}{}:
			case <-ctx.Done():
			}
			if failures > 0 {
				failures--
				return errors.New("not now")
			}
			return nil
		})
	}()
	wait := func(what string) {
		t.Helper()
		select {
		case <-called:
		case <-ctx.Done():
			t.Fatalf("not called: %s", what)
		}
	}
	wait("first")
	wait("again, since it has failed")
	for what, change := range map[string]func() error{
		"a user is revoked":   func() error { return op.Revoke("red", "caller") },
		"limits are changed":  func() error { return op.SetLimits("red", Limits{Streams: 7}) },
		"a tenant is made":    func() error { return op.Create("green", Limits{}) },
		"a tenant is removed": func() error { return op.Remove("blue") },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		wait(what)
	}
	now, err := op.fingerprint()
	if again, e := op.fingerprint(); err != nil || e != nil || again != now {
		t.Error("it changes by itself:", err, e)
	}
	cancel()
	<-done
}
