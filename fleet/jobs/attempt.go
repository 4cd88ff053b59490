package jobs

import "time"

// Became is what became of a job by an attempt.
type Became string

// A job is answered, is a dead letter, or is tried again, by whoever gets it then.
const (
	Answered Became = "answered"
	Buried   Became = "dead"
	Again    Became = "again"
)

// An Attempt is a call that was made for a job.
type Attempt struct {
	Plugin, Track string
	Job           string // its ID
	Number        int    // among those of the job, from 1
	Began         time.Time
	Took          time.Duration // the call
	Became        Became
	Err           error // of the call; nil if it was answered
}
