package brokertest

import (
	"io"
	"net"
	"sync"
	"testing"
)

// A Proxy is a TCP connection between two programs that a test can take away. It starts
// open. It is safe for concurrent use.
type Proxy struct {
	listener net.Listener

	mu      sync.Mutex
	target  string // where connections go; empty if nowhere yet
	state   linkState
	changed chan struct{} // closed when the state changes
	conns   map[net.Conn]bool
	ended   bool
	serving sync.WaitGroup
}

type linkState int

const (
	linkOpen    linkState = iota
	linkStalled           // nothing passes, nothing is closed: packets are lost
	linkCut               // connections are reset, and so are new ones
)

// NewProxy listens on a loopback port, and passes on what comes to target, HOST:PORT.
// It ends with the test.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l, target: target, changed: make(chan struct{}), conns: map[net.Conn]bool{}}
	p.serving.Add(1)
	go p.accept()
	t.Cleanup(p.end)
	return p
}

// Addr is where the proxy listens, as HOST:PORT.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// URL is where clients find the broker behind the proxy.
func (p *Proxy) URL() string { return "nats://" + p.Addr() }

// SetTarget says where new connections go.
func (p *Proxy) SetTarget(addr string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = addr
}

// Open lets all pass, also what was held up by Stall.
func (p *Proxy) Open() { p.set(linkOpen) }

// Stall lets nothing pass and closes nothing, as when packets are lost: both ends have to
// find out by themselves.
func (p *Proxy) Stall() { p.set(linkStalled) }

// Cut resets all connections, and those that are made until Open.
func (p *Proxy) Cut() { p.set(linkCut) }

// stalled says whether nothing passes.
func (p *Proxy) stalled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state == linkStalled
}

func (p *Proxy) set(state linkState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.setLocked(state)
}

func (p *Proxy) setLocked(state linkState) {
	p.state = state
	close(p.changed)
	p.changed = make(chan struct{})
	if state == linkCut {
		for c := range p.conns {
			reset(c)
		}
	}
}

// reset closes a connection with RST, so that nothing that was sent is waited for.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}

// end closes all, and waits until nothing runs any more.
func (p *Proxy) end() {
	p.listener.Close()
	p.mu.Lock()
	p.ended = true
	p.setLocked(linkCut)
	p.mu.Unlock()
	p.serving.Wait()
}

func (p *Proxy) accept() {
	defer p.serving.Done()
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.serving.Add(1)
		go p.serve(c)
	}
}

// serve passes on what comes over one connection, in both directions.
func (p *Proxy) serve(from net.Conn) {
	defer p.serving.Done()
	if !p.add(from) {
		return
	}
	defer p.remove(from)
	if !p.pass() {
		return
	}
	p.mu.Lock()
	target := p.target
	p.mu.Unlock()
	if target == "" {
		return
	}
	to, err := net.Dial("tcp", target)
	if err != nil || !p.add(to) {
		return
	}
	defer p.remove(to)
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.copy(to, from)
	}()
	p.copy(from, to)
	<-done
}

// copy passes on what from sends. A direction that has ended ends both: brokers and their
// clients do not close one half.
func (p *Proxy) copy(to, from net.Conn) {
	defer reset(from)
	defer reset(to)
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if !p.pass() {
				return
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err == io.EOF {
			// What was sent before the end still has to arrive.
			p.pass()
			to.Close()
			return
		}
		if err != nil {
			return
		}
	}
}

// pass waits while the link is stalled, and says whether it is open then.
func (p *Proxy) pass() bool {
	for {
		p.mu.Lock()
		state, changed := p.state, p.changed
		p.mu.Unlock()
		if state != linkStalled {
			return state == linkOpen
		}
		<-changed
	}
}

// add notes a connection, so that Cut finds it; it resets it and returns false if there
// is to be none.
func (p *Proxy) add(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || p.state == linkCut {
		reset(c)
		return false
	}
	p.conns[c] = true
	return true
}

func (p *Proxy) remove(c net.Conn) {
	p.mu.Lock()
	delete(p.conns, c)
	p.mu.Unlock()
	c.Close()
}
