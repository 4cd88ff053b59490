package fleet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/host"
)

// An inbox is where the replies to a client's calls come.
type inbox struct {
	nc        *nats.Conn
	prefix    string
	numbers   counter
	going     atomic.Int64 // calls of Go
	callbacks callbacks
	pulse     pulse
	connected atomic.Int64 // when the connection was found to be there again; Unix, nanoseconds

	mu       sync.Mutex
	sub      *nats.Subscription
	calls    map[string]*sent // by the last token of the subject of their replies
	watching bool
	// reconnects is how often the connection had been found again when that was last
	// looked at.
	reconnects uint64
}

func newInbox(nc *nats.Conn) *inbox {
	return &inbox{nc: nc, prefix: nc.NewInbox() + ".", calls: map[string]*sent{}, reconnects: nc.Stats().Reconnects, pulse: pulse{nc: nc, limit: brokerTime}}
}

// since is when the connection was last found to be there again.
func (b *inbox) since() time.Time { return time.Unix(0, b.connected.Load()) }

// enter gives a call, or another attempt of it, the subject of its replies.
func (b *inbox) enter(s *sent) (subject string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	// An instance that has one call cannot tell where the replies to others go.
	token := strconv.FormatUint(rand.Uint64(), 36)
	for b.calls[token] != nil {
		token = strconv.FormatUint(rand.Uint64(), 36)
	}
	if b.sub == nil {
		sub, err := b.nc.Subscribe(b.prefix+"*", b.onReply)
		if err != nil {
			return "", err
		}
		// What comes is bounded by the windows of the calls that there are, and none
		// of it may be dropped.
		if err := sub.SetPendingLimits(-1, -1); err != nil {
			return "", err
		}
		b.sub = sub
	}
	b.calls[token] = s
	if !b.watching {
		b.watching = true
		// While there were no calls nobody has looked, and it may just have been found.
		if n := b.nc.Stats().Reconnects; n != b.reconnects {
			b.reconnects = n
			b.connected.Store(time.Now().UnixNano())
		}
		go b.watch(b.reconnects)
	}
	s.token = token
	return b.prefix + token, nil
}

func (b *inbox) leave(token string) {
	b.mu.Lock()
	delete(b.calls, token)
	b.mu.Unlock()
}

func (b *inbox) onReply(m *nats.Msg) {
	if len(m.Subject) <= len(b.prefix) {
		return
	}
	b.mu.Lock()
	s := b.calls[m.Subject[len(b.prefix):]]
	b.mu.Unlock()
	switch kind := header(m, headerType); {
	case s != nil:
		s.onReply(m)
	case kind == typeHeartbeat:
		b.forgotten(m)
	}
}

// forgotten has an instance end a call that nobody waits for: it was not reached when
// that was told first, or taken to be lost. What it would send has no receiver, and it
// might wait for credit for ever.
func (b *inbox) forgotten(m *nats.Msg) {
	instance := header(m, headerInstance)
	if CheckName("instance", instance) != nil {
		return
	}
	c := &nats.Msg{Subject: controlSubject(instance), Header: nats.Header{headerType: {typeCancel}, headerCall: {m.Subject}}}
	// If it cannot be sent, the next sign of life is another occasion.
	_ = b.nc.PublishMsg(c)
}

// watch looks after calls of which nothing is heard, as long as there are calls. So often
// the connection had been found again when it began.
func (b *inbox) watch(connections uint64) {
	ticks := time.NewTicker(watchTime)
	defer ticks.Stop()
	watching, end := context.WithCancel(context.Background())
	defer end()
	away := false
	for now := range ticks.C {
		vouched, silence := b.pulse.look(watching, now)
		closed, connected := b.nc.IsClosed(), b.nc.IsConnected() && silence == 0
		count := b.nc.Stats().Reconnects
		again := connected && (away || count != connections)
		connections, away = count, !connected
		if again {
			b.connected.Store(now.UnixNano())
		}
		b.mu.Lock()
		if len(b.calls) == 0 {
			b.watching, b.reconnects = false, count
			b.mu.Unlock()
			return
		}
		calls := make([]*sent, 0, len(b.calls))
		for _, s := range b.calls {
			calls = append(calls, s)
		}
		b.mu.Unlock()
		for _, s := range calls {
			switch {
			case closed:
				s.fail(host.NewCallError(kindDisconnected, host.Unknown, ErrDisconnected, fmt.Sprintf("%v, for good: whether the call has run is unknown", ErrDisconnected)))
			case silence > b.pulse.limit:
				s.fail(errSilent(silence))
			case !connected:
				s.pause(now)
			default:
				s.look(vouched, again)
			}
		}
	}
}
