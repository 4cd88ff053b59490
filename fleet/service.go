package fleet

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"

	"scripthost.example/host"
)

// queueGroup is the group of all instances, of which one gets each call.
const queueGroup = "rpc"

// callsDrainTime is how long calls have to end once a service is closed.
const callsDrainTime = 30 * time.Second

// A ServeOption says how a pool is served.
type ServeOption func(*serveOptions)

type serveOptions struct {
	plugin, track, version string
	slots                  int
	maxPayload             int
	drain                  time.Duration
	absence                time.Duration // how long a caller may be unheard of
	accept                 time.Duration // acceptTime, unless a test says otherwise
	logger                 *slog.Logger
	observe                func(CallRecord)
}

// As serves the pool as the plugin. The default is the name of its script without
// folder and ending.
func As(plugin string) ServeOption { return func(o *serveOptions) { o.plugin = plugin } }

// OnTrack serves the pool on the track. The default is Stable.
func OnTrack(track string) ServeOption { return func(o *serveOptions) { o.track = track } }

// Version is what the script's version is called in answers and lists. The default
// is 0.0.0.
func Version(version string) ServeOption { return func(o *serveOptions) { o.version = version } }

// Slots is how many calls are taken at a time, those of jobs among them; one more is
// refused at once, so that its caller tries another instance. What is more than the pool's
// workers can have waits for one of them, and jobs do not have these slots. The default, 0, is
// as many as the workers can have.
func Slots(n int) ServeOption { return func(o *serveOptions) { o.slots = n } }

// MaxPayload is the greatest size of arguments, results and events, in bytes. What is
// too large for a message goes through the broker's object store, which takes JetStream.
// The default is DefaultMaxPayload.
func MaxPayload(bytes int) ServeOption { return func(o *serveOptions) { o.maxPayload = bytes } }

// Drain is how long the calls that there are have to end once the service does not
// take any more; what has not ended by then is cancelled. The default is 30 s.
func Drain(d time.Duration) ServeOption { return func(o *serveOptions) { o.drain = d } }

// Logger gets what the service has to tell. The default is slog.Default().
func Logger(l *slog.Logger) ServeOption { return func(o *serveOptions) { o.logger = l } }

// Observe has fn told of each call that has ended. It is called by many goroutines
// at a time, after the caller has been answered, and should not block.
func Observe(fn func(CallRecord)) ServeOption { return func(o *serveOptions) { o.observe = fn } }

// A CallRecord is a call that an instance has had.
type CallRecord struct {
	Plugin, Track, Instance string
	Version                 string // of the script that had it
	Function                string // as the caller says; empty: that of the pool
	// Header are the headers of the request, such as a trace's. They are the
	// receiver's to read.
	Header nats.Header
	Began  time.Time // when it came
	Took   time.Duration
	Events uint64
	// FirstEvent and LastEvent are when those were sent; zero without events.
	FirstEvent, LastEvent time.Time
	// Info is empty if no worker has had the call. Until Info.Given it waited for one.
	Info host.CallInfo
	Err  error // nil if it was answered
	Code int   // of Err, as those of HTTP; 0 without an error
}

// A Service offers a pool to those who can reach the broker. It is safe for
// concurrent use.
type Service struct {
	nc       *nats.Conn
	o        serveOptions
	instance string
	subs     []*nats.Subscription
	receivers
	out      outbox
	taken    atomic.Int64 // len(running)
	wereMany atomic.Int64 // when there were many, since epoch
	replies  replies
	large    *large
	counts   serviceCounts
	started  time.Time
	stopOnce sync.Once
	stopErr  error
	done     chan struct{} // closed when it has ended

	mu       sync.Mutex
	running  map[string]*served // by the subject of the call's replies
	early    early
	admitted uint64        // calls, since it began
	local    int           // calls of Local, such as those of jobs
	freed    chan struct{} // closed when there is a free slot; nil if nobody waits
	closed   bool
	backend  *backend   // that has the calls
	diverted []diverted // that have shares of them
	// wanted is the version that the problem is of.
	wanted, problem string
	signs           signs
}

// Serve offers the pool's script to all who can reach the broker, as a plugin, until
// ctx ends. Then it takes no more calls, waits for those that it has, and returns
// nil. The pool and the connection stay the caller's. What cannot be served is an
// error at once.
func Serve(ctx context.Context, nc *nats.Conn, pool *host.Pool, opts ...ServeOption) error {
	s, err := NewService(nc, pool, opts...)
	if err != nil {
		return err
	}
	<-ctx.Done()
	return s.Close()
}

