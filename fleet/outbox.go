package fleet

import (
	"runtime"
	"sync"

	"github.com/nats-io/nats.go"
)

const (
	// gatherCalls is how many calls there have to be for who has a message to let others
	// go first: to do so has the scheduler wake a thread for them.
	gatherCalls = 4
	// maxGathered is how large a message may be that others are sent together with, in
	// bytes.
	maxGathered = 16 << 10
	// keepGathered is the size up to which the memory for them is kept, in bytes.
	keepGathered = 256 << 10
	// gatherRounds is how often one goroutine sends what has come meanwhile, before
	// another one goes on.
	gatherRounds = 4
)

// An outbox sends messages of many goroutines together. A connection wakes a goroutine
// to write as soon as it has one message, which then has written it by itself before the
// next one comes, and a write costs more than all else that is done with a small message.
// So who has a message leaves it here, and one of them sends all.
type outbox struct {
	nc *nats.Conn
	// failed is told of messages that could not be sent. It may be called by any
	// goroutine that sends.
	failed func(m outgoing, err error)
	more   sync.WaitGroup // goroutines that send

	mu      sync.Mutex
	queue   []outgoing
	data    []byte // of all
	sending bool
	owed    bool // sending is set, and nobody has begun to: whoever adds the last message does
	// What is sent, by who sends; kept for the next time.
	queued     []outgoing
	queuedData []byte
	bundles    bundles
}

// An outgoing is a message that is to be sent.
type outgoing struct {
	subject, reply string
	header         nats.Header
	start, end     int   // its data, of the outbox's
	call           *sent // that it is of; nil for a reply
	// tail of a reply is the length of the subject's last token, if it may be in one message
	// with others whose subjects differ in it.
	tail int
}

// add leaves a message, and copies its data. More says that who adds it adds another one, or
// calls rest, in a moment. If it returns true, send is to be called.
func (o *outbox) add(m outgoing, data []byte, more bool) (send bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	m.start = len(o.data)
	o.data = append(o.data, data...)
	m.end = len(o.data)
	o.queue = append(o.queue, m)
	if !o.sending {
		o.sending, o.owed = true, true
	}
	return !more && o.restLocked()
}

// rest is for who has added messages with more to come, and has none. If it returns true, send
// is to be called.
func (o *outbox) rest() (send bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.restLocked()
}

func (o *outbox) restLocked() (send bool) {
	send = o.owed
	o.owed = false
	return send
}

// send sends what there is. Where others may be about to add messages they come first.
func (o *outbox) send(others bool) {
	if others {
		runtime.Gosched()
	}
	for range gatherRounds {
		o.mu.Lock()
		if len(o.queue) == 0 {
			o.sending = false
			o.mu.Unlock()
			return
		}
		queue, data := o.queue, o.data
		o.queue, o.data = o.queued[:0], o.queuedData[:0]
		o.mu.Unlock()
		var g *gatherer
		if len(queue) > 1 {
			g = gathererOf(o.nc)
			g.hold()
		}
		for i := range queue {
			if m := &queue[i]; m.tail > 0 && len(queue) > 1 {
				o.bundles.add(o, m, data[m.start:m.end])
			} else {
				o.publish(m, data[m.start:m.end])
			}
		}
		o.bundles.send(o)
		g.release()
		clear(queue)
		if cap(data) > keepGathered {
			queue, data = nil, nil
		}
		o.queued, o.queuedData = queue, data
	}
	o.more.Go(func() { o.send(false) })
}

func (o *outbox) publish(m *outgoing, data []byte) {
	if err := publish(o.nc, m.subject, m.reply, m.header, data); err != nil {
		o.failed(*m, err)
	}
}

// publish sends a message. Of an empty header it has none.
func publish(nc *nats.Conn, subject, reply string, h nats.Header, data []byte) error {
	if len(h) > 0 {
		return nc.PublishMsg(&nats.Msg{Subject: subject, Reply: reply, Header: h, Data: data})
	}
	if reply == "" {
		return nc.Publish(subject, data)
	}
	return nc.PublishRequest(subject, reply, data)
}
