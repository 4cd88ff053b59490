//go:build !unix

package host

import (
	"context"
	"errors"
	"testing"
)

// Where workers cannot be started, Start says so.
func TestUnsupported(t *testing.T) {
	t.Parallel()
	script, err := Inline(Lua, "function run() end")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Start(context.Background(), script, nil); !errors.Is(err, ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}
