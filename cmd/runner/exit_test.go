package main

import (
	"fmt"
	"testing"

	"scripthost.example/host"
)

func TestExitStatus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err          error
		call, atOnce int // of a call or a worker, and of a start
	}{
		{&host.ScriptError{}, exitFailed, exitUsage},
		{&host.LimitError{}, exitFailed, exitUsage},
		{&host.DeniedError{}, exitFailed, exitUsage},
		{&host.SerialiseError{}, exitFailed, exitUsage},
		{fmt.Errorf("call: %w", host.ErrClosed), exitFailed, exitUsage},
		{fmt.Errorf("call: %w", host.ErrBusy), exitFailed, exitUsage},
		{fmt.Errorf("call: %w", host.ErrReentrant), exitFailed, exitUsage},
		{fmt.Errorf("call: %w", host.ErrCrashLoop), exitFailed, exitUsage},
		{fmt.Errorf("call: %w", host.ErrSandboxUnavailable), exitUsage, exitUsage},
		{fmt.Errorf("call: %w", host.ErrProtocol), exitDied, exitDied},
		{&host.ExitError{Code: 7}, exitDied, exitDied},
		{fmt.Errorf("call: %w", &host.ExitError{Killed: true, Cause: host.ErrClosed}), exitFailed, exitUsage},
	} {
		if got := statusOf(c.err); got != c.call {
			t.Errorf("%v: exit status %d, want %d", c.err, got, c.call)
		}
		if got := startStatus(c.err); got != c.atOnce {
			t.Errorf("%v, at the start: exit status %d, want %d", c.err, got, c.atOnce)
		}
	}
}
