package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"scripthost.example/fleet/internal/brokertest"
)

// Who may push, and not make the queue of jobs, has pushed, and is told who waits for what. Once
// it may be there, nothing is said.
func TestPushWithoutQueue(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, func(o *server.Options) {
		deny := func(name string, subjects ...string) *server.User {
			return &server.User{Username: name, Password: "pw", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: subjects}}}
		}
		o.Users = []*server.User{deny("pat", "$JS.API.STREAM.CREATE.RPC_JOBS"), deny("tom", "$JS.API.STREAM.INFO.RPC_JOBS")}
	})
	p := newProgram(t, filepath.Join(t.TempDir(), "state"))
	file := filepath.Join(t.TempDir(), "tidy.lua")
	writeFile(t, file, "function run() return 1 end")
	as := func(user string) string {
		return "nats://" + user + ":pw@" + strings.TrimPrefix(b.ClientURL(), "nats://")
	}
	for _, c := range []struct{ user, version, says string }{
		{"pat", "1", "runner-fleet: instances wait for the queue of jobs until somebody who may makes it, as a push of an admin does: there is no queue of jobs yet, and this user may not make it"},
		{"pat", "2", "runner-fleet: instances wait for the queue of jobs"},
		{"tom", "3", ""},
	} {
		out := p.must("push", file, "--version", c.version, "--allow-unsigned", "--wait", "0", "--nats", as(c.user))
		if !strings.Contains(out, "tidy "+c.version+" stable\n") || c.says == "" && strings.Contains(out, "queue") || !strings.Contains(out, c.says) {
			t.Errorf("%+v: %s", c, out)
		}
	}
	// What was asked for expressly is an error.
	if out, status := p.run("push", file, "--version", "4", "--allow-unsigned", "--wait", "0", "--replicas", "1", "--nats", as("pat")); status != exitFailed || !strings.Contains(out, "this user may not make it") {
		t.Errorf("exit status %d: %s", status, out)
	}
}

// Whose role is another one does not serve, and is told so at once, whether it is scripts or jobs
// that it may not read.
func TestServeNotPermitted(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{"KV_rpc_scripts", "RPC_JOBS"} {
		t.Run(stream, func(t *testing.T) {
			t.Parallel()
			b := brokertest.Start(t, func(o *server.Options) {
				o.Users = []*server.User{{Username: "cal", Password: "pw", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: []string{"$JS.API.STREAM.INFO." + stream}}}}}
			})
			p := newProgram(t, filepath.Join(t.TempDir(), "state"))
			out, status := p.run("serve", "--allow-unsigned", "--nats", "nats://cal:pw@"+strings.TrimPrefix(b.ClientURL(), "nats://"))
			if status != exitFailed || !strings.Contains(out, "the broker does not permit it") || !strings.Contains(out, "\nAn instance reads scripts and jobs: 'runner-fleet tenant add TENANT USER instance' makes a user who may\n") || strings.Contains(out, "waiting") {
				t.Errorf("exit status %d: %s", status, out)
			}
		})
	}
}
