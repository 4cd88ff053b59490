package scripttest

import (
	"path/filepath"
	"regexp"
	"time"

	"scripthost.example/host"
)

// DefaultTimeout is how long a test may take.
const DefaultTimeout = 5 * time.Second

// Options say how tests are run. The zero value of each field is the default.
type Options struct {
	// Root is the folder of the project: the files in it can be required and loaded
	// by tests, and nothing else. The default is the folder of the test's file.
	Root string
	// Grants are for the tests, and for the workers that they load.
	Grants host.Grants
	// Sandbox is as in host.Options.
	Sandbox host.Sandbox
	// Timeout is how long each test may take, with what is run before and after it.
	// The default is DefaultTimeout; a test can have its own.
	Timeout time.Duration
	// Filter selects tests by their full names, which are those of the suites around
	// them and their own with spaces between. Nil selects all.
	Filter *regexp.Regexp
	// Serialiser is that of the workers that tests load, unless they name one. The
	// default is host.String.
	Serialiser host.Serialiser
	// Memory bounds each worker, in bytes; the default is no limit.
	Memory int64
	// Coverage gathers which lines are run. Nil does not; it takes time.
	Coverage *Coverage

	// OnStart is told of each test before it runs, OnResult of what came of it;
	// OnLog of what tests and their workers print and log, with the name of the
	// script. They are called by one goroutine at a time, and not after Run has
	// returned.
	OnStart  func(Test)
	OnResult func(Result)
	OnLog    func(script string, l host.LogRecord)
	// OnModule is as in host.Options, of all the workers, and is told of the scripts
	// that tests load, too.
	OnModule func(paths []string)
	// Audit is as in host.Options, of all the workers.
	Audit func(host.AuditRecord)
}

// A Test is one test of a file.
type Test struct {
	File string   // that it is in, as given to Run
	Name []string // of the suites around it, and its own
	// At is where it is, as the worker claims.
	At host.StackFrame

	id      int
	mode    string
	timeout time.Duration
}

// A Status is what came of a test.
type Status string

// What comes of a test. Skipped tests, and those that are yet to be written, have
// not been run.
const (
	Passed  Status = "passed"
	Failed  Status = "failed"
	Skipped Status = "skipped"
	Todo    Status = "todo"
)

// A Result is what came of a test, or of what is run after a suite, whose Name is
// then that of the suite and "afterAll".
type Result struct {
	Test
	Status   Status
	Time     time.Duration // that it took, as measured here
	Failures []Failure     // why it failed
}

// A Failure is why a test failed.
type Failure struct {
	Kind    string // as of an error of the protocol; "timeout"
	Message string
	Stack   []host.StackFrame
	// Expected and Actual are what was compared, as text of several lines; both are
	// empty if nothing was.
	Expected, Actual string
}

// withDefaults returns a copy with every default filled in.
func (o *Options) withDefaults(file string) Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Root == "" {
		c.Root = filepath.Dir(file)
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Serialiser == nil {
		c.Serialiser = host.String
	}
	return c
}
