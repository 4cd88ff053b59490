package host

// Tools are functions that a worker offers beside those of its script, for those
// who write the script. Packages of this module use them: see package check.
type Tools struct {
	// Check has the worker look for mistakes in what it loads. Its function
	// "runner.check" returns what it has found, as JSON.
	Check bool
	// Test makes the script one of tests: it finds what tests are written with, and
	// Options.Host may have functions for that, "runner.test.load" and the like.
	Test bool
	// Coverage has the worker count which lines of its script are run. Its function
	// "runner.coverage" returns that, as JSON.
	Coverage bool
	// Clock has the worker's clock stand still, at Options.Clock or at the time of
	// its start, but for Worker.Advance. It is the same for all calls.
	Clock bool
}

// toolNames are the tools as BOOT has them.
func (o *Options) toolNames() []string {
	t, names := o.Tools, []string(nil)
	if t.Check {
		names = append(names, "check")
	}
	if t.Test {
		names = append(names, "test")
	}
	if t.Coverage {
		names = append(names, "coverage")
	}
	if t.Clock {
		names = append(names, "clock")
	}
	if o.OnLine != nil {
		names = append(names, toolLines)
	}
	return names
}
