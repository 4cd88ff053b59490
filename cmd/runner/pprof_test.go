//go:build unix

package main

import (
	"bytes"
	"fmt"

	"github.com/google/pprof/profile"
	"github.com/rogpeppe/go-internal/testscript"
)

// cmdPprof is "pprof FILE": what "go tool pprof" would read in a profile, a line for each
// line of a function that was found.
func cmdPprof(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: pprof FILE")
	}
	p, err := profile.Parse(bytes.NewReader([]byte(ts.ReadFile(args[0]))))
	ts.Check(err)
	ts.Check(p.CheckValid())
	if len(p.Sample) == 0 {
		ts.Fatalf("%s has no samples", args[0])
	}
	for _, s := range p.Sample {
		for _, l := range s.Location {
			for _, line := range l.Line {
				fmt.Fprintf(ts.Stdout(), "%s %s:%d\n", line.Function.Name, line.Function.Filename, line.Line)
			}
		}
	}
}
