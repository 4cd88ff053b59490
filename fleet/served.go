package fleet

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/host"
)

// maxCredit is the greatest window of events that a caller may ask for.
const maxCredit = 1 << 20

// A served is a call that this instance has.
type served struct {
	s  *Service
	m  *nats.Msg
	id string // the subject of its replies
	// What the request says.
	headed     bool // its caller knows the protocol
	idempotent bool
	function   string
	object     string // that has the arguments, if they are too large for a message
	serialiser []byte
	// tail is the length of the last token of id, if replies to others may come with these.
	tail int
	// backend is what has it.
	backend *backend
	args    []any
	ctx     callContext
	began   time.Time
	info    host.CallInfo
	// Of Observe.
	firstEvent, lastEvent time.Time
	number                uint64 // among those that the instance has taken

	deadline time.Duration // since epoch; 0: none. Guarded by Service.mu.
	nextBeat atomic.Int64  // when the next sign of life is due, since epoch; 0: never

	mu       sync.Mutex
	accepted bool
	ended    bool
	credits  uint64        // how many events may still be sent
	more     chan struct{} // of capacity 1: there are credits again
	missed   bool          // nobody listened to the last sign of life
	absent   time.Time     // since when nobody has; zero if somebody does
}

// newServed reads a request.
func (s *Service) newServed(m *nats.Msg) (*served, error) {
	c := &served{s: s, m: m, id: m.Reply, headed: isHeaded(m.Data), began: time.Now()}
	var (
		h    head
		data []byte
	)
	if c.headed {
		if h, data = readHead(m.Data); h.kind != typeCall {
			return nil, errorf("a message that begins with %q, where calls to this instance begin with %q", m.Data[:min(len(m.Data), 16)], magic+typeCall)
		}
	} else {
		h, data = plainHead(m), m.Data
	}
	c.serialiser, c.idempotent, c.function, c.object = h.serialiser, h.idempotent, string(h.function), string(h.object)
	c.tail = tailOf(c.id, h.token)
	if c.object == "" { // otherwise they are read when there is the time
		var err error
		if c.args, err = c.readArgs(data); err != nil {
			return nil, err
		}
	}
	if len(h.events) > 0 {
		n, ok := number(h.events)
		if !ok || n == 0 || n > maxCredit {
			return nil, errorf("a field %s of %q, which is 1 to %d", fieldEvents, h.events, maxCredit)
		}
		c.credits, c.more = n, make(chan struct{}, 1)
	}
	c.ctx.Context = host.WithCallInfo(context.Background(), &c.info)
	if len(h.timeout) > 0 {
		ms, ok := number(h.timeout)
		if !ok || ms > uint64(1<<63-1)/uint64(time.Millisecond) {
			return nil, errorf("a field %s of %q, which is a number of milliseconds", fieldTimeout, h.timeout)
		}
		c.ctx.due = c.began.Add(time.Duration(ms) * time.Millisecond)
		c.deadline = c.ctx.due.Sub(epoch)
		if ms == 0 {
			c.ctx.err = context.DeadlineExceeded
		}
	}
	if c.headed {
		c.nextBeat.Store(int64(c.began.Sub(epoch) + s.o.accept))
	}
	return c, nil
}

// plainHead is what the headers say of a request of a caller that does not know the
// protocol.
func plainHead(m *nats.Msg) (h head) {
	if len(m.Header) > 0 {
		h.serialiser = []byte(header(m, headerSerialiser))
		h.timeout = []byte(header(m, headerTimeout))
		h.function = []byte(header(m, headerFunction))
		h.idempotent = header(m, headerIdempotent) != ""
	}
	return h
}

func (c *served) readArgs(data []byte) ([]any, error) {
	args, err := thaw(data, c.serialiser, true)
	if err != nil {
		return nil, errorf("arguments that cannot be read (where nothing says what they are, they are a JSON array): %v", err)
	}
	return args, nil
}

// fetch reads arguments that are an object of the broker's.
func (c *served) fetch() error {
	if c.object == "" {
		return nil
	}
	data, err := c.s.large.get(&c.ctx, "the arguments", c.object, host.NotSent)
	if err != nil {
		return err
	}
	c.args, err = c.readArgs(data)
	return err
}

// caller is the pool as the request asks for it.
func (c *served) caller() host.Caller {
	caller := host.Caller(c.backend.pool)
	if c.function != "" {
		caller = caller.Function(c.function)
	}
	if c.idempotent {
		caller = host.Idempotent(caller)
	}
	return caller
}

