package host

// Tools are functions that a worker offers beside those of its script, for those
// who write the script. Packages of this module use them: see package check.
type Tools struct {
	// Check has the worker look for mistakes in what it loads. Its function
	// "runner.check" returns what it has found, as JSON.
	Check bool
}

// names are the tools as BOOT has them.
func (t Tools) names() []string {
	var names []string
	if t.Check {
		names = append(names, "check")
	}
	return names
}
