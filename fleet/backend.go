package fleet

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"scripthost.example/host"
)

// A backend is a pool that has calls of a service. Its counts are guarded by the
// service's mutex.
type backend struct {
	pool    *host.Pool
	version string
	slots   int
	ready   int // of slots, for calls that no worker has to be waited for
	calls   int
	retired bool
	unused  chan struct{} // closed when it is retired and has no calls any more

	// last is what the last answer said of the script, which the next one most often
	// says too.
	last atomic.Pointer[scriptName]
}

// A scriptName is a field of a head that names a generation of the script.
type scriptName struct {
	generation string
	field      []byte
}

// script is the field for a generation of the script.
func (b *backend) script(generation string) []byte {
	if l := b.last.Load(); l != nil && l.generation == generation {
		return l.field
	}
	l := &scriptName{generation, appendField(nil, fieldScript, b.scriptName(generation))}
	b.last.Store(l)
	return l.field
}

func (b *backend) scriptName(generation string) string {
	return headerText(b.version + "@" + generation)
}

func (s *Service) newBackend(pool *host.Pool, version string) *backend {
	slots, ready := s.o.slots, pool.Stats().Slots
	if slots == 0 {
		slots = ready
	}
	return &backend{pool: pool, version: version, slots: slots, ready: min(slots, ready), unused: make(chan struct{})}
}

func (b *backend) leaveLocked() {
	b.calls--
	b.endLocked()
}

func (b *backend) retireLocked() <-chan struct{} {
	b.retired = true
	b.endLocked()
	return b.unused
}

func (b *backend) endLocked() {
	if b.retired && b.calls == 0 {
		close(b.unused)
	}
}

// chooseLocked has the calls go where their shares are.
func (s *Service) chooseLocked() *backend {
	if len(s.diverted) == 0 {
		return s.backend
	}
	all := 0
	for _, d := range s.diverted {
		all += d.weight
	}
	n := rand.IntN(max(100, all))
	for _, d := range s.diverted {
		if n < d.weight {
			return d.backend
		}
		n -= d.weight
	}
	return s.backend
}

// Use has another pool answer the calls that come from now on, with the script's
// version. The channel is closed once the pool before has no calls of the service any
// more, and can be closed.
func (s *Service) Use(pool *host.Pool, version string) (unused <-chan struct{}) {
	b := s.newBackend(pool, version)
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.backend
	s.backend = b
	s.freedLocked()
	return before.retireLocked()
}

// A Share is a part of a service's calls that another pool has.
type Share struct {
	Pool    *host.Pool
	Version string // of the pool's script
	Weight  int    // of a hundred calls, 0 to 100
}

// diverted is what has a share of a service's calls.
type diverted struct {
	*backend
	weight int
}

// Divert has other pools answer their shares of the calls that come from now on, chosen
// by chance, and no pool that had a share before and has none now. What is left is the
// service's own; if the weights come to more than a hundred that is nothing, and they are
// in proportion. The channel is closed once the pools that have a share no more have no
// calls of the service either; it is nil if there are none.
func (s *Service) Divert(shares ...Share) (unused <-chan struct{}, err error) {
	var now []diverted
	for _, d := range shares {
		if d.Weight < 0 || d.Weight > 100 {
			return nil, fmt.Errorf("the weight of a track is 0 to 100, not %d", d.Weight)
		}
		if d.Weight > 0 {
			now = append(now, diverted{s.newBackend(d.Pool, d.Version), d.Weight})
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := slices.Clone(s.diverted)
	for i, d := range now {
		if j := slices.IndexFunc(before, func(b diverted) bool { return b.pool == d.pool && b.version == d.version }); j >= 0 {
			now[i].backend = before[j].backend // with the calls that it has
			before = slices.Delete(before, j, j+1)
		}
	}
	s.diverted = now
	var all []<-chan struct{}
	for _, d := range before {
		all = append(all, d.retireLocked())
	}
	return closedAll(all), nil
}

// closedAll is closed once all are; it is nil if there are none.
func closedAll(all []<-chan struct{}) <-chan struct{} {
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, c := range all {
			<-c
		}
	}()
	return done
}

// Report has the statistics say why the instance does not run the version that its track
// is at. Without a problem it does.
func (s *Service) Report(version, problem string) {
	if problem == "" {
		version = ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted, s.problem = version, problem
}
