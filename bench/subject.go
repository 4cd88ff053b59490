package main

import "context"

// A subject is somebody who is measured. Its driver does the work.
type subject struct {
	name string
	role role
	// command makes the driver, if need be, and returns how to start it. An error
	// is why it cannot be measured on this machine.
	command func(context.Context, *workshop) ([]string, error)
}

// A role says what the numbers of a subject are compared with.
type role string

const (
	ours  role = "ours"  // this project
	limit role = "limit" // what nothing is faster than
	peer  role = "peer"  // what others offer
)

// subjects returns all of them, in the order of the tables.
func subjects() []*subject {
	return []*subject{
		{"limit", limit, goDriver("limit")},
		{"codec alone", limit, goDriver("scripthost", "codec")},
		{"lua sync", ours, goDriver("scripthost", "lua", "sync")},
		{"lua async", ours, goDriver("scripthost", "lua", "async")},
		{"js sync", ours, goDriver("scripthost", "js", "sync")},
		{"js async", ours, goDriver("scripthost", "js", "async")},
		{"Perl sync", peer, perlDriver("sync")},
		{"Perl async", peer, perlDriver("async")},
		{"net/rpc", peer, goDriver("netrpc")},
		{"go-plugin net/rpc", peer, goDriver("goplugin", "netrpc")},
		{"go-plugin gRPC", peer, goDriver("goplugin", "grpc")},
		{"Node child_process", peer, nodeDriver},
		{"piscina", peer, piscinaDriver},
		{"Python", peer, pythonDriver},
	}
}
