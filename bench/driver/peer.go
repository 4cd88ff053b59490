package driver

import "time"

// A Peer starts workers. Which jobs it can do follows from what else it and its
// workers implement.
type Peer interface {
	// Version says what is measured, with its version.
	Version() string
	// Start starts a worker and returns as soon as it can be called.
	Start() (Worker, error)
}

// A Worker echoes.
type Worker interface {
	// Call returns what the worker answered to payload. It is called by many
	// goroutines at a time, unless the worker is Single.
	Call(payload string) (string, error)
	// PID is the worker's process.
	PID() int
	// Close ends the worker and waits for its end.
	Close() error
}

// An Only is a Peer that has no workers, and does some kinds of jobs only.
type Only interface {
	Peer
	Only() []string
}

// A Single worker cannot have more than one call at a time.
type Single interface{ Single() }

// A Streamer is a Worker that can be called without waiting.
type Streamer interface {
	Worker
	// Stream returns a function that calls without waiting, to be called n times. fn
	// is called with each answer, from one goroutine at a time.
	Stream(n int, fn func(answer string, err error)) (send func(payload string))
}

// An Emitter is a Worker that sends events.
type Emitter interface {
	Worker
	// Emit has the worker send the numbers 1 to n as events, and returns the sum of
	// those that came when all have.
	Emit(n int) (sum int64, err error)
}

// An Objects is a Peer whose workers take objects.
type Objects interface {
	Peer
	// Forms are the kinds of jobs, ObjectJSON and ObjectBinary, that Object knows.
	Forms() []string
	// Object starts a worker for a form and for objects that are sent in turn.
	Object(kind string, objects []*Object) (*ObjectCaller, error)
}

// An ObjectCaller calls one worker with objects. It serves one goroutine.
type ObjectCaller struct {
	// Call sends object i and returns what came back, in the peer's own shape.
	Call func(i int) (answer any, err error)
	// ID is the id of an answer; it is part of what is measured.
	ID func(answer any) int64
	// Whole is the answer as an Object; it is not measured.
	Whole func(answer any) (*Object, error)
	// End ends the worker.
	End func() error
}

// A Sparer is a Peer that can prepare.
type Sparer interface {
	Peer
	// Spares returns a function that waits until one is prepared and then measures
	// how long the first answer takes, and one that ends it all.
	Spares() (first func(payload string) (answer string, took time.Duration, err error), end func() error, err error)
}

// A Pooler is a Peer with pools.
type Pooler interface {
	Peer
	// Pool makes a pool of workers, all of them started. compute has one of them add
	// the numbers from 1 to n in a loop, and returns the sum.
	Pool(workers int) (compute func(n int) (int64, error), end func() error, err error)
}
