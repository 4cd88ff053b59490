package host

import (
	"fmt"
	"time"
)

// Defaults of PoolOptions.
const (
	DefaultPoolMax     = 4
	DefaultPoolLoad    = 2  // of sync workers
	DefaultAsyncLoad   = 64 // of async workers
	DefaultPoolStart   = 100 * time.Millisecond
	DefaultPoolStop    = 10 * time.Second
	DefaultPoolQueue   = 10_000
	DefaultPoolCrashes = 5
)

// PoolOptions say how a pool is run. A nil *PoolOptions and every zero field mean
// the default; a negative number is an error.
//
// The embedded Options are those of each worker. Their callbacks, and the
// functions given to Go, run one at a time for each worker, and at the same time
// for different ones. A callback may block, and may call the pool: what it holds up
// is the answers to Go of its own worker, and those of Call, for Limits.Grace at
// most. The other workers go on. OnStart, OnExit, OnDestroy, the OnError for errors of no
// worker, and the functions of those Go that no worker was sent run one at a time
// on a goroutine of the pool's own. Only Audit and host functions hold up
// scripts; Audit is called by one goroutine at a time, whatever worker it is for.
//
// OnDestroy is called once, after Close has drained the pool. OnError is not told
// of workers that end if there is OnExit. InitFiles are sent to each worker, and
// have to be open as long as there is the pool. MaxOutstanding cannot be less than
// Load.
type PoolOptions struct {
	Options

	// Idle is how many workers without calls are kept, and started in advance,
	// within Max. The default is 0: a pool that has nothing to do for long has no
	// process, and starts one with the next call.
	Idle int
	// Max is how many workers there are at most, beside Spare and those that are
	// about to end, which are as many again at most, or of an older script. The
	// default is 4.
	Max int
	// Load is how many calls a worker is sent before it has answered the first,
	// from 1. A small number makes for even latency, a greater one for
	// throughput: a sync worker has its next call when it has answered one. The
	// default is 2, and 64 for async workers.
	Load int
	// Start is how long calls have to wait because every worker has Load of them
	// before one more worker is started; the same holds when fewer than Idle have
	// none. A pool without workers starts one at once. The default is 100 ms.
	Start time.Duration
	// Stop is how long a worker has no calls before it is ended, if more than Idle
	// have none. The default is 10 s.
	Stop time.Duration
	// Spare is how many more workers are started and ready, which take the place of
	// one that dies, or is recycled, at once. They have no calls and are not
	// counted in Max. The default is 0.
	Spare int

	// Queue is how many calls may wait for a worker. One more fails with ErrBusy.
	// The default is 10,000.
	Queue int
	// Wait has Call and Stream wait, as long as their contexts allow, where the
	// queue is full. Go, which cannot wait, fails with ErrBusy all the same.
	Wait bool

	// MaxCalls is how many calls a worker gets before it is replaced: never more,
	// and with 1 each call has a process of its own. Limits.Drain is not for its
	// last calls. The default is no limit.
	MaxCalls uint64
	// MaxAge is how long a worker lives before it is replaced, give or take a
	// tenth, so that not all are at once. It has calls until another is ready. The
	// default is no limit.
	MaxAge time.Duration
	// MaxResident is how many bytes of memory a worker may be resident in before
	// it is replaced, as after MaxAge. That is looked at after answers, at most
	// four times a second, and on Linux only. The default is no limit. It is for
	// scripts that grow slowly; what none may use is Limits.Memory.
	MaxResident int64

	// Crashes is how many workers may die by themselves, or not load, within 10
	// seconds. One more, and no worker is started for a while; once none is left,
	// calls fail at once with ErrCrashLoop. The default is 5.
	Crashes int

	// OnStart is told of each worker that has loaded the script and run Init.
	OnStart func(WorkerStart)
	// OnExit gets the end of each worker. The default is to tell OnError of those
	// that did not end well.
	OnExit func(WorkerExit)
}

// withDefaults returns a checked copy with every default filled in.
func (o *PoolOptions) withDefaults() (*PoolOptions, error) {
	var c PoolOptions
	if o != nil {
		c = *o
	}
	worker, err := c.Options.withDefaults()
	if err != nil {
		return nil, err
	}
	c.Options = *worker
	for _, f := range []struct {
		name string
		n    int64
	}{
		{"Idle", int64(c.Idle)}, {"Max", int64(c.Max)}, {"Load", int64(c.Load)}, {"Start", int64(c.Start)},
		{"Stop", int64(c.Stop)}, {"Spare", int64(c.Spare)}, {"Queue", int64(c.Queue)}, {"MaxAge", int64(c.MaxAge)},
		{"MaxResident", c.MaxResident}, {"Crashes", int64(c.Crashes)},
	} {
		if f.n < 0 {
			return nil, fmt.Errorf("PoolOptions.%s is %d: it cannot be negative", f.name, f.n)
		}
	}
	setInt(&c.Max, DefaultPoolMax)
	if c.Async {
		setInt(&c.Load, DefaultAsyncLoad)
	}
	setInt(&c.Load, DefaultPoolLoad)
	setInt(&c.Queue, DefaultPoolQueue)
	setInt(&c.Crashes, DefaultPoolCrashes)
	setDefault(&c.Start, DefaultPoolStart)
	setDefault(&c.Stop, DefaultPoolStop)
	switch {
	case c.Idle > c.Max:
		return nil, fmt.Errorf("PoolOptions.Idle is %d and Max is %d: no more workers can be idle than there can be", c.Idle, c.Max)
	case c.Async && c.Load > c.MaxOutstanding:
		return nil, fmt.Errorf("PoolOptions.Load is %d and MaxOutstanding is %d: no worker is sent more calls than that", c.Load, c.MaxOutstanding)
	}
	return &c, nil
}

func setInt(v *int, d int) {
	if *v == 0 {
		*v = d
	}
}
