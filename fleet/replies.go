package fleet

import (
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// What an instance keeps of its replies at most; the oldest are forgotten first.
const (
	keepCalls = 1 << 14
	keepBytes = 64 << 20
)

// replies are the last replies of an instance, for callers whose broker died on the
// way: they ask for them.
type replies struct {
	mu    sync.Mutex
	kept  map[string]*nats.Msg
	order []keptReply // the oldest first
	bytes int
}

type keptReply struct {
	call string
	at   time.Time
	size int
}

// keep keeps the reply to a call, and forgets those that are older than keepTime,
// unless the connection is away, when nobody can have asked.
func (r *replies) keep(call string, m *nats.Msg, now time.Time, away bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept == nil {
		r.kept = map[string]*nats.Msg{}
	}
	size := m.Size()
	r.kept[call] = m
	r.order = append(r.order, keptReply{call, now, size})
	r.bytes += size
	n := 0
	for n < len(r.order) {
		o := r.order[n]
		old := !away && now.Sub(o.at) > keepTime
		if !old && len(r.order)-n <= keepCalls && r.bytes <= keepBytes {
			break
		}
		delete(r.kept, o.call)
		r.bytes -= o.size
		n++
	}
	if n > 0 {
		r.order = r.order[n:]
	}
}

// of returns what the call was answered, or nil.
func (r *replies) of(call string) *nats.Msg {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kept[call]
}
