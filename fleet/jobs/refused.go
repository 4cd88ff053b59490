package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet/internal/request"
)

// refusals are the deliveries of a job that were no attempts at it. They are beside its
// result, since the broker counts deliveries only, and kept as long as that would be.
type refusals struct {
	Sequence uint64 `json:"sequence"` // of the job in the stream: one that is retried is another
	Refused  int    `json:"refused"`
	Last     uint64 `json:"last"` // delivery that was counted
}

func refusalsKey(id string) string { return id + ".refused" }

// readRefusals returns those of a job in the stream, and the revision of what is stored.
func (q *Queue) readRefusals(ctx context.Context, id string, sequence uint64) (r refusals, revision uint64, err error) {
	e, err := q.results.Get(ctx, refusalsKey(id))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return refusals{Sequence: sequence}, 0, nil
	}
	if err != nil {
		return r, 0, err
	}
	if err := json.Unmarshal(e.Value(), &r); err != nil || r.Sequence != sequence {
		r = refusals{Sequence: sequence} // those of another one
	}
	return r, e.Revision(), nil
}

// noteRefusal notes that a delivery of a job was no attempt.
func (q *Queue) noteRefusal(ctx context.Context, id string, sequence, delivery uint64) error {
	r, revision, err := q.readRefusals(ctx, id, sequence)
	if err != nil {
		return err
	}
	if r.Last == delivery {
		return nil // it was stored, and the broker's answer was lost
	}
	r.Refused, r.Last = r.Refused+1, delivery
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if revision == 0 {
		_, err = q.results.Create(ctx, refusalsKey(id), data)
	} else {
		_, err = q.results.Update(ctx, refusalsKey(id), data, revision)
	}
	return request.Explain(err)
}

// before is what there is of a job that was delivered before: whether it has its result,
// and how many of the deliveries were no attempts.
func (q *Queue) before(ctx context.Context, id string, sequence uint64) (has bool, refused int, err error) {
	_, err = q.results.Get(ctx, id)
	if err == nil {
		return true, 0, nil
	}
	if !errors.Is(err, jetstream.ErrKeyNotFound) {
		return false, 0, fmt.Errorf("its result: %w", err)
	}
	r, _, err := q.readRefusals(ctx, id, sequence)
	return false, r.Refused, err
}
