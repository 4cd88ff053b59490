package host

import (
	"context"
	"time"
)

// maxRetries is how often a call is sent to yet another worker.
const maxRetries = 2

// A request is a call of a pool's, on its way through one worker or several.
type request struct {
	p          *Pool
	number     uint64
	name       string
	idempotent bool
	broadcast  bool // it is for the worker m and no other
	mark       *hostMark
	made       time.Time

	// A Go, which nobody waits for: fn gets the answer, frame is sent.
	isGo  bool
	fn    func([]any, error)
	frame []byte

	// Guarded by Pool.mu, but for who makes the call once it is settled.
	m        *member     // where it has a slot
	attempts int         // workers that it was given to
	deaths   int         // of them that died while they may have run it
	retry    bool        // its last worker is gone, and another one may have it
	poison   bool        // it is given up: workers die of it
	ready    chan error  // of capacity 1: a Call waits for a slot
	timer    *time.Timer // ends the waiting of a Go
	list     *requests   // where it waits
	next     *request
	prev     *request
}

// alone reports whether the call has to be the only one of its worker.
func (r *request) alone() bool { return r.deaths > 0 }

// nestedIn reports whether the call is made by a host function that m's script has
// called.
func (r *request) nestedIn(m *member) bool {
	for k := r.mark; k != nil; k = k.outer {
		if k.w.member == m {
			return true
		}
	}
	return false
}

// nesting is how many of p's workers wait for the call.
func (r *request) nesting() int {
	var waiting []*member
outer:
	for k := r.mark; k != nil; k = k.outer {
		if k.w.member == nil || k.w.member.p != r.p {
			continue
		}
		for _, m := range waiting {
			if m == k.w.member {
				continue outer
			}
		}
		waiting = append(waiting, k.w.member)
	}
	return len(waiting)
}

// markOf is who waits for a call that is made with ctx, which matters for sync
// workers only.
func (p *Pool) markOf(ctx context.Context) *hostMark {
	if p.o.Async {
		return nil
	}
	mark, _ := ctx.Value(hostMarkKey{}).(*hostMark)
	return mark
}

// requests is a list of those that wait.
type requests struct {
	first, last *request
	len         int
}

func (l *requests) pushBack(r *request) {
	r.list, r.prev, r.next = l, l.last, nil
	if l.last == nil {
		l.first = r
	} else {
		l.last.next = r
	}
	l.last = r
	l.len++
}

func (l *requests) pushFront(r *request) {
	r.list, r.prev, r.next = l, nil, l.first
	if l.first == nil {
		l.last = r
	} else {
		l.first.prev = r
	}
	l.first = r
	l.len++
}

func (l *requests) remove(r *request) {
	if r.prev == nil {
		l.first = r.next
	} else {
		r.prev.next = r.next
	}
	if r.next == nil {
		l.last = r.prev
	} else {
		r.next.prev = r.prev
	}
	r.list, r.prev, r.next = nil, nil, nil
	l.len--
}
