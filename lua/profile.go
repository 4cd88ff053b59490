package lua

import (
	"strconv"
	"strings"
	"time"

	"scripthost.example/child/engine"
)

const (
	// profilePeriod is the script's time between two samples.
	profilePeriod = 10 * time.Millisecond
	// maxStacks is how many different stacks a profile has; what is found elsewhere
	// then is not in it.
	maxStacks = 100_000
)

// A sampler notes where the script is each time that it has run for another period. It
// looks at the clock before each instruction: a ticker could not tell the first line of a
// call, which it would find there after each wait for one, from what takes the time.
type sampler struct {
	stacks map[string]*engine.Sample
	now    func() time.Duration
	last   time.Duration // when it looked at the clock
	spent  time.Duration // that the script has run since the last sample
}

func newSampler() *sampler {
	began := time.Now()
	return &sampler{
		stacks: make(map[string]*engine.Sample),
		now:    func() time.Duration { return time.Since(began) },
	}
}

// pause and resume stand around what is not the script's time. Both, and periods, do
// nothing without a sampler.
func (s *sampler) pause() {
	if s != nil {
		now := s.now()
		s.spent += now - s.last
		s.last = now
	}
}

func (s *sampler) resume() {
	if s != nil {
		s.last = s.now()
	}
}

// periods are those that the script has run for since it was asked.
func (s *sampler) periods() int {
	s.pause()
	n := s.spent / profilePeriod
	s.spent -= n * profilePeriod
	return int(n)
}

// StartProfile implements engine.Profiler.
func (v *vm) StartProfile() error {
	v.sampler = newSampler()
	v.interrupt.startSampling(v.sample)
	return nil
}

// StopProfile implements engine.Profiler.
func (v *vm) StopProfile() (engine.Profile, error) {
	v.interrupt.stopSampling()
	p := engine.Profile{Period: profilePeriod}
	for _, s := range v.sampler.stacks {
		p.Samples = append(p.Samples, *s)
	}
	v.sampler = nil
	return p, nil
}

// sample notes where the script is, if it has run for long enough.
func (v *vm) sample() {
	periods := v.sampler.periods()
	if periods == 0 || v.cur == nil {
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
	s.Count += int64(periods)
}
