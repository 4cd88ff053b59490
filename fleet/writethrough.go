package fleet

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// WriteThrough has a connection write each message at once, by whoever sends it. Otherwise
// a goroutine of the connection is woken for that, which is a part of what a call takes
// where there are few of them. Calls and replies that are sent at the same time are written
// together still. It is for connections that calls are made and served on: whoever publishes
// much else there is quicker without it. It takes the place of nats.WriteBufferSize, and goes
// behind options that name a dialer. It changes nothing for Broker.Connect.
func WriteThrough() nats.Option {
	return func(o *nats.Options) error {
		if o.InProcessServer != nil {
			return nil // there is no buffer behind it: to write is to wait for the server
		}
		d := &gatherDialer{next: o.CustomDialer}
		if d.next == nil {
			direct := net.Dialer{Timeout: o.Timeout}
			if o.Dialer != nil {
				direct = *o.Dialer
			}
			if o.AllowMultipathTCP != nil {
				direct.SetMultipathTCP(*o.AllowMultipathTCP)
			}
			d.next = &direct
		}
		o.CustomDialer = d
		o.WriteBufferSize = 1
		return nil
	}
}

// A gatherDialer makes connections of which a gatherer can gather the writes.
type gatherDialer struct {
	next    nats.CustomDialer
	current atomic.Pointer[gatherer]
}

// Dial implements nats.CustomDialer.
func (d *gatherDialer) Dial(network, address string) (net.Conn, error) {
	c, err := d.next.Dial(network, address)
	if err != nil {
		return nil, err
	}
	g := &gatherer{Conn: c}
	d.current.Store(g)
	return g, nil
}

// SkipTLSHandshake is what the connection asks dialers for that may do TLS themselves.
func (d *gatherDialer) SkipTLSHandshake() bool {
	s, ok := d.next.(interface{ SkipTLSHandshake() bool })
	return ok && s.SkipTLSHandshake()
}

// gathererOf returns what can gather the writes of a connection, as it is at the moment,
// or nil.
func gathererOf(nc *nats.Conn) *gatherer {
	if d, ok := nc.Opts.CustomDialer.(*gatherDialer); ok {
		return d.current.Load()
	}
	return nil
}

const (
	// maxGatheredWrite is how much is gathered at most, in bytes.
	maxGatheredWrite = 64 << 10
	// writeTime is how long a write may take: as long as connections give their own by default.
	writeTime = nats.DefaultFlusherTimeout
	// deadlineStep is by how much later a deadline has to be for it to be set anew.
	deadlineStep = writeTime / 4
)

// A gatherer is a connection whose writes can be held for a moment, so that they become
// one. It is safe for use by many goroutines. A connection that comes in its place is not
// held: its login is not to wait for who holds this one.
type gatherer struct {
	net.Conn

	held     atomic.Int64 // how many hold it; changed under mu
	deadline atomic.Int64 // of writes, as it was set last; Unix, nanoseconds

	mu   sync.Mutex
	data []byte
}

// hold keeps what is written until release. It can be called of nil.
func (g *gatherer) hold() {
	if g == nil {
		return
	}
	g.mu.Lock()
	g.held.Add(1)
	g.mu.Unlock()
}

// release writes what was held, unless somebody else holds it too. Where that fails, the
// connection is closed: whoever reads of it learns so, and connects again.
func (g *gatherer) release() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held.Add(-1) > 0 || len(g.data) == 0 {
		return
	}
	if err := g.writeLocked(); err != nil {
		_ = g.Conn.Close()
	}
}

// Write implements net.Conn.
func (g *gatherer) Write(data []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held.Load() == 0 {
		return g.Conn.Write(data)
	}
	g.data = append(g.data, data...)
	if len(g.data) >= maxGatheredWrite {
		if err := g.writeLocked(); err != nil {
			return 0, err
		}
	}
	return len(data), nil
}

func (g *gatherer) writeLocked() error {
	err := g.extend(time.Now().Add(writeTime))
	if err == nil {
		_, err = g.Conn.Write(g.data)
	}
	g.data = g.data[:0]
	if cap(g.data) > 2*maxGatheredWrite {
		g.data = nil
	}
	return err
}

// SetWriteDeadline implements net.Conn, but for one thing: a deadline is not taken away. A NATS
// connection sets one before each write and takes it away behind it, which costs as much as
// the rest of a small write to a buffer. Here it remains, and is set anew when it is due.
func (g *gatherer) SetWriteDeadline(t time.Time) error {
	if t.IsZero() || g.held.Load() > 0 {
		return nil
	}
	return g.extend(t)
}

func (g *gatherer) extend(t time.Time) error {
	n := t.UnixNano()
	if last := g.deadline.Load(); last <= n && n-last < int64(deadlineStep) {
		return nil
	}
	g.deadline.Store(n)
	return g.Conn.SetWriteDeadline(t)
}

// SetDeadline implements net.Conn. It is used while a connection is made.
func (g *gatherer) SetDeadline(t time.Time) error {
	g.deadline.Store(0)
	return g.Conn.SetDeadline(t)
}
