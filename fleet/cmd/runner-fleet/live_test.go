package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"
	"github.com/rogpeppe/go-internal/testscript"

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
	if err := (&app{diag: &diag}).awaitLive(t.Context(), nc, registry.Track{Plugin: "tidy", Name: "stable", Version: "1"}, wait); err != nil {
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
