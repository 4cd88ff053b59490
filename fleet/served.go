package fleet

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
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
	// backend is what has it.
	backend *backend
	args    []any
	ctx     context.Context
	cancel  context.CancelFunc
	began   time.Time
	info    host.CallInfo
	// Of Observe.
	firstEvent, lastEvent time.Time
	number                uint64 // among those that the instance has taken

	mu       sync.Mutex
	timer    *time.Timer // for the next sign of life
	accepted bool
	ended    bool
	credits  uint64        // how many events may still be sent
	more     chan struct{} // of capacity 1: there are credits again
	missed   bool          // nobody listened to the last sign of life
	absent   time.Time     // since when nobody has; zero if somebody does
}

// newServed reads a request.
func (s *Service) newServed(m *nats.Msg) (*served, error) {
	c := &served{s: s, m: m, id: m.Reply, began: time.Now()}
	if v := header(m, headerVersion); v != "" && v != version {
		return nil, errorf("version %q of the protocol, where this instance knows %s", v, version)
	}
	if header(m, headerObject) == "" { // otherwise they are read when there is the time
		args, err := readArgs(m, m.Data)
		if err != nil {
			return nil, err
		}
		c.args = args
	}
	if text := header(m, headerEvents); text != "" {
		n, ok := number(m, headerEvents)
		if !ok || n == 0 || n > maxCredit {
			return nil, errorf("a header %s of %q, which is 1 to %d", headerEvents, text, maxCredit)
		}
		c.credits, c.more = n, make(chan struct{}, 1)
	}
	ctx := host.WithCallInfo(context.Background(), &c.info)
	if text := header(m, headerTimeout); text != "" {
		ms, ok := number(m, headerTimeout)
		if !ok || ms > uint64(1<<63-1)/uint64(time.Millisecond) {
			return nil, errorf("a header %s of %q, which is a number of milliseconds", headerTimeout, text)
		}
		c.ctx, c.cancel = context.WithTimeout(ctx, time.Duration(ms)*time.Millisecond)
	} else {
		c.ctx, c.cancel = context.WithCancel(ctx)
	}
	return c, nil
}

func readArgs(m *nats.Msg, data []byte) ([]any, error) {
	args, err := thaw(data, header(m, headerSerialiser))
	if err != nil {
		return nil, errorf("arguments that cannot be read (without a header %s they are a JSON array): %v", headerSerialiser, err)
	}
	return args, nil
}

// fetch reads arguments that are an object of the broker's.
func (c *served) fetch() error {
	if header(c.m, headerObject) == "" {
		return nil
	}
	data, err := c.s.large.get(c.ctx, c.m)
	if err != nil {
		return host.NewCallError("limit", host.NotSent, err, fmt.Sprintf("the arguments, which are too large for a message, could not be read from the broker: %v", err))
	}
	c.args, err = readArgs(c.m, data)
	return err
}

// caller is the pool as the request asks for it.
func (c *served) caller() host.Caller {
	caller := host.Caller(c.backend.pool)
	if name := header(c.m, headerFunction); name != "" {
		caller = caller.Function(name)
	}
	if header(c.m, headerIdempotent) != "" {
		caller = host.Idempotent(caller)
	}
	return caller
}

// run makes the call of the pool, and replies.
func (c *served) run() {
	defer c.s.leave(c)
	defer c.cancel()
	if header(c.m, headerVersion) != "" {
		c.mu.Lock()
		c.timer = time.AfterFunc(acceptTime, c.beat)
		c.mu.Unlock()
	}
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
		results, err = c.caller().Call(c.ctx, c.args...)
	}
	r := c.answer(results, events, err) // which can take a while, if it is large
	c.mu.Lock()
	c.ended = true
	if c.timer != nil {
		c.timer.Stop()
	}
	c.mu.Unlock()
	if header(c.m, headerVersion) != "" {
		c.s.replies.keep(c.id, r, time.Now(), !c.s.nc.IsConnected())
	}
	c.s.send(r, c.m)
	c.s.settled(c, events, err)
}

// beat tells the caller that the call is alive, and sees to it that the next time
// it is told again.
func (c *served) beat() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || header(c.m, headerVersion) == "" {
		return
	}
	kind := typeHeartbeat
	if !c.accepted {
		c.accepted, kind = true, typeAccept
	}
	if !c.missed {
		c.absent = time.Time{}
	}
	c.missed = false
	m := reply(c.id, c.s.instance, kind)
	m.Reply = absentSubject(c.s.instance, strconv.FormatUint(c.number, 10))
	c.s.publish(m)
	if c.timer != nil {
		c.timer.Reset(heartbeatTime)
	}
}

// unheard is told that nobody listened to a sign of life. A caller who has not been
// there for long has gone, and its call ends. For a moment none is there when its
// connection is lost.
func (c *served) unheard(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.missed = true
	if c.absent.IsZero() {
		c.absent = now
	}
	if now.Sub(c.absent) >= c.s.o.absence {
		c.cancel()
	}
}

