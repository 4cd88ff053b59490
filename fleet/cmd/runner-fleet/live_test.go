package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"
	"github.com/rogpeppe/go-internal/testscript"

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/fleet/registry"
)

// What push says of instances that do not serve what was pushed. The scripts have a
// broker apart from serve, and a public key STRANGER that signs nothing.
func TestLive(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "live"), RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			stranger, err := nkeys.CreateUser()
			if err != nil {
				return err
			}
			public, err := stranger.PublicKey()
			if err != nil {
				return err
			}
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			env.Setenv("STRANGER", public)
			env.Setenv("RUNNER_NATS", brokertest.Start(t, nil).ClientURL())
			env.Setenv("RUNNER_FLEET_DIR", filepath.Join(env.WorkDir, "state"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": cmdStatus, "until": cmdUntil},
	})
}

// Where no instance is there the broker says so at once, and is not asked again at once.
func TestAwaitLiveRests(t *testing.T) {
	t.Parallel()
	nc := brokertest.Connect(t, brokertest.Start(t, nil))
	var diag bytes.Buffer
	before := nc.Stats().OutMsgs
	const wait = 10 * againTime
	if err := (&app{diag: &diag}).awaitLive(t.Context(), nc, registry.Track{Plugin: "tidy", Name: "stable", Version: "1"}, wait, absentTime); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(diag.String(), "no instance is there yet") {
		t.Errorf("%s", diag.String())
	}
	// One more than there are pauses, and one when the time is up.
	if asked := time.Duration(nc.Stats().OutMsgs - before); asked < 2 || asked > wait/againTime+2 {
		t.Errorf("asked %d times within %v", asked, wait)
	}
}

// An instance that has not begun yet is waited for, if anything tells that there is one.
func TestAwaitLiveExpects(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct{ track, want string }{
		"none":             {"", "no instance is there yet"},
		"of the track":     {"stable", "not yet live on 1 instance: "},
		"of another track": {"canary", "not yet live: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nc := brokertest.Connect(t, brokertest.Start(t, nil))
			if x.track != "" {
				u, err := fleet.NewUnserved(nc, "tidy", x.track, "1", "", nil)
				if err != nil {
					t.Fatal(err)
				}
				defer u.Close()
			}
			var diag bytes.Buffer
			if err := (&app{diag: &diag}).awaitLive(t.Context(), nc, registry.Track{Plugin: "tidy", Name: "stable", Version: "1"}, 10*againTime, time.Nanosecond); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(diag.String(), x.want) {
				t.Errorf("%q, want %q", diag.String(), x.want)
			}
		})
	}
}