// NewService is like Serve, but returns once the broker knows of the service, which
// ends with Close.
func NewService(nc *nats.Conn, pool *host.Pool, opts ...ServeOption) (*Service, error) {
	s := &Service{nc: nc, instance: nuid.Next(), running: map[string]*served{}, started: time.Now().UTC(), done: make(chan struct{})}
	s.o = serveOptions{plugin: pluginOf(pool.Script()), track: Stable, version: "0.0.0", maxPayload: DefaultMaxPayload, drain: callsDrainTime, absence: keepTime, accept: acceptTime, logger: slog.Default()}
	for _, opt := range opts {
		opt(&s.o)
	}
	if err := CheckName("plugin", s.o.plugin); err != nil {
		return nil, err
	}
	if err := CheckName("track", s.o.track); err != nil {
		return nil, err
	}
	if s.o.slots < 0 || s.o.drain < 0 || s.o.maxPayload < 0 {
		return nil, fmt.Errorf("the slots of a service, its time to drain and its greatest payload cannot be negative: %d, %v, %d", s.o.slots, s.o.drain, s.o.maxPayload)
	}
	s.large = newLarge(nc, s.o.maxPayload)
	s.backend = s.newBackend(pool, s.o.version)
	s.out = outbox{nc: nc, failed: func(_ outgoing, err error) { s.failed(err) }}
	s.signs.timer = time.AfterFunc(time.Hour, s.look)
	s.signs.timer.Stop()
	s.receivers.start(s.onCall)
	if err := s.subscribe(); err != nil {
		s.unsubscribe()
		s.receivers.end()
		return nil, fmt.Errorf("serving %s: %w", s.o.plugin, err)
	}
	return s, nil
}

// Instance returns the name of this service among those of its plugin.
func (s *Service) Instance() string { return s.instance }

// Plugin returns what the pool is served as.
func (s *Service) Plugin() string { return s.o.plugin }

// Track returns the track that it is served on.
func (s *Service) Track() string { return s.o.track }

// subscribe returns when the broker has all subscriptions.
func (s *Service) subscribe() error {
	add := func(sub *nats.Subscription, err error) error {
		if err == nil {
			s.subs = append(s.subs, sub)
		}
		return err
	}
	if err := s.discoverable(add); err != nil {
		return err
	}
	// What concerns calls comes before calls.
	for _, subject := range []string{controlSubject(s.instance), controlAllSubject(s.o.plugin, s.o.track)} {
		if err := add(s.nc.Subscribe(subject, s.onControl)); err != nil {
			return err
		}
	}
	if err := add(s.nc.Subscribe(absentSubject(s.instance, "*"), s.onAbsent)); err != nil {
		return err
	}
	if err := add(s.nc.ChanQueueSubscribe(callSubject(s.o.plugin, s.o.track), queueGroup, s.requests)); err != nil {
		return err
	}
	return s.nc.Flush()
}

func (s *Service) unsubscribe() {
	for _, sub := range s.subs {
		_ = sub.Unsubscribe() // which fails where the connection has ended, and with it the subscription
	}
}

// Close takes no more calls, waits until those that there are have been answered,
// cancels what has not by the time that Drain says, and returns. It is the same
// every time.
func (s *Service) Close() error {
	s.stopOnce.Do(func() {
		defer close(s.done)
		s.stopErr = s.stop()
	})
	return s.stopErr
}

// Done returns a channel that is closed when the service has ended, after all calls
// have been observed.
func (s *Service) Done() <-chan struct{} { return s.done }

func (s *Service) stop() error {
	calls := s.subs[len(s.subs)-1]
	ended := make(chan struct{})
	once := sync.OnceFunc(func() { close(ended) })
	calls.SetClosedHandler(func(string) { once() })
	timeout, stop := context.WithTimeout(context.Background(), s.o.drain)
	defer stop()
	drained := false
	if err := calls.Drain(); err == nil {
		// What the broker had given to this instance before it knew is taken still.
		select {
		case <-ended:
			drained = true
		case <-timeout.Done():
		}
	}
	if !drained {
		s.close()
		_ = calls.Unsubscribe() // which fails where the connection has ended, and with it the subscription
	}
	s.receivers.end()
	done := make(chan struct{})
	go func() {
		s.receivers.all.Wait()
		close(done)
	}()
	var err error
	select {
	case <-done:
	case <-timeout.Done():
		err = s.cancelAll()
		<-done
	}
	s.close()
	s.signs.timer.Stop()
	s.out.more.Wait()
	s.unsubscribe()
	if flush := s.nc.FlushTimeout(time.Second); flush != nil && err == nil && !s.nc.IsClosed() {
		err = fmt.Errorf("serving %s: the last answers may not have reached the broker: %w", s.o.plugin, flush)
	}
	return err
}

// close has calls refused that have not been taken yet.
func (s *Service) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// cancelAll ends the calls that there are, and takes no more.
func (s *Service) cancelAll() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, c := range s.running {
		c.ctx.cancel(context.Canceled)
	}
	if n := len(s.running); n > 0 {
		return fmt.Errorf("serving %s: %d calls had not ended within %v, and were cancelled", s.o.plugin, n, s.o.drain)
	}
	return nil
}

