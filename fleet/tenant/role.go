package tenant

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/jwt/v2"
)

// A Role is what a user is for, which decides what it may do.
type Role string

const (
	// Caller calls plugins, submits jobs and reads their results.
	Caller Role = "caller"
	// Instance serves calls and jobs, and reads scripts.
	Instance Role = "instance"
	// Pusher writes scripts: versions and tracks. Its first push makes what scripts and jobs
	// are kept in.
	Pusher Role = "pusher"
	// Admin may do all within the tenant.
	Admin Role = "admin"
)

// Roles are all roles.
var Roles = []Role{Caller, Instance, Pusher, Admin}

// checkRole returns an error if there is no such role.
func checkRole(role Role) error {
	if slices.Contains(Roles, role) {
		return nil
	}
	var names []string
	for _, r := range Roles {
		names = append(names, string(r))
	}
	return fmt.Errorf("there is no role %q: it is one of %s", role, strings.Join(names, ", "))
}

// Where JetStream has what the other packages of the fleet store.
const (
	scriptsBucket = "rpc_scripts"
	bundlesBucket = "rpc_bundles"
	scripts       = "KV_" + scriptsBucket
	bundles       = "OBJ_" + bundlesBucket
	jobs          = "RPC_JOBS"
	results       = "RPC_RESULTS"
	dead          = "RPC_DEAD"
	payloads      = "RPC_PAYLOADS"
	jobArgs       = "RPC_JOB_ARGS"
	jobResults    = "RPC_JOB_RESULTS"
)

// ownInbox is where what a user asked for is answered: no other role can listen there.
const ownInbox = "_INBOX.{{name()}}.>"

// anyInbox is where a user answers others. Its permission is no response permission, since
// the broker keeps one of these for every request until it expires: too many for as long
// as calls may take.
const anyInbox = "_INBOX.>"

// discovery is where services are asked for, and listen.
var discovery = []string{"$SRV.PING", "$SRV.PING.>", "$SRV.INFO", "$SRV.INFO.>", "$SRV.STATS", "$SRV.STATS.>"}

// template is what the users of a role may do. The server puts a user's name in for
// {{name()}}.
func template(role Role) jwt.UserPermissionLimits {
	var t jwt.UserPermissionLimits
	t.NatsLimits = jwt.NatsLimits{Subs: jwt.NoLimit, Data: jwt.NoLimit, Payload: jwt.NoLimit}
	t.Sub.Allow = jwt.StringList{ownInbox}
	switch role {
	case Caller:
		t.Pub.Allow.Add("rpc.>", "ctl.>", "job.>", "$JS.API.STREAM.INFO."+jobs)
		t.Pub.Allow.Add(discovery...)
		t.Pub.Allow.Add(carry(payloads)...)
		t.Pub.Allow.Add(carry(jobArgs)...)
		t.Pub.Allow.Add(read("OBJ_" + jobResults)...)
		t.Pub.Allow.Add(read(results)...)
		t.Pub.Allow.Add(read("KV_" + results)...)
	case Instance:
		t.Sub.Allow.Add("rpc.>", "ctl.>")
		t.Sub.Allow.Add(discovery...)
		t.Pub.Allow.Add(anyInbox)
		t.Pub.Allow.Add(carry(payloads)...)
		t.Pub.Allow.Add(carry(jobArgs)...)
		t.Pub.Allow.Add(carry(jobResults)...)
		t.Pub.Allow.Add(read(scripts)...)
		t.Pub.Allow.Add(read(bundles)...)
		t.Pub.Allow.Add(read(jobs)...)
		t.Pub.Allow.Add("$JS.ACK."+jobs+".>", "$KV."+results+".>", "result.>", "dead.>")
		// To write it has to know that they are there, and what has a result.
		t.Pub.Allow.Add(read("KV_" + results)...)
		t.Pub.Allow.Add("$JS.API.STREAM.INFO."+results, "$JS.API.STREAM.INFO."+dead)
	case Pusher:
		t.Pub.Allow.Add(discovery...) // to see who serves what was pushed
		t.Pub.Allow.Add("$KV."+scriptsBucket+".>", "$O."+bundlesBucket+".>")
		for _, stream := range []string{scripts, bundles} {
			t.Pub.Allow.Add(read(stream)...)
			t.Pub.Allow.Add("$JS.API.STREAM.CREATE."+stream, "$JS.API.STREAM.UPDATE."+stream, "$JS.API.STREAM.PURGE."+stream)
		}
		// Instances wait for the queue of jobs, too.
		for _, stream := range []string{jobs, dead, "KV_" + results, "OBJ_" + jobArgs, "OBJ_" + jobResults, "OBJ_" + payloads} {
			t.Pub.Allow.Add("$JS.API.STREAM.INFO."+stream, "$JS.API.STREAM.CREATE."+stream)
		}
	case Admin:
		t.Sub.Allow = jwt.StringList{">"}
		t.Pub.Allow = jwt.StringList{">"}
	}
	return t
}

// carry is what who calls, who submits jobs, and who answers, has to publish to where
// arguments or results are too large for a message: they are objects of a store then,
// which whoever needs it first makes, and are removed by whoever has read them.
func carry(store string) []string {
	stream := "OBJ_" + store
	return append(read(stream), "$O."+store+".>", "$JS.API.STREAM.CREATE."+stream, "$JS.API.STREAM.PURGE."+stream)
}

// read is what who reads a stream has to publish to: it asks for messages one at a time,
// or has a consumer.
func read(stream string) []string {
	return []string{
		"$JS.API.INFO",
		"$JS.API.STREAM.INFO." + stream,
		"$JS.API.STREAM.MSG.GET." + stream,
		"$JS.API.DIRECT.GET." + stream,
		"$JS.API.DIRECT.GET." + stream + ".>",
		"$JS.API.CONSUMER.CREATE." + stream,
		"$JS.API.CONSUMER.CREATE." + stream + ".>",
		"$JS.API.CONSUMER.INFO." + stream + ".*",
		"$JS.API.CONSUMER.MSG.NEXT." + stream + ".*",
		"$JS.API.CONSUMER.DELETE." + stream + ".*",
		"$JS.FC." + stream + ".>",
	}
}
