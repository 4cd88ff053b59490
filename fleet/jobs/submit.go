package jobs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/request"
	"scripthost.example/host"
)

// A Priority says which jobs of a plugin's track come first.
type Priority string

// The priorities.
const (
	High   Priority = "high"
	Normal Priority = "normal"
	Low    Priority = "low"
)

// Priorities are all, the first first.
var Priorities = []Priority{High, Normal, Low}

// The headers of a job.
const (
	headerJob        = "Rpc-Job"
	headerFunction   = "Rpc-Function"
	headerSerialiser = "Rpc-Serialiser"
	headerTimeout    = "Rpc-Timeout" // milliseconds that the call may take
	headerDelay      = "Rpc-Delay"   // milliseconds that the job waits first
	headerError      = "Rpc-Error"   // of a dead letter: the error as JSON
	headerAttempts   = "Rpc-Attempts"
	headerSubject    = "Rpc-Subject" // of a dead letter: where the job was
	headerObject     = "Rpc-Object"  // of ArgsBucket: it has the data
)

// A Job is a call to be kept until it is answered.
type Job struct {
	// ID names the job, so that it is taken once however often it is submitted, within
	// Options.Window, and as long as it has a result. It is as fleet.CheckName says. The
	// default is a new one.
	ID string
	// Plugin is called on Track, whose default is stable.
	Plugin, Track string
	// Function is the script's; without it the one that it is served with.
	Function string
	Args     []any
	// Priority is Normal by default.
	Priority Priority
	// Delay is how long the job waits before it can be run, by the clock of the broker
	// and of the instance that looks when.
	Delay time.Duration
	// Timeout is how long an attempt may take. The default is no limit.
	Timeout time.Duration

	object string // that has the arguments
}

// Submit gives the broker a job, and returns its ID once the broker has it. Duplicate
// says that it had it before: it was submitted within Options.Window, or has a result. One
// whose arguments are more than Options.MaxPayload is host.ErrTooLarge. ErrPermission is of a
// user who may not, ErrStorage of a broker that has no room. ErrUnavailable is of a broker that
// has not answered, or a cluster that nobody leads: it was asked again each 5 s until the
// deadline of ctx, or once if ctx has none, and it may have the job. If an answer was lost so,
// duplicate can be of this very Submit, unless the ID was drawn by it.
func (q *Queue) Submit(ctx context.Context, j Job) (id string, duplicate bool, err error) {
	if j.Track == "" {
		j.Track = fleet.Stable
	}
	if j.Priority == "" {
		j.Priority = Normal
	}
	named := j.ID != ""
	if !named {
		j.ID = nuid.Next()
	}
	if err := errors.Join(fleet.CheckName("plugin", j.Plugin), fleet.CheckName("track", j.Track), fleet.CheckName("job", j.ID), fleet.CheckFunction(j.Function)); err != nil {
		return "", false, err
	}
	switch {
	case j.Priority != High && j.Priority != Normal && j.Priority != Low:
		return "", false, fmt.Errorf("there is no priority %q: there are high, normal and low", j.Priority)
	case j.Delay < 0 || j.Timeout < 0:
		return "", false, fmt.Errorf("times of a job cannot be negative: a delay of %v, a timeout of %v", j.Delay, j.Timeout)
	}
	m, err := message(j)
	if err != nil {
		return "", false, err
	}
	if q.headers != nil {
		h := nats.Header{}
		q.headers(ctx, h)
		keep(m.Header, foreign(h))
	}
	if named {
		// What was submitted long ago is the same job still, as long as it has a result.
		switch _, err := q.results.Get(ctx, j.ID); {
		case err == nil:
			return j.ID, true, nil
		case !errors.Is(err, jetstream.ErrKeyNotFound):
			return "", false, fmt.Errorf("submitting the job %s: whether it has a result already: %w", j.ID, request.Explain(err))
		}
	}
	object := ""
	if !fits(q.nc, m.Size()+idRoom+len(j.ID)) {
		if object, err = putObject(ctx, q.largeArgs, "arguments", m.Data, host.NotSent); err != nil {
			return "", false, fmt.Errorf("submitting the job %s: %w", j.ID, err)
		}
		m.Data = nil
		m.Header.Set(headerObject, object)
	}
	became, err := q.publish(ctx, m, Stream, j.ID)
	if err != nil {
		// The object stays: the broker may have the job.
		return "", false, fmt.Errorf("submitting the job %s: %w", j.ID, request.Explain(err))
	}
	if became == hadBefore {
		// The job has the one that it was submitted with. What cannot be removed takes room.
		_ = q.largeArgs.Remove(ctx, object)
	}
	// An ID that was drawn here is nobody else's.
	return j.ID, became == hadBefore || became == hadNow && named, nil
}

// What became of a message that was published.
type published int

const (
	taken     published = iota
	hadBefore           // the stream had one of the ID, and this one was not stored
	hadNow              // the same, or this one was stored and no answer to that came
)