// run makes the call of the pool, and replies.
func (c *served) run() {
	var (
		results []any
		events  uint64
		err     error
	)
	switch err = c.fetch(); {
	case err != nil:
	case c.more != nil:
		results, events, err = c.stream()
	default:
		results, err = c.caller().Call(&c.ctx, c.args...)
	}
	c.end(results, events, err, false)
}

// runSoon is run without waiting, for one call of many: no goroutine is woken for each
// answer, but one for all that come together. It returns false for a call of which more
// can come than that.
func (c *served) runSoon(b *host.Batch) bool {
	if c.object != "" || c.more != nil {
		return false
	}
	c.s.receivers.all.Add(1)
	b.Call(&c.ctx, c.caller(), c.endSoon, c.args...)
	return true
}

// endSoon is what runSoon does with the results.
func (c *served) endSoon(results []any, err error, more bool) {
	if !little(results) {
		if !more {
			c.s.sendRest()
		}
		go func() { // which can take long
			defer c.s.receivers.all.Done()
			c.end(results, 0, err, false)
		}()
		return
	}
	defer c.s.receivers.all.Done()
	c.end(results, 0, err, more)
}

// little reports whether values can be frozen and sent in no time.
func little(values []any) bool {
	size := 0
	for _, v := range values {
		switch v := v.(type) {
		case string:
			size += len(v)
		case []byte:
			size += len(v)
		case []any, map[string]any:
			return false
		}
	}
	return size <= littleData
}

// end replies, and gives the call's slot back. More says that another call ends then.
func (c *served) end(results []any, events uint64, err error, more bool) {
	defer c.s.leave(c)
	defer c.ctx.cancel(context.Canceled)
	if c.headed {
		c.reply(results, events, err, more)
	} else {
		c.replyPlain(results, err)
		if !more {
			c.s.sendRest()
		}
	}
	c.s.settled(c, events, err)
}

// stream makes the call and sends its events, as many as the caller has room for.
func (c *served) stream() (results []any, events uint64, err error) {
	for e, err := range c.caller().Stream(&c.ctx, c.args...) {
		if err != nil {
			return nil, events, err
		}
		if e.Result {
			return e.Args, events, nil
		}
		if events == 0 {
			c.introduce()
		}
		if !c.spend() {
			return nil, events, c.ctx.Err()
		}
		events++
		if err := c.sendEvent(events, e.Args); err != nil {
			return nil, events, err
		}
		c.clock(events)
	}
	return nil, events, c.ctx.Err()
}

func (c *served) sendEvent(number uint64, args []any) error {
	buf := buffers.Get().(*buffer)
	defer buf.giveBack()
	by := serialiserOf(args)
	h := appendNumber(appendField(c.s.appendHead(buf.b[:0], typeEvent), fieldSerialiser, by.Name()), fieldSequence, number)
	b, err := appendFrozen(append(h, '\n'), by, args)
	if err != nil {
		return uncarried("an event", host.Unknown, err)
	}
	if size := len(b) - len(h) - 1; !c.s.large.fits(size) {
		name, err := c.s.large.put(&c.ctx, "an event", b[len(h)+1:], host.Unknown)
		if err != nil {
			return err
		}
		b = append(appendField(b[:len(h)], fieldObject, name), '\n')
	}
	buf.b = b
	c.s.publish(c.id, b)
	return nil
}

// clock notes when an event was sent, if somebody wants to know.
func (c *served) clock(number uint64) {
	if c.s.o.observe == nil {
		return
	}
	c.lastEvent = time.Now()
	if number == 1 {
		c.firstEvent = c.lastEvent
	}
}

// introduce tells the caller who it gives credit to.
func (c *served) introduce() {
	c.mu.Lock()
	accepted := c.accepted
	c.mu.Unlock()
	if !accepted {
		c.beat()
	}
}

// spend waits for the credit for an event. It returns false if the call has ended
// meanwhile.
func (c *served) spend() bool {
	for {
		c.mu.Lock()
		if c.credits > 0 {
			c.credits--
			c.mu.Unlock()
			return true
		}
		c.mu.Unlock()
		select {
		case <-c.more:
		case <-c.ctx.Done():
			return false
		}
	}
}

// credit lets the call send n more events.
func (c *served) credit(n uint64) {
	if c.more == nil {
		return
	}
	c.mu.Lock()
	c.credits = min(c.credits+n, maxCredit)
	c.mu.Unlock()
	select {
	case c.more <- struct{}{}:
	default:
	}
}
