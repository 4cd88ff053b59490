package lua

import (
	"strconv"
	"strings"
	"time"

	"scripthost.example/child/engine"
)

const (
	// profilePeriod is the time between two samples.
	profilePeriod = 10 * time.Millisecond
	// maxStacks is how many different stacks a profile has; what is found elsewhere
	// then is not in it.
	maxStacks = 100_000
)

// A sampler notes where the script is, whenever a ticker has asked for that: before the
// next instruction, by who holds the VM.
type sampler struct {
	stacks map[string]*engine.Sample
	stop   chan struct{}
}

// StartProfile implements engine.Profiler.
func (v *vm) StartProfile() error {
	s := &sampler{stacks: make(map[string]*engine.Sample), stop: make(chan struct{})}
	v.sampler = s
	v.interrupt.sample = v.sample
	go func() {
		t := time.NewTicker(profilePeriod)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				v.interrupt.reasons.Or(reasonSample)
			case <-s.stop:
				return
			}
		}
	}()
	return nil
}

// StopProfile implements engine.Profiler.
func (v *vm) StopProfile() (engine.Profile, error) {
	close(v.sampler.stop)
	p := engine.Profile{Period: profilePeriod}
	for _, s := range v.sampler.stacks {
		p.Samples = append(p.Samples, *s)
	}
	return p, nil
}

// sample notes where the script is.
func (v *vm) sample() {
	if v.cur == nil {
		return
	}
	var key strings.Builder
	tr := v.trace(v.root.G.CurrentThread)
	for _, f := range tr.frames {
		key.WriteString(f.Function)
		key.WriteByte(0)
		key.WriteString(f.File)
		key.WriteByte(0)
		key.WriteString(strconv.Itoa(f.Line))
		key.WriteByte(0)
	}
	s := v.sampler.stacks[key.String()]
	switch {
	case s != nil:
	case len(tr.frames) == 0 || len(v.sampler.stacks) >= maxStacks:
		return
	default:
		s = &engine.Sample{Stack: tr.frames}
		v.sampler.stacks[key.String()] = s
	}
	s.Count++
}
