package main

import (
	"fmt"
	"strings"
	"time"

	"scripthost.example/host"
	"scripthost.example/host/scripttest"
)

// A testReporter writes what came of tests, file by file.
type testReporter interface {
	begin()
	file(testedFile)
	end(testSummary)
}

func (r *testRun) newReporter() testReporter {
	switch r.output.value {
	case "tap":
		return &tapReporter{out: r.out}
	case "junit":
		return &junitReporter{out: r.out}
	case "jsonl":
		return &jsonlReporter{out: r.out}
	}
	return &textReporter{out: r.out, verbose: r.verbose}
}

// A testSummary counts tests.
type testSummary struct {
	files, broken                 int // broken ones do not load, or were cut
	cut                           int // of those, by a signal
	passed, failed, skipped, todo int
	time                          time.Duration
}

func (s *testSummary) add(f testedFile) {
	s.files++
	if f.err != nil {
		s.broken++
	}
	if f.cut {
		s.cut++
	}
	for _, r := range f.results {
		switch r.Status {
		case scripttest.Passed:
			s.passed++
		case scripttest.Failed:
			s.failed++
		case scripttest.Skipped:
			s.skipped++
		case scripttest.Todo:
			s.todo++
		}
	}
}

func (s *testSummary) tests() int { return s.passed + s.failed + s.skipped + s.todo }

// fullName is the name of a test with those of the suites around it.
func fullName(t scripttest.Test) string { return printable(oneLine(strings.Join(t.Name, " > "))) }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// failureAt is where a test failed: the innermost place that is known, or that of
// the test.
func failureAt(t scripttest.Test, f scripttest.Failure) host.StackFrame {
	for _, frame := range f.Stack {
		if frame.File != "" && frame.Line > 0 {
			frame.Function = ""
			return frame
		}
	}
	return host.StackFrame{File: t.File, Line: t.At.Line, Column: t.At.Column}
}

// inTest is the place in the file of the test that a failure elsewhere comes from, and
// what it is; empty if the failure is in that file.
func inTest(t scripttest.Test, f scripttest.Failure, at host.StackFrame) (in host.StackFrame, what string) {
	if at.File == t.At.File || at.File == t.File {
		return host.StackFrame{}, ""
	}
	for _, frame := range f.Stack {
		if frame.File == t.At.File && frame.Line > 0 {
			frame.Function = ""
			return frame, "it was called here"
		}
	}
	return host.StackFrame{File: t.File, Line: t.At.Line, Column: t.At.Column}, "in this test"
}

// failureMessage is the message, with what a worker says of options in flags.
func failureMessage(f scripttest.Failure) string {
	return printable(strings.TrimPrefix(inFlags(f.Message), "AssertionError: "))
}

// brokenText is why a file of tests could not be run, with the line.
func brokenText(f testedFile) string { return newReport(f.err).textWith(f.sources, f.name) }

// milliseconds is a time as reports have it.
func milliseconds(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1fms", float64(d.Microseconds())/1000)
	}
	if d < 10*time.Second {
		return fmt.Sprintf("%dms", d.Milliseconds())
	}
	return d.Round(100 * time.Millisecond).String()
}

// count is a number of things in words.
func countOf(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
