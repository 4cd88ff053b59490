package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"scripthost.example/fleet/internal/brokertest"
)

// The scripts of testdata/cluster have three brokers, each of a "serve": clients find them
// at $CLIENT1 to $CLIENT3, and they find one another at $ROUTE1 to $ROUTE3.
func TestCluster(t *testing.T) {
	t.Parallel()
	cert := brokertest.NewCertificate(t)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "cluster"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			env.Setenv("RUNNER_FLEET_DIR", filepath.Join(env.WorkDir, "state"))
			env.Setenv("CERT", cert.CertFile)
			env.Setenv("KEY", cert.KeyFile)
			for _, name := range []string{"CLIENT", "ROUTE"} {
				addrs, err := brokertest.FreeAddrs(3)
				if err != nil {
					return err
				}
				for i, addr := range addrs {
					env.Setenv(fmt.Sprint(name, i+1), addr)
				}
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": cmdStatus, "serving": cmdServing, "until": cmdUntil},
	})
}

// clusterTime is how long several brokers, or one, have to be what is waited for on a machine
// that is busy. An election alone takes up to 9 s.
const clusterTime = 3 * time.Minute

// cmdUntil is "until REGEXP ARG...": it waits until the command with these arguments
// prints something that matches; with "!" until it fails and says so.
func cmdUntil(ts *testscript.TestScript, neg bool, args []string) {
	want := regexp.MustCompile("(?m)" + args[0])
	for end := time.Now().Add(clusterTime); ; time.Sleep(10 * time.Millisecond) {
		err := ts.Exec("runner-fleet", args[1:]...)
		from := "stdout"
		if neg {
			from = "stderr"
		}
		if (err != nil) == neg && want.MatchString(ts.ReadFile(from)) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("it does not: %v", err)
		}
	}
}
