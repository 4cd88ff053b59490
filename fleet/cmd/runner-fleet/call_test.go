package main

import (
	"context"
	"errors"
	"testing"

	"scripthost.example/fleet"
	"scripthost.example/host"
)

// The exit status of a call says whether it was done, or that this is not known.
func TestCallStatus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want int
	}{
		{context.Canceled, exitInterrupted},
		{context.DeadlineExceeded, exitFailed},
		{fleet.ErrNoInstance, exitUsage},
		{fleet.ErrLost, exitLost},
		{fleet.ErrDisconnected, exitLost},
		{fleet.ErrEvents, exitLost},
		{fleet.ErrUnavailable, exitLost},
		{fleet.ErrPermission, exitFailed},
		{fleet.ErrStorage, exitFailed},
		{host.ErrBusy, exitFailed},
		{&host.ExitError{}, exitLost},
		{&host.ScriptError{}, exitFailed},
		{&host.LimitError{}, exitFailed},
	} {
		var f *failure
		if err := new(callFlags).failed(host.NewCallError("kind", host.Unknown, c.err, "so it is")); !errors.As(err, &f) || f.status != c.want {
			t.Errorf("%v: exit status %d, want %d", c.err, f.status, c.want)
		}
	}
}