// stream makes the call and sends its events, as many as the caller has room for.
func (c *served) stream() (results []any, events uint64, err error) {
	for e, err := range c.caller().Stream(c.ctx, c.args...) {
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
			return nil, events, context.Cause(c.ctx)
		}
		events++
		m := reply(c.id, c.s.instance, typeEvent)
		data, serialiser, err := freeze(e.Args)
		if err != nil {
			err = uncarried("an event", host.Unknown, err)
		} else {
			err = c.s.load(c.ctx, m, "an event", data, host.Unknown)
		}
		if err != nil {
			return nil, events, err
		}
		m.Header[headerSerialiser] = values(serialiser)
		m.Header[headerSequence] = []string{strconv.FormatUint(events, 10)}
		c.s.publish(m)
		c.clock(events)
	}
	return nil, events, context.Cause(c.ctx)
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

func parseCredit(data []byte) (uint64, error) {
	return strconv.ParseUint(string(data), 10, 32)
}

// load puts data into a message, or into an object that the message names.
func (s *Service) load(ctx context.Context, m *nats.Msg, what string, data []byte, o host.Outcome) error {
	if s.large.fits(len(data)) {
		m.Data = data
		return nil
	}
	name, err := s.large.put(ctx, what, data, o)
	if err == nil {
		m.Header[headerObject] = []string{name}
	}
	return err
}

// answer is the reply that ends the call.
func (c *served) answer(results []any, events uint64, err error) *nats.Msg {
	r := reply(c.id, c.s.instance, typeResult)
	if err == nil {
		var (
			data       []byte
			serialiser string
		)
		plain := header(c.m, headerVersion) == ""
		if plain {
			serialiser = host.JSON.Name()
			data, err = host.Freeze(host.JSON, results)
		} else {
			data, serialiser, err = freeze(results)
		}
		r.Header[headerSerialiser] = values(serialiser)
		switch {
		case err != nil:
			err = uncarried("the results", host.Completed, err)
		case plain && !c.s.large.fits(len(data)):
			err = tooLarge(host.Completed, fmt.Sprintf("results of %d bytes; the broker takes %d", len(data), c.s.nc.MaxPayload()-messageRoom))
		default:
			err = c.s.load(context.Background(), r, "results", data, host.Completed)
		}
	}
	if err != nil {
		r = errorReply(c.m, c.s.instance, err)
		if !c.s.large.fits(len(r.Data)) { // a script may have made it
			r = errorReply(c.m, c.s.instance, host.NewCallError("limit", host.OutcomeOf(err), host.ErrTooLarge,
				fmt.Sprintf("an error of %d bytes, which the broker does not take; it begins: %s", len(r.Data), headerText(err.Error()))))
		}
	}
	if events > 0 {
		r.Header[headerEvents] = []string{strconv.FormatUint(events, 10)}
	}
	if c.info.Generation != "" {
		r.Header[headerScript] = c.backend.script(c.info.Generation)
	}
	return r
}

// uncarried is the error of values that the script gave, and no message can have. What
// host.Freeze says is that of a call which has not been made yet.
func uncarried(what string, o host.Outcome, err error) error {
	return host.NewCallError("serialise", o, err, fmt.Sprintf("%s: %v", what, err))
}

// reply is a message to the caller.
func reply(to, instance, kind string) *nats.Msg {
	return &nats.Msg{Subject: to, Header: nats.Header{headerType: values(kind), headerInstance: {instance}}}
}

// errorReply is the answer to m that says why there is none.
func errorReply(m *nats.Msg, instance string, err error) *nats.Msg {
	r := reply(m.Reply, instance, typeError)
	if host.OutcomeOf(err) == 0 {
		err = withOutcome(err)
	}
	r.Data = host.MarshalError(err)
	r.Header[headerErrorCode] = []string{strconv.Itoa(CodeOf(err))}
	r.Header[headerError] = []string{headerText(err.Error())}
	return r
}

// withOutcome is an error that has come up here before, or after, the pool was
// called: a request that cannot be read, or a context that ended while the call
// waited to send an event.
func withOutcome(err error) error {
	switch {
	case errors.Is(err, ErrProtocol):
		return host.NewCallError("protocol", host.NotSent, ErrProtocol, err.Error())
	case errors.Is(err, context.DeadlineExceeded):
		return host.NewCallError("deadline", host.Unknown, context.DeadlineExceeded, "the call was given up: its deadline passed (the worker may have run it in part)")
	}
	return host.NewCallError("cancelled", host.Unknown, context.Canceled, "the call was cancelled (the worker may have run it in part)")
}

// headerTextSize is how much of an error's text a header has.
const headerTextSize = 512

// headerText is a text as a header can have it: one line.
func headerText(text string) string {
	b := make([]byte, 0, min(len(text), headerTextSize))
	for i := 0; i < len(text) && i < headerTextSize; i++ {
		if text[i] < ' ' || text[i] == 0x7f {
			b = append(b, ' ')
			continue
		}
		b = append(b, text[i])
	}
	return string(b)
}
