package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// A source is a program of scenarios, and what was counted of it.
type source struct {
	program string
	counts  counts
}

// counts are the counts of scenarios, by their names and by what was counted.
type counts map[string]map[string]float64

// least keeps the least of what was counted: all that disturbs adds to it.
func (c counts) least(scenario, what string, n float64) {
	if c[scenario] == nil {
		c[scenario] = map[string]float64{}
	}
	if old, ok := c[scenario][what]; !ok || n < old {
		c[scenario][what] = n
	}
}

// What is counted, of each call or event.
const (
	parentAllocations = "allocations in the parent"
	parentBytes       = "bytes allocated in the parent"
	childAllocations  = "allocations in the child"
	childBytes        = "bytes allocated in the child"
	transfers         = "reads and writes" // of both, that carried something
)

func whats() []string {
	return []string{parentAllocations, parentBytes, childAllocations, childBytes, transfers}
}

// A meter counts.
type meter struct {
	work string
	runs int
	out  io.Writer
}

// A report is what a program of scenarios prints.
type report struct {
	Calls         int
	Parent, Child struct{ Allocations, Bytes uint64 }
}

// traced are the scenarios whose system calls are counted: the language makes none.
func traced(scenario string) bool {
	return strings.HasPrefix(scenario, "lua-") && !strings.HasSuffix(scenario, "-json") && !strings.HasSuffix(scenario, "-cbor")
}

// measure counts what the scenarios of the sources use, by turns.
func (m *meter) measure(ctx context.Context, sources []*source) error {
	out, err := exec.CommandContext(ctx, sources[0].program).Output()
	if err != nil {
		return err
	}
	for _, s := range sources {
		s.counts = counts{}
	}
	strace, err := m.strace(ctx)
	if err != nil {
		fmt.Fprintf(m.out, "system calls are not counted: %v\n", err)
	}
	for range m.runs {
		for scenario := range strings.FieldsSeq(string(out)) {
			for _, s := range sources {
				if err := s.count(ctx, scenario); err != nil {
					return err
				}
				if strace == "" || !traced(scenario) {
					continue
				}
				if err := s.trace(ctx, scenario, strace, filepath.Join(m.work, "trace")); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// callsOf is how many calls of a scenario are made; fewer if they are traced, which
// makes system calls slow.
func callsOf(scenario string, traced bool) int {
	n := 1000
	switch {
	case strings.HasSuffix(scenario, "-1mb"):
		n = 40
	case strings.HasSuffix(scenario, "-events"):
		n = 100
	case strings.HasSuffix(scenario, "-json"), strings.HasSuffix(scenario, "-cbor"):
		n = 200
	}
	if traced {
		n /= 5
	}
	return n
}

// count runs a scenario.
func (s *source) count(ctx context.Context, scenario string) error {
	r, err := reportOf(exec.CommandContext(ctx, s.program, scenario, strconv.Itoa(callsOf(scenario, false))))
	if err != nil {
		return err
	}
	n := float64(r.Calls)
	for what, used := range map[string]uint64{
		parentAllocations: r.Parent.Allocations, parentBytes: r.Parent.Bytes,
		childAllocations: r.Child.Allocations, childBytes: r.Child.Bytes,
	} {
		s.counts.least(scenario, what, float64(used)/n)
	}
	return nil
}

// trace runs it under strace.
func (s *source) trace(ctx context.Context, scenario, strace, file string) error {
	r, err := reportOf(exec.CommandContext(ctx, strace, append(straceArgs(file), s.program, scenario, strconv.Itoa(callsOf(scenario, true)))...))
	if err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := transfersOf(f)
	if err != nil {
		return fmt.Errorf("the trace of %s: %w", scenario, err)
	}
	s.counts.least(scenario, transfers, float64(n)/float64(r.Calls))
	return nil
}

func reportOf(cmd *exec.Cmd) (*report, error) {
	out, err := cmd.Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		err = fmt.Errorf("%w\n%s", err, exit.Stderr)
	}
	r := new(report)
	if err == nil {
		err = json.Unmarshal(out, r)
	}
	if err == nil && r.Calls == 0 {
		err = errors.New("it made no calls")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	return r, nil
}
