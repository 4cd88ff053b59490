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
	// reconnects is how often that had happened, as far as is known.
	reconnects atomic.Uint64

	out     outbox
	running atomic.Int64 // len(calls)
	came    []replyTo    // of the goroutine that takes the replies

	mu       sync.Mutex
	sub      *nats.Subscription
	calls    map[uint64]*sent // by the last token of the subject of their replies
	watching bool
}

func newInbox(nc *nats.Conn) *inbox {
	b := &inbox{nc: nc, prefix: nc.NewInbox() + ".", calls: map[uint64]*sent{}, out: outbox{nc: nc, failed: notSent}, pulse: pulse{nc: nc, limit: brokerTime}}
	b.reconnects.Store(nc.Stats().Reconnects)
	return b
}

// lately reports whether the connection was lost and is there again since not long
// ago, also where nobody was there to see it.
func (b *inbox) lately(now time.Time) bool {
	b.note(now)
	return now.Sub(time.Unix(0, b.connected.Load())) < lostTime
}

// note looks whether the connection has been lost and is there again.
func (b *inbox) note(now time.Time) {
	if count := b.nc.Stats().Reconnects; b.reconnects.Swap(count) != count {
		b.connected.Store(now.UnixNano())
	}
}

// enter gives a call, or another attempt of it, the subject of its replies.
func (b *inbox) enter(s *sent) (subject string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	// An instance that has one call cannot tell where the replies to others go.
	token := rand.Uint64()
	for token == 0 || b.calls[token] != nil {
		token = rand.Uint64()
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
	b.running.Store(int64(len(b.calls)))
	if !b.watching {
		b.watching = true
		// While there were no calls nobody has looked, and it may just have been found.
		b.note(time.Now())
		go b.watch(b.reconnects.Load())
	}
	s.token = token
	var room [64]byte
	return string(strconv.AppendUint(append(room[:0], b.prefix...), token, tokenBase)), nil
}

func (b *inbox) leave(token uint64) {
	b.mu.Lock()
	delete(b.calls, token)
	b.running.Store(int64(len(b.calls)))
	b.mu.Unlock()
}

func (b *inbox) onReply(m *nats.Msg) {
	if len(m.Subject) <= len(b.prefix) {
		return
	}
	if replies, ok := together(m.Data); ok {
		b.onReplies(replies)
		return
	}
	token, ok := tokenOf(m.Subject[len(b.prefix):])
	if !ok {
		return
	}
	b.mu.Lock()
	s := b.calls[token]
	b.mu.Unlock()
	switch {
	case s == nil:
		if h, _ := readHead(m.Data); h.kind == typeHeartbeat {
			b.forgotten(m.Subject, string(h.instance))
		}
	case nobody(m):
		s.onNobody(token)
	default:
		s.onReply(token, reply{data: m.Data})
	}
}

// onReplies takes replies that have come in one message.
func (b *inbox) onReplies(replies []byte) {
	b.came = b.came[:0]
	b.mu.Lock()
	for {
		text, data, rest, ok := nextReply(replies)
		if !ok {
			break // whoever waits for what cannot be read asks for it
		}
		replies = rest
		if token, ok := tokenOf(text); ok && b.calls[token] != nil {
			b.came = append(b.came, replyTo{b.calls[token], token, data})
		}
	}
	b.mu.Unlock()
	for _, r := range b.came {
		r.call.onReply(r.token, reply{data: r.data, shared: true})
	}
	clear(b.came)
}

// A replyTo is a reply to an attempt of a call.
type replyTo struct {
	call  *sent
	token uint64
	data  []byte
}

// forgotten has an instance end a call that nobody waits for: it was not reached when
// that was told first, or taken to be lost. What it would send has no receiver, and it
// might wait for credit for ever.
func (b *inbox) forgotten(call, instance string) {
	if CheckName("instance", instance) != nil {
		return
	}
	// If it cannot be sent, the next sign of life is another occasion.
	_ = b.nc.Publish(controlSubject(instance), control(typeCancel, call, 0))
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
		b.note(now)
		count := b.reconnects.Load()
		again := connected && (away || count != connections)
		connections, away = count, !connected
		if again {
			b.connected.Store(now.UnixNano())
		}
		b.mu.Lock()
		if len(b.calls) == 0 {
			b.watching = false
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
