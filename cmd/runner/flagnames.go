package main

import (
	"strings"
	"sync"
)

// inFlags is a message of package host's in the words of the command: package
// host speaks of the fields of its options, and mentions the flag at times.
func inFlags(message string) string { return flagNames().Replace(message) }

var flagNames = sync.OnceValue(func() *strings.Replacer {
	return strings.NewReplacer(
		"(Limits.Memory)", "(--memory)",
		"(Limits.CPU)", "(--cpu)",
		"use json, cbor or msgpack for more", "use --json, or --serialiser cbor or msgpack, for more",
		"use JSON.stringify or another serialiser", "use JSON.stringify, --json or another --serialiser",
		"use another serialiser", "use --json or another --serialiser",
		"set Options.Stdio (--stdio)", "give --stdio",
		"leave Options.Stdio (--stdio) out", "leave --stdio out",
		"set Options.Wire to Classic (--wire classic)", "give --wire classic",
		"leave Options.Wire (--wire) out", "leave --wire out",
		// There is no flag for these, and the message tells how long they are.
		" (Limits.Start)", "",
		" (Limits.Grace)", "",
		" (Limits.Drain)", "",
		"twice Limits.Ping", "twice as long as a worker may take to answer",
		" (Limits.Ping)", "",
		// PoolOptions that a run sets itself.
		" (PoolOptions.Max)", "",
		" (PoolOptions.Queue)", "",
	)
})

// asyncHint is how a worker names the mode in what it adds to a script's error.
const asyncHint = "Options.Async (--async)?)"

// hintInFlags is inFlags for the message of a script's error, all of which but the
// hint that a worker may have added is the script's.
func hintInFlags(message string) string {
	if before, ok := strings.CutSuffix(message, asyncHint); ok {
		return before + "--async?)"
	}
	return message
}
