package engine

import "time"

// A Profiler is a VM that can tell which functions and lines of its script take the
// time.
type Profiler interface {
	// StartProfile begins with that. The holder calls it, once, before Load.
	StartProfile() error
	// StopProfile ends it and returns what was found. The holder calls it.
	StopProfile() (Profile, error)
}

// A Profile is what a Profiler has found: samples, or the same in the format of
// pprof, where the language makes that itself.
type Profile struct {
	Encoded []byte
	Samples []Sample
	// Period is the time that one sample stands for.
	Period time.Duration
}

// A Sample is how often the script was found in one place: its stack, innermost level
// first.
type Sample struct {
	Stack []Frame
	Count int64
}
