package driver

// Kinds of jobs.
const (
	// Latency calls and waits for the answer, again and again.
	Latency = "latency"
	// Calls keeps Outstanding calls in flight, in the way that is natural to the
	// subject: as many goroutines, or callbacks that make the next call.
	Calls = "calls"
	// Stream makes calls with callbacks, without waiting for any answer.
	Stream = "stream"
	// Events has the worker send events to the driver.
	Events = "events"
	// Start starts a worker and calls it once; what ends it is not measured.
	Start = "start"
	// Spare is Start where something was prepared before the call came: a worker, or
	// a process to fork it from.
	Spare = "spare"
	// Hold starts workers, calls each once and leaves them idle until Release.
	Hold = "hold"
	// Release ends the workers of Hold and Callers.
	Release = "release"
	// ObjectJSON is Latency with an object of about 1 KB, sent as JSON.
	ObjectJSON = "object-json"
	// ObjectBinary is the same in the subject's own binary form.
	ObjectBinary = "object-binary"
	// Pool has a pool of Workers run a function that computes for about 100 µs, and by
	// turns with it a pool of one.
	Pool = "pool"
	// Callers has one caller for each of Workers workers, which stay until Release.
	Callers = "callers"
	// Unused makes calls of a worker with features that they do not use, and by turns
	// with them those of one with nothing special.
	Unused = "unused"
	// Scheduling makes calls through a pool of one worker, and by turns with them calls
	// of a worker.
	Scheduling = "scheduling"
	// Codec has a script write and read objects of about 1 KB as JSON by what it is
	// offered for that, and by turns with that by a codec in its own language.
	Codec = "codec"
)

// A Job is what a driver is asked to do.
type Job struct {
	Kind        string `json:"kind"`
	Millis      int    `json:"millis,omitempty"`      // how long to measure
	Size        int    `json:"size,omitempty"`        // of a payload, in bytes, 16 at least
	Outstanding int    `json:"outstanding,omitempty"` // calls in flight, for Calls
	Workers     int    `json:"workers,omitempty"`     // for Hold, Pool and Callers
}

// An Outcome is what came of a Job.
type Outcome struct {
	// Nanos is how long each call or start took, or, where many are in flight, one
	// number: how long all of them took. In nanoseconds. Of Pool, Unused, Scheduling and
	// Codec it is how long a call took in each turn.
	Nanos []int64 `json:"nanos,omitempty"`
	// Beside is the same as Nanos of what these four compare it with: the turn that was
	// next to the one in Nanos.
	Beside []int64 `json:"beside,omitempty"`
	// Done is how many calls were answered, or events received, in that time.
	Done int `json:"done,omitempty"`
	// Right is how many of Done were compared with what they should be, and were it.
	Right int `json:"right,omitempty"`
	// PIDs are the processes of Hold.
	PIDs []int `json:"pids,omitempty"`
	// Threads is how many workers of Hold are threads of PIDs[0], which is the driver.
	Threads int `json:"threads,omitempty"`
	// Error is why there is nothing of the above.
	Error string `json:"error,omitempty"`
}

// Hello is the first line of a driver.
type Hello struct {
	Kinds   []string `json:"kinds"`   // of jobs that it can do
	Version string   `json:"version"` // of what is measured
}
