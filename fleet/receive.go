package fleet

import (
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go"
)

const (
	// maxRequests is how many requests may wait to be looked at, which takes each of
	// them some microseconds: either it is refused or it has a goroutine.
	maxRequests = 1 << 16
	// maxReceivers is how many goroutines are kept that have nothing to do.
	maxReceivers = 64
)

// receivers are the goroutines that have a service's calls. Each waits for a request
// and has the call itself: so there is no other goroutine between the connection and
// it, and its stack has the size that a call needs. There is always one that waits.
type receivers struct {
	requests chan *nats.Msg
	ended    chan struct{}
	waiting  atomic.Int64
	all      sync.WaitGroup
}

func (r *receivers) start(do func(*nats.Msg)) {
	r.requests, r.ended = make(chan *nats.Msg, maxRequests), make(chan struct{})
	r.more(do)
}

// end has the goroutines end once there are no requests any more. The channel is not
// closed: a connection that has ended may still put something into it.
func (r *receivers) end() { close(r.ended) }

func (r *receivers) more(do func(*nats.Msg)) {
	r.waiting.Add(1)
	r.all.Add(1)
	go r.run(do)
}

func (r *receivers) run(do func(*nats.Msg)) {
	defer r.all.Done()
	for {
		m := r.next()
		if m == nil {
			r.waiting.Add(-1)
			return
		}
		if r.waiting.Add(-1) == 0 {
			r.more(do)
		}
		do(m)
		if r.waiting.Add(1) > maxReceivers {
			r.waiting.Add(-1)
			return
		}
	}
}

// next waits for a request. It returns nil once there are to be no more.
func (r *receivers) next() *nats.Msg {
	select { // which takes less where one is there
	case m := <-r.requests:
		return m
	default:
	}
	select {
	case m := <-r.requests:
		return m
	case <-r.ended:
		select {
		case m := <-r.requests: // it had come before
			return m
		default:
			return nil
		}
	}
}
