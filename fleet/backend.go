package fleet

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"scripthost.example/host"
)

// A backend is a pool that has calls of a service. Its counts are guarded by the
// service's mutex.
type backend struct {
	pool    *host.Pool
	version string
	slots   int
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
	slots := s.o.slots
	if slots == 0 {
		slots = pool.Stats().Slots
	}
	return &backend{pool: pool, version: version, slots: slots, unused: make(chan struct{})}
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

func (s *Service) chooseLocked() *backend {
	if s.diverted != nil && rand.IntN(100) < s.weight {
		return s.diverted
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
	return before.retireLocked()
}

// Divert has another pool answer weight of a hundred of the calls that come from now
// on, chosen by chance. Without one, or with a weight of 0, the service's own has all
// of them. The channel is closed once the pool of the Divert before has no calls of the
// service any more; it is nil if there was none.
func (s *Service) Divert(weight int, pool *host.Pool, version string) (unused <-chan struct{}, err error) {
	if weight < 0 || weight > 100 {
		return nil, fmt.Errorf("the weight of a track is 0 to 100, not %d", weight)
	}
	var b *backend
	if pool != nil && weight > 0 {
		b = s.newBackend(pool, version)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.diverted
	s.diverted, s.weight = b, weight
	if before == nil {
		return nil, nil
	}
	return before.retireLocked(), nil
}

// Report has the statistics say why the instance does not run what it should. An
// empty problem is none.
func (s *Service) Report(problem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problem = problem
}
