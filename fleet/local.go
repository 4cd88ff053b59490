package fleet

import (
	"context"
	"iter"

	"scripthost.example/host"
)

// Local returns a Caller of what the service serves, for calls that do not come by way
// of the broker. They are not refused for want of a slot, but take one: there is one
// less for those that do.
//
// It has two methods more, for who asks before it calls, as package jobs does:
// Free(context.Context) (int, error) waits until there is a free slot, and returns how
// many there are, which a context that has ended does not keep it from; Take() (*Slot, bool) takes one, if there is one. Slots whose calls would
// wait for a worker are not free for these.
func (s *Service) Local() host.Caller { return local{s: s} }

// A local is a Caller of a service's pools.
type local struct {
	s        *Service
	function string
}

// A Slot is one of those that a service has, taken. It is a Caller of the pool, which
// is not closed before Leave has been called.
type Slot struct {
	host.Caller
	Instance string // whose it is; see Service.Instance
	Version  string // of the script that the calls are of
	// Leave gives the slot back. It is called once, when its calls have ended.
	Leave func()
}

// Free waits until the service has a free slot, and returns how many it has. The error
// is that of ctx, which may have ended before: then it does not wait.
func (l local) Free(ctx context.Context) (int, error) {
	s := l.s
	for {
		s.mu.Lock()
		n := s.backend.ready - s.backend.calls
		if n > 0 {
			s.mu.Unlock()
			return n, nil
		}
		if s.freed == nil {
			s.freed = make(chan struct{})
		}
		freed := s.freed
		s.mu.Unlock()
		select {
		case <-freed:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// Take takes a slot, if there is one.
func (l local) Take() (*Slot, bool) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	b := l.s.chooseLocked()
	if b.calls >= b.ready {
		b = l.s.backend // what is diverted may be full, and this not
	}
	if b.calls >= b.ready {
		return nil, false
	}
	return l.s.takeLocked(b, l.function), true
}

// takeLocked takes a slot, whether or not there is one.
func (s *Service) takeLocked(b *backend, function string) *Slot {
	b.calls++
	s.local++
	c := host.Caller(b.pool)
	if function != "" {
		c = c.Function(function)
	}
	return &Slot{Caller: c, Instance: s.instance, Version: b.version, Leave: func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.local--
		s.leaveLocked(b)
	}}
}

// leaveLocked gives a slot back, and tells who waits for one.
func (s *Service) leaveLocked(b *backend) {
	b.leaveLocked()
	s.freedLocked()
}

func (s *Service) freedLocked() {
	if s.freed != nil {
		close(s.freed)
		s.freed = nil
	}
}

// slot is what a call is made with that is not refused.
func (l local) slot() *Slot {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return l.s.takeLocked(l.s.chooseLocked(), l.function)
}

func (l local) Function(name string) host.Caller { return local{l.s, name} }

func (l local) Call(ctx context.Context, args ...any) ([]any, error) {
	c := l.slot()
	defer c.Leave()
	return c.Call(ctx, args...)
}

func (l local) Go(fn func([]any, error), args ...any) uint64 {
	c := l.slot()
	return c.Go(func(results []any, err error) {
		defer c.Leave()
		if fn != nil {
			fn(results, err)
		}
	}, args...)
}

func (l local) Stream(ctx context.Context, args ...any) iter.Seq2[host.Event, error] {
	return func(yield func(host.Event, error) bool) {
		c := l.slot()
		defer c.Leave()
		c.Stream(ctx, args...)(yield)
	}
}
