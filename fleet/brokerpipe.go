package fleet

import (
	"net"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats-server/v2/server"
)

// pipes make connections to a server of this program.
type pipes struct{ server *server.Server }

// InProcessConn implements nats.InProcessConnProvider.
func (p pipes) InProcessConn() (net.Conn, error) {
	c, err := p.server.InProcessConn()
	if err != nil {
		return nil, err
	}
	return &pipe{Conn: c}, nil
}

// A pipe is a client's end of a connection without a socket. There is no buffer in it: what
// one end writes waits until the other has read it. A server that refuses a login says so
// before it has read all that the client sends with it, and both would wait until the
// server's time for a write is up. So nothing is waited for before the login is answered.
type pipe struct {
	net.Conn
	answered atomic.Bool // the server has said something since the client first has

	mu      sync.Mutex
	wrote   bool
	queue   []byte
	written chan struct{} // closed once the queue is written; nil if nothing ever was in it
	err     error         // of writing it
}

// Read implements net.Conn.
func (p *pipe) Read(data []byte) (int, error) {
	n, err := p.Conn.Read(data)
	if n > 0 && !p.answered.Load() {
		p.mu.Lock()
		p.answered.Store(p.wrote)
		p.mu.Unlock()
	}
	return n, err
}

// Write implements net.Conn. It is for one goroutine at a time.
func (p *pipe) Write(data []byte) (int, error) {
	if !p.answered.Load() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.err != nil {
			return 0, p.err
		}
		p.wrote = true
		if len(p.queue) == 0 {
			p.written = make(chan struct{})
			go p.drain(p.written)
		}
		p.queue = append(p.queue, data...)
		return len(data), nil
	}
	if p.written != nil {
		<-p.written
		if p.err != nil {
			return 0, p.err
		}
		p.written = nil
	}
	return p.Conn.Write(data)
}

// drain writes the queue.
func (p *pipe) drain(written chan<- struct{}) {
	defer close(written)
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) > 0 && p.err == nil {
		data := p.queue
		p.mu.Unlock()
		_, err := p.Conn.Write(data)
		p.mu.Lock()
		p.queue, p.err = p.queue[len(data):], err
	}
}