// publish has a stream store a message, once for each ID.
func (q *Queue) publish(ctx context.Context, m *nats.Msg, stream, id string) (became published, err error) {
	again := false
	err = request.Store(ctx, q.nc, request.Write{Stream: stream, Subject: m.Subject, Names: []string{strconv.Quote(m.Subject)}}, func(ctx context.Context) error {
		ack, err := q.js.PublishMsg(ctx, m, jetstream.WithMsgID(id))
		switch {
		case err != nil:
		case ack.Duplicate && again:
			became = hadNow
		case ack.Duplicate:
			became = hadBefore
		}
		again = true
		return err
	})
	return became, err
}

// idRoom is what the header takes by which the broker knows a job, beside its ID.
const idRoom = 64

// message is a job as the broker keeps it.
func message(j Job) (*nats.Msg, error) {
	s := host.String
	for _, v := range j.Args {
		if _, ok := v.(string); !ok {
			s = host.CBOR
		}
	}
	data, err := host.Freeze(s, j.Args)
	if err != nil {
		return nil, err
	}
	m := &nats.Msg{Subject: subjectOf(j), Data: data, Header: nats.Header{
		headerJob: {j.ID}, headerSerialiser: {s.Name()},
	}}
	if j.Function != "" {
		m.Header.Set(headerFunction, j.Function)
	}
	if j.Timeout > 0 {
		m.Header.Set(headerTimeout, strconv.FormatInt(max(j.Timeout.Milliseconds(), 1), 10))
	}
	if j.Delay > 0 {
		m.Header.Set(headerDelay, strconv.FormatInt(max(j.Delay.Milliseconds(), 1), 10))
	}
	return m, nil
}

// maxForeign is the greatest size of the headers that a job has from elsewhere, in bytes:
// they are kept with its dead letter, beside an error.
const maxForeign = 8 << 10

// foreign are those headers that are not of this protocol or the broker's, such as those
// of a trace. What is more than maxForeign is left out.
func foreign(h nats.Header) nats.Header {
	f, size := nats.Header{}, 0
	for _, k := range slices.Sorted(maps.Keys(h)) {
		lower := strings.ToLower(k)
		if strings.HasPrefix(lower, "rpc-") || strings.HasPrefix(lower, "nats-") || len(h[k]) == 0 {
			continue
		}
		if size += len(k) + len(h[k][0]) + len(": \r\n"); size > maxForeign {
			break
		}
		f[k] = h[k][:1]
	}
	return f
}

// keep adds headers.
func keep(to, from nats.Header) {
	for k, v := range from {
		to[k] = v
	}
}

// readJob is a job as it was submitted, of a message's headers and data.
func readJob(h nats.Header, data []byte) (Job, error) {
	j := Job{ID: h.Get(headerJob), Function: h.Get(headerFunction)}
	if err := errors.Join(fleet.CheckName("job", j.ID), fleet.CheckFunction(j.Function)); err != nil {
		return j, err
	}
	for name, d := range map[string]*time.Duration{headerTimeout: &j.Timeout, headerDelay: &j.Delay} {
		if text := h.Get(name); text != "" {
			ms, err := strconv.ParseInt(text, 10, 64)
			if err != nil || ms <= 0 || ms > int64(time.Duration(1<<63-1)/time.Millisecond) {
				return j, fmt.Errorf("a header %s of %q, which is a number of milliseconds", name, text)
			}
			*d = time.Duration(ms) * time.Millisecond
		}
	}
	serialiser, err := serialiserOf(h)
	if err != nil {
		return j, err
	}
	if object := h.Get(headerObject); object != "" { // it is read when it is needed
		if err := fleet.CheckName("object", object); err != nil {
			return j, err
		}
		j.object = object
		return j, nil
	}
	j.Args, err = serialiser.Thaw(data)
	return j, err
}

// serialiserOf is what a job's arguments are read with.
func serialiserOf(h nats.Header) (host.Serialiser, error) {
	switch name := h.Get(headerSerialiser); name {
	case host.String.Name():
		return host.String, nil
	case host.CBOR.Name():
		return host.CBOR, nil
	case host.JSON.Name(), "": // of somebody who knows NATS alone
		return host.JSON, nil
	default:
		return host.JSON, fmt.Errorf("there is no serialiser %q", name)
	}
}

// fetch reads the arguments of a job that are an object. What nobody can read is
// ErrUnreadable.
func (q *Queue) fetch(ctx context.Context, j *Job, h nats.Header) error {
	if j.object == "" {
		return nil
	}
	serialiser, err := serialiserOf(h)
	if err != nil {
		return err
	}
	data, err := q.largeArgs.Get(ctx, j.object)
	if err == nil {
		j.Args, err = serialiser.Thaw(data)
	} else if !errors.Is(err, jetstream.ErrObjectNotFound) && !errors.Is(err, jetstream.ErrDigestMismatch) && !errors.Is(err, host.ErrTooLarge) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: its arguments: %w", ErrUnreadable, err)
	}
	return nil
}
