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

// noRoll knows of no instance.
func noRoll() *roll { return &roll{known: map[string]fleet.Instance{}} }

// Where no instance is there the broker says so at once, and is not asked again at once.
func TestAwaitLiveRests(t *testing.T) {
	t.Parallel()
	nc := brokertest.Connect(t, brokertest.Start(t, nil))
	asked := time.Duration(0)
	for wait := 10 * againTime; asked < 2; wait *= 2 { // which on a busy machine may be too short to ask twice
		var diag bytes.Buffer
		before := nc.Stats().OutMsgs
		if err := (&app{diag: &diag}).awaitLive(t.Context(), nc, registry.Track{Plugin: "tidy", Name: "stable", Version: "1"}, noRoll(), wait, wait); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(diag.String(), "no instance is there yet") {
			t.Errorf("%s", diag.String())
		}
		asked = time.Duration(nc.Stats().OutMsgs - before)
		// One more than there are pauses, and one when the time is up.
		if asked > wait/againTime+2 || asked < 2 && wait > patience {
			t.Fatalf("asked %d times within %v", asked, wait)
		}
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
			// On a busy machine it may not have answered when the time is up.
			for wait := 10 * againTime; !strings.HasPrefix(diag.String(), x.want); wait *= 2 {
				if wait > patience {
					t.Fatalf("%q, want %q", diag.String(), x.want)
				}
				diag.Reset()
				if err := (&app{diag: &diag}).awaitLive(t.Context(), nc, registry.Track{Plugin: "tidy", Name: "stable", Version: "1"}, noRoll(), wait, time.Nanosecond); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