// onCall begins a call, with those of b, or refuses it, and returns what is left to be done, if
// that is to be waited for. It is called by many goroutines at a time.
func (s *Service) onCall(m *nats.Msg, b *host.Batch) (rest runner) {
	if m.Reply == "" {
		return nil // nobody waits: it is no call
	}
	if !answerable(m.Reply) {
		s.counts.refused.Add(1)
		s.o.logger.Warn("a call whose replies would go where others listen is refused", "plugin", s.o.plugin, "replies", m.Reply)
		return nil
	}
	c, err := s.newServed(m)
	if err == nil {
		err = s.admit(c)
	}
	if err != nil {
		s.counts.refused.Add(1)
		s.refuse(m, err)
		return nil
	}
	if s.many(c.began) && c.runSoon(b) {
		return nil
	}
	return c
}

// many reports whether there are many calls at a time: now, or a moment ago, as where the
// first of the next ones has just come.
func (s *Service) many(now time.Time) bool {
	at := now.Sub(epoch)
	if s.taken.Load() >= gatherCalls || len(s.requests) > 0 {
		s.wereMany.Store(int64(at))
		return true
	}
	return at-time.Duration(s.wereMany.Load()) < manyTime
}

// admit counts the call in, if there is a slot.
func (s *Service) admit(c *served) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return host.NewCallError("closed", host.NotSent, host.ErrClosed, "the instance ends: it does not take the call")
	case s.early.take(c.id, c.began.Sub(epoch)):
		return host.NewCallError("cancelled", host.NotSent, context.Canceled, "the call was cancelled before the instance had it")
	case s.running[c.id] != nil:
		return errorf("a call whose replies go to %s, where those of another call go", c.id)
	}
	b := s.chooseLocked()
	if b.calls >= b.slots {
		return host.NewCallError("busy", host.NotSent, host.ErrBusy, fmt.Sprintf("the instance has %d calls and jobs, as many as it takes", b.slots))
	}
	c.backend = b
	s.admitted++
	c.number = s.admitted
	b.calls++
	s.running[c.id] = c
	s.taken.Store(int64(len(s.running)))
	s.armLocked(c.dueLocked())
	return nil
}

func (s *Service) leave(c *served) {
	s.mu.Lock()
	delete(s.running, c.id)
	s.taken.Store(int64(len(s.running)))
	s.leaveLocked(c.backend)
	s.mu.Unlock()
}

// onControl is told of calls that this instance may have.
func (s *Service) onControl(m *nats.Msg) {
	h, _ := readHead(m.Data)
	s.mu.Lock()
	c := s.running[string(h.call)]
	if c == nil && h.kind == typeCancel && m.Subject != controlSubject(s.instance) {
		s.early.add(string(h.call), time.Since(epoch))
	}
	s.mu.Unlock()
	switch h.kind {
	case typeCancel:
		if c != nil {
			c.ctx.cancel(context.Canceled)
		}
	case typeCredit:
		if n, ok := number(h.credit); c != nil && ok {
			c.credit(n)
		}
	case typeStatus:
		id := string(h.call)
		switch r := s.replies.of(id); {
		case r != nil:
			s.publish(id, r)
		case c != nil:
			c.beat()
		case id != "" && id == m.Reply && answerable(id) && m.Subject == controlSubject(s.instance):
			s.publish(id, s.sign(typeUnknown))
		}
	}
}

// onAbsent is told by the broker that nobody listens to the replies to a call.
func (s *Service) onAbsent(m *nats.Msg) {
	if !nobody(m) {
		return
	}
	n, err := strconv.ParseUint(m.Subject[strings.LastIndexByte(m.Subject, '.')+1:], 10, 64)
	if err != nil {
		return
	}
	s.mu.Lock()
	var absent *served
	for _, c := range s.running {
		if c.number == n {
			absent = c
			break
		}
	}
	s.mu.Unlock()
	if absent != nil {
		absent.unheard(time.Now())
	}
}

// publish sends a message. There is nobody to tell where that fails: the caller sees
// that nothing comes.
func (s *Service) publish(to string, data []byte) { s.failed(s.nc.Publish(to, data)) }

// publishRequest is publish for a message whose receiver, or the broker, can answer.
func (s *Service) publishRequest(to, replies string, data []byte) {
	s.failed(s.nc.PublishRequest(to, replies, data))
}

// publishMsg is publish for a message with headers.
func (s *Service) publishMsg(m *nats.Msg) { s.failed(s.nc.PublishMsg(m)) }

func (s *Service) failed(err error) {
	if err != nil && !s.nc.IsClosed() {
		s.o.logger.Error("a reply could not be sent", "plugin", s.o.plugin, "error", err)
	}
}

// away reports whether there is no connection to the broker at the moment.
func (s *Service) away() bool { return !s.nc.IsConnected() }
