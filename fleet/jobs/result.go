package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/request"
	"scripthost.example/host"
)

// A Result is what became of a job.
type Result struct {
	ID string
	// Results are those of the call.
	Results []any
	// Err is why there are none: the job is a dead letter.
	Err error
	// Attempts is how often it was tried, and At when it ended, by the clock of the
	// instance.
	Attempts int
	At       time.Time
}

// stored is a result as it is in the bucket.
type stored struct {
	Serialiser string          `json:"serialiser,omitempty"`
	Results    []byte          `json:"results,omitempty"`
	Object     string          `json:"object,omitempty"` // of LargeResultsBucket: it has the results
	Error      json.RawMessage `json:"error,omitempty"`
	Attempts   int             `json:"attempts"`
	At         time.Time       `json:"at"`
}

// store keeps a result, unless the job has one: the first counts.
func (q *Queue) store(ctx context.Context, id string, results []any, failed error, attempts int) error {
	s := stored{Attempts: attempts, At: time.Now().UTC()}
	if failed != nil {
		s.Error = host.MarshalError(failed)
	} else {
		format := host.String
		for _, v := range results {
			if _, ok := v.(string); !ok {
				format = host.CBOR
			}
		}
		data, err := host.Freeze(format, results)
		if err != nil {
			return err
		}
		s.Serialiser, s.Results = format.Name(), data
	}
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if !fits(q.nc, len(data)+messageRoom) && s.Results != nil {
		if s.Object, err = putObject(ctx, q.largeResults, "results", s.Results, host.Completed); err != nil {
			return err
		}
		s.Results = nil
		if data, err = json.Marshal(s); err != nil {
			return err
		}
	}
	_, err = q.results.Create(ctx, id, data)
	switch {
	case errors.Is(err, jetstream.ErrKeyExists):
		err = nil
		fallthrough
	case err != nil:
		_ = q.largeResults.Remove(ctx, s.Object) // if that fails, it goes by itself
	}
	return request.Explain(err)
}

// Result returns what became of a job, and waits for it as long as ctx allows if wait
// says so. ErrNoResult is the error of one that has none: it waits, or runs, or there
// never was one, or its result is too old.
func (q *Queue) Result(ctx context.Context, id string, wait bool) (Result, error) {
	if err := fleet.CheckName("job", id); err != nil {
		return Result{}, err
	}
	e, err := q.get(ctx, id, wait)
	err = request.Explain(err)
	switch {
	case err == nil:
		return q.readResult(ctx, id, e.Value())
	case wait && !errors.Is(err, ErrPermission):
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return Result{}, fmt.Errorf("%w: %s waits, runs, never was, or ended too long ago", ErrNoResult, id)
	default:
		return Result{}, fmt.Errorf("the result of %s: %w", id, err)
	}
	for {
		data, err := q.watch(ctx, id)
		switch {
		case err == nil && data != nil:
			return q.readResult(ctx, id, data)
		case ctx.Err() != nil:
			return Result{}, fmt.Errorf("%w yet: %s (%w)", ErrNoResult, id, ctx.Err())
		case q.nc.IsClosed():
			return Result{}, fmt.Errorf("waiting for the result of %s: %w", id, fleet.ErrDisconnected)
		case err != nil && !unanswered(err):
			return Result{}, fmt.Errorf("waiting for the result of %s: %w", id, err)
		case err != nil:
			select { // until the broker answers again
			case <-time.After(troubleTime / 10):
			case <-ctx.Done():
			}
		}
	}
}

// get reads a result that is there, which tells, unlike a watch, if the user may not. What
// comes may be waited for afterwards: then it does not take long.
func (q *Queue) get(ctx context.Context, id string, briefly bool) (jetstream.KeyValueEntry, error) {
	if briefly {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, answerTime)
		defer cancel()
	}
	return q.results.Get(ctx, id)
}

// watchTime is how long one watch is relied on: it goes with the broker that has it, of
// which nobody is told for a while.
const watchTime = 10 * time.Second

// watch returns the result of a job that is there, or comes soon; nil if none does.
func (q *Queue) watch(ctx context.Context, id string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, watchTime)
	defer cancel()
	w, err := q.results.Watch(ctx, id)
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.Stop() }() // which fails where the connection has ended
	for {
		select {
		case e, ok := <-w.Updates():
			switch {
			case !ok:
				return nil, nats.ErrTimeout // it ended before its time
			case e != nil && e.Operation() == jetstream.KeyValuePut:
				return e.Value(), nil
			}
		case <-ctx.Done():
			return nil, nil
		}
	}
}

// unanswered reports whether the error is that of a broker that has ended, or has no
// leader at the moment.
func unanswered(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.Code == 503
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, nats.ErrNoResponders) ||
		errors.Is(err, nats.ErrConnectionReconnecting) || errors.Is(err, nats.ErrDisconnected)
}

// readResult reads a result that is stored.
func (q *Queue) readResult(ctx context.Context, id string, data []byte) (Result, error) {
	var s stored
	if err := json.Unmarshal(data, &s); err != nil {
		return Result{}, fmt.Errorf("the result of %s cannot be read: %w", id, err)
	}
	r := Result{ID: id, Attempts: s.Attempts, At: s.At}
	if len(s.Error) > 0 {
		failed, bad := host.UnmarshalError(s.Error)
		if bad != nil {
			return Result{}, fmt.Errorf("the result of %s cannot be read: %w", id, bad)
		}
		r.Err = failed
		return r, nil
	}
	format := host.CBOR
	if s.Serialiser == host.String.Name() {
		format = host.String
	}
	var err error
	if s.Object != "" {
		s.Results, err = q.largeResults.Get(ctx, s.Object)
		switch {
		case errors.Is(err, jetstream.ErrObjectNotFound):
			return Result{}, fmt.Errorf("%w any more: %s", ErrNoResult, id)
		case err != nil:
			return Result{}, fmt.Errorf("the result of %s: %w", id, err)
		}
	}
	if r.Results, err = format.Thaw(s.Results); err != nil {
		return Result{}, fmt.Errorf("the result of %s cannot be read: %w", id, err)
	}
	return r, nil
}
