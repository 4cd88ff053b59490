package sandbox

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
)

// A layer is one protection or limit.
type layer struct {
	name string
	hint string // how to get it, as a sentence without its full stop

	// limit: it stands for a number of the Config, or costs nothing, and is
	// therefore set in all modes.
	limit bool

	// wanted says whether the Config asks for it; nil: always.
	wanted func(*Config) bool

	// apply puts it in force for the whole process. What wraps errLeftOut is
	// no failure, even in strict mode.
	apply func(*process) error

	// probe says whether it could be, without a change to the process.
	probe func() (detail string, err error)
}

// errLeftOut: this build cannot have the layer, and whoever made it knows.
var errLeftOut = errors.New("left out")

// A process is what layers know of this one.
type process struct {
	Config
	inForce []string
	heapEnd uint64 // the highest address that the Go heap may grow to; 0: any
}

// applied is set by the first Apply.
var applied atomic.Bool

// Apply puts the process under its protections, once and for good, and returns
// the names of those in force in the order in which they were applied. They
// hold for all threads, also for those that exist already.
//
// In strict mode one that is missing is a [*MissingError]. The process then is
// protected in part, and should exit. Other errors say what is wrong with the
// Config; then nothing has been done.
func Apply(cfg Config) (inForce []string, err error) {
	all := layers()
	if err := cfg.check(all); err != nil {
		return nil, err
	}
	if applied.Swap(true) {
		return nil, errors.New("the process has been put under its protections already, and that can be done only once")
	}
	if cfg.Mode != Off {
		preload()
	}
	// What some layers do to this thread, later ones spread to the others.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p := &process{Config: cfg}
	for i := range all {
		l := &all[i]
		if !l.limit && cfg.Mode == Off || l.wanted != nil && !l.wanted(&cfg) || slices.Contains(cfg.Without, l.name) {
			continue
		}
		switch err := l.apply(p); {
		case err == nil:
			p.inForce = append(p.inForce, l.name)
		case cfg.Mode == Strict && !errors.Is(err, errLeftOut):
			return p.inForce, &MissingError{Layer: l.name, Err: err, Hint: l.hint}
		}
	}
	return p.inForce, nil
}

// Probe reports which layers this machine offers, in the order in which Apply
// puts them in force. It changes nothing, and what Apply says counts: only then
// each has been tried.
func Probe() []Layer {
	all := layers()
	offers := make([]Layer, len(all))
	for i, l := range all {
		detail, err := l.probe()
		if err != nil {
			detail = err.Error()
		}
		offers[i] = Layer{Name: l.name, Available: err == nil, Detail: detail, Hint: l.hint}
	}
	return offers
}

func (cfg *Config) check(all []layer) error {
	switch cfg.Mode {
	case Strict, BestEffort, Off:
	default:
		return fmt.Errorf("the sandbox's mode is %q: there are %q, %q and %q", cfg.Mode, Strict, BestEffort, Off)
	}
	if cfg.Memory > maxMemory {
		return fmt.Errorf("a limit of %d bytes of memory is more than any machine has: give 0 for no limit", cfg.Memory)
	}
	if cfg.Stack > maxMemory {
		return fmt.Errorf("a limit of %d bytes for a stack is more than any machine has: give 0 for the default of %d", cfg.Stack, DefaultStack)
	}
	if cfg.CPU < 0 {
		return fmt.Errorf("the CPU time is limited to %v: give 0 for no limit", cfg.CPU)
	}
	for _, name := range cfg.Without {
		if !slices.ContainsFunc(all, func(l layer) bool { return l.name == name }) {
			return fmt.Errorf("there is no layer %q to leave out", name)
		}
	}
	return checkOpen(cfg.Keep)
}
