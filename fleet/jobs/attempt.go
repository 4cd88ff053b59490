package jobs

import (
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/host"
)

// Became is what became of a job by an attempt.
type Became string

// A job is answered, is a dead letter, or is tried again, by whoever gets it then. One
// that was refused is given back without an attempt.
const (
	Answered Became = "answered"
	Buried   Became = "dead"
	Again    Became = "again"
	Refused  Became = "refused"
)

// An Attempt is a call that was made for a job. Where one was not made any more, since
// the job cannot be read, or the instances that had it were lost, Took is 0.
type Attempt struct {
	Plugin, Track     string
	Instance, Version string // of the service and its script; empty without one
	Job               string // its ID
	Function          string // as the job says; empty: that of the service
	Priority          Priority
	// Header are the headers of the job, such as a trace's. They are the receiver's to
	// read.
	Header    nats.Header
	Submitted time.Time // by the broker's clock
	Number    int       // among those of the job, from 1; 0 of one that was refused
	Began     time.Time
	Took      time.Duration // the call
	// Info is empty if no worker has had the call. Until Info.Given it waited for one.
	Info   host.CallInfo
	Became Became
	Err    error // of the call, or why the job was refused or is dead; nil if it was answered
	Code   int   // of Err, as those of HTTP; 0 without an error
}
