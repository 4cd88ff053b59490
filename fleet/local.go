package fleet

import (
	"context"
	"iter"

	"scripthost.example/host"
)

// Local returns a Caller of what the service serves, for calls that do not come by way
// of the broker. They are not refused for want of a slot, but take one: there is one
// less for those that do.
func (s *Service) Local() host.Caller { return local{s: s} }

// A local is a Caller of a service's pools.
type local struct {
	s        *Service
	function string
}

// take chooses the pool for a call, which is not closed before leave has been called.
func (l local) take() (c host.Caller, leave func()) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	b := l.s.chooseLocked()
	b.calls++
	c = b.pool
	if l.function != "" {
		c = b.pool.Function(l.function)
	}
	return c, func() {
		l.s.mu.Lock()
		defer l.s.mu.Unlock()
		b.leaveLocked()
	}
}

func (l local) Function(name string) host.Caller { return local{l.s, name} }

func (l local) Call(ctx context.Context, args ...any) ([]any, error) {
	c, leave := l.take()
	defer leave()
	return c.Call(ctx, args...)
}

func (l local) Go(fn func([]any, error), args ...any) uint64 {
	c, leave := l.take()
	return c.Go(func(results []any, err error) {
		defer leave()
		if fn != nil {
			fn(results, err)
		}
	}, args...)
}

func (l local) Stream(ctx context.Context, args ...any) iter.Seq2[host.Event, error] {
	return func(yield func(host.Event, error) bool) {
		c, leave := l.take()
		defer leave()
		c.Stream(ctx, args...)(yield)
	}
}
