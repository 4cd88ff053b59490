package host

import "sync"

// A peer is what a worker's transport leads to.
type peer interface {
	// pid is its process id on this machine, or 0.
	pid() int
	// gone returns a channel that is closed when it is not there any more.
	gone() <-chan struct{}
	// streamEnded tells that its stream has.
	streamEnded()
	// kill ends it, whatever it does.
	kill()
	// exit says how it ended, once it is gone. It waits, but not for long, for
	// the end of what it wrote to its standard streams.
	exit() exit
}

// An exit is how a peer ended.
type exit struct {
	code   int // its exit status; -1 if it has none
	signal string
	output string // the end of what it wrote to its standard streams
	failed bool
}

// An attachment is a peer of which nothing is known but a connection, and which
// is gone when that ends.
type attachment struct {
	t     *transport
	once  sync.Once
	ended chan struct{}
}

func newAttachment(t *transport) *attachment {
	return &attachment{t: t, ended: make(chan struct{})}
}

func (a *attachment) pid() int              { return 0 }
func (a *attachment) gone() <-chan struct{} { return a.ended }
func (a *attachment) streamEnded()          { a.once.Do(func() { close(a.ended) }) }
func (a *attachment) exit() exit            { return exit{code: -1} }

// kill ends the connection; a worker ends with it.
func (a *attachment) kill() {
	// An error means that it is closed.
	_ = a.t.close()
	a.streamEnded()
}
