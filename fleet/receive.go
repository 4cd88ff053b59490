package fleet

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/host"
)

const (
	// maxRequests is how many requests may wait to be looked at, which takes each of
	// them some microseconds: either it is refused or it has a goroutine.
	maxRequests = 1 << 16
	// maxReceivers is how many goroutines are kept that have nothing to do.
	maxReceivers = 64
	// maxWaiting is how many goroutines wait for requests where there are few calls.
	maxWaiting = gatherCalls
	// maxBatch is how many calls are given to the workers together, so that these begin.
	maxBatch = 16
	// manyTime is how long an instance with many calls is expected to have them again.
	manyTime = time.Millisecond
)

// receivers are the goroutines that have a service's calls. Each waits for a request,
// looks at it and has the call itself if that takes a goroutine: so there is no other
// between the connection and it, and its stack has the size that a call needs. There is
// always one that waits. Where there are many calls there is only one, so that not each of
// the requests that come together wakes a goroutine.
type receivers struct {
	requests chan *nats.Msg
	spare    chan struct{} // has one of those that are kept wait for requests
	ended    chan struct{}
	waiting  atomic.Int64 // for requests, or about to
	kept     atomic.Int64 // wait for more
	all      sync.WaitGroup
	take     func(*nats.Msg, *host.Batch) (rest runner)
}

// A runner is what is left to do for a request.
type runner interface{ run() }

// start has take called for each request, by several goroutines at a time. It is to look at it
// and not to wait: it may make calls of the batch, which are sent soon, and what it returns is
// run, unless that is nil.
func (r *receivers) start(take func(*nats.Msg, *host.Batch) (rest runner)) {
	r.requests, r.spare, r.ended, r.take = make(chan *nats.Msg, maxRequests), make(chan struct{}), make(chan struct{}), take
	r.more()
}

// end has the goroutines end once there are no requests any more. The channel is not
// closed: a connection that has ended may still put something into it.
func (r *receivers) end() { close(r.ended) }

// more has one more wait.
func (r *receivers) more() {
	r.waiting.Add(1)
	select {
	case r.spare <- struct{}{}:
	default:
		r.all.Add(1)
		go r.run()
	}
}

func (r *receivers) run() {
	defer r.all.Done()
	var calls host.Batch
	most, n := int64(maxWaiting), 0
	for {
		m := r.ready()
		if m == nil {
			calls.Send()
			if r.waiting.Load() > most && !r.keep() {
				return
			}
			if m = r.next(); m == nil {
				r.waiting.Add(-1)
				return
			}
		}
		long := len(m.Data) > littleData // which takes a while to look at
		if long {
			r.leave()
		}
		rest := r.take(m, &calls)
		if n++; n%maxBatch == 0 || long || rest != nil {
			calls.Send()
		}
		most = 1
		if rest != nil {
			if !long {
				r.leave()
			}
			rest.run()
			most = maxWaiting
		}
		if long || rest != nil {
			r.waiting.Add(1)
		}
	}
}

// leave is called by who does not wait any more for a while.
func (r *receivers) leave() {
	if r.waiting.Add(-1) == 0 {
		r.more()
	}
}

// keep waits until one more is to wait for requests, for one of several that do. It returns
// false if there will be no need.
func (r *receivers) keep() bool {
	if r.waiting.Add(-1) == 0 { // the others have left meanwhile
		r.waiting.Add(1)
		return true
	}
	defer r.kept.Add(-1)
	if r.kept.Add(1) > maxReceivers {
		return false
	}
	select {
	case <-r.spare:
		return true
	case <-r.ended:
		return false
	}
}

// ready returns a request if there is one.
func (r *receivers) ready() *nats.Msg {
	select {
	case m := <-r.requests:
		return m
	default:
		return nil
	}
}

// next waits for a request. It returns nil once there are to be no more.
func (r *receivers) next() *nats.Msg {
	select {
	case m := <-r.requests:
		return m
	case <-r.ended:
		return r.ready() // it had come before
	}
}
