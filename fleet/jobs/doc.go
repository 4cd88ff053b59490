// Package jobs has calls that are kept by the broker until they are answered: whoever
// submits one can go away, and so can the instance that has it.
//
// A job is a message of a JetStream stream that is a work queue. It is run at least
// once, and again where an instance was lost with it, or where it failed; a script that
// takes jobs has to bear that. Its result is stored before the job is acknowledged, the
// first one counts, and a job with a result is not run again. One that has failed too
// often becomes a dead letter, with the reason, until somebody has it tried again or
// throws it away.
//
// # Where it is
//
//	job.<plugin>.<track>.<priority>  jobs, in the stream RPC_JOBS
//	dead.<plugin>.<track>            dead letters, in the stream RPC_DEAD
//	<job>                            results, in the key-value bucket RPC_RESULTS
//	<job>.refused                    how often it was refused, there too
//
// What is too large for a message is in the object stores RPC_JOB_ARGS and
// RPC_JOB_RESULTS, which are made when they are needed.
//
// # What is promised
//
// Once Submit has returned, the job is not lost with less than half of the replicas of
// the stream (Options.Replicas). With one replica that is as good as the broker's disk,
// and as its sync interval: a broker of fleet.Embedded has written the job to the disk
// before it says that it has it, and others do so only with "sync: always".
package jobs
