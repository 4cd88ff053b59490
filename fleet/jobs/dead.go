package jobs

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/request"
	"scripthost.example/host"
)

// A Dead is a job that has failed for good. Arguments that are too large for a message are
// not among its Args.
type Dead struct {
	Job
	Err      error // the last one
	Attempts int
	At       time.Time // by the broker's clock
	sequence uint64
	data     []byte      // as it was submitted
	header   nats.Header // as it was submitted, but for the delay
	unread   bool        // it is no job
}

// bury stores a dead letter, then the result that says so.
func (q *Queue) bury(ctx context.Context, m jetstream.Msg, j Job, plugin, track string, why error, attempts int) error {
	meta, err := m.Metadata()
	if err != nil {
		return err
	}
	d := &nats.Msg{Subject: "dead." + plugin + "." + track, Data: m.Data(), Header: foreign(m.Headers())}
	for _, k := range carried {
		// Of what is too long for a job no more is kept than tells that.
		if v := m.Headers()[k]; len(v) > 0 {
			d.Header[k] = []string{v[0][:min(len(v[0]), maxHeader+1)]}
		}
	}
	id := nameOf(j, meta.Sequence.Stream)
	d.Header.Set(headerJob, id)
	d.Header.Set(headerSubject, m.Subject())
	why = bounded(why)
	d.Header.Set(headerError, string(host.MarshalError(why)))
	d.Header.Set(headerAttempts, strconv.Itoa(attempts))
	// The same job can be buried twice if its end is not heard, and again when it was
	// tried again and failed again: that is another message.
	if _, err := q.publish(ctx, d, DeadStream, fmt.Sprint(id, ".", meta.Sequence.Stream)); err != nil {
		return request.Explain(err)
	}
	if id != j.ID {
		return nil // nobody can ask for it
	}
	return q.store(ctx, j.ID, nil, why, attempts)
}

// carried are the headers of a job that its dead letter has too, beside its ID.
var carried = []string{headerFunction, headerSerialiser, headerTimeout, headerObject}

// nameOf is the ID of a job, or what a message with a number in the stream is called that
// has none: it needs a name to be thrown away by.
func nameOf(j Job, sequence uint64) string {
	if fleet.CheckName("job", j.ID) != nil {
		return fmt.Sprint("unnamed-", sequence)
	}
	return j.ID
}

// maxHeader is the greatest size of a header of a job, in bytes: that of the name of its
// function.
const maxHeader = 4 << 10

// maxError is the greatest size of an error as it is stored, in bytes: the broker takes
// headers of 64 KiB.
const maxError = 32 << 10

// bounded is the error as it can be stored. One that is too large, as a script may have
// made it, is told as far as there is room.
func bounded(err error) error {
	size := len(host.MarshalError(err))
	if size <= maxError {
		return err
	}
	text := err.Error()
	text = strings.ToValidUTF8(text[:min(len(text), maxError/16)], "")
	return host.NewCallError("limit", host.OutcomeOf(err), host.ErrTooLarge, fmt.Sprintf("an error of %d bytes, of which %d are kept; it begins: %s", size, len(text), text))
}

// Dead returns dead letters of a plugin, or of all if it is "", the oldest first, up to
// limit of them; 0 is all.
func (q *Queue) Dead(ctx context.Context, plugin string, limit int) ([]Dead, error) {
	subject := "dead.>"
	if plugin != "" {
		if err := fleet.CheckName("plugin", plugin); err != nil {
			return nil, err
		}
		subject = "dead." + plugin + ".*"
	}
	var all []Dead
	err := q.eachDead(ctx, subject, func(d Dead) (bool, error) {
		all = append(all, d)
		return limit == 0 || len(all) < limit, nil
	})
	return all, err
}

// eachDead calls f for each dead letter until it returns false.
func (q *Queue) eachDead(ctx context.Context, subject string, f func(Dead) (bool, error)) error {
	if err := q.readEachDead(ctx, subject, f); err != nil {
		return fmt.Errorf("dead letters: %w", request.Explain(err))
	}
	return nil
}

func (q *Queue) readEachDead(ctx context.Context, subject string, f func(Dead) (bool, error)) error {
	var dead jetstream.Stream
	err := q.askDead(ctx, func(ctx context.Context) (err error) {
		dead, err = q.js.Stream(ctx, DeadStream)
		return err
	})
	if err != nil {
		return err
	}
	for seq := uint64(1); ; {
		var m *jetstream.RawStreamMsg
		err := q.askDead(ctx, func(ctx context.Context) (err error) {
			m, err = dead.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(subject))
			return err
		})
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		seq = m.Sequence + 1
		if more, err := f(readDead(m)); err != nil || !more {
			return err
		}
	}
}

// askDead asks for something of the dead letters, which those who submit may not read.
func (q *Queue) askDead(ctx context.Context, f func(context.Context) error) error {
	return request.Do(ctx, q.nc, request.Ask{What: "the stream " + DeadStream, Names: []string{"." + DeadStream}}, f)
}

// readDead reads a dead letter. One that cannot be read says so in its Err.
func readDead(m *jetstream.RawStreamMsg) Dead {
	d := Dead{At: m.Time, sequence: m.Sequence}
	j, err := readJob(m.Header, m.Data)
	d.Job, d.unread = j, err != nil
	d.data, d.header = m.Data, foreign(m.Header)
	for _, k := range append(carried, headerJob) {
		if v := m.Header[k]; len(v) > 0 {
			d.header[k] = v[:1]
		}
	}
	var rest [3]string
	if plugin, track, priority, ok := splitSubject(m.Header.Get(headerSubject)); ok {
		rest = [3]string{plugin, track, priority}
	}
	d.Plugin, d.Track, d.Priority = rest[0], rest[1], Priority(rest[2])
	d.Attempts, _ = strconv.Atoi(m.Header.Get(headerAttempts)) // 0 is not known
	if err != nil {
		d.Err = fmt.Errorf("the job cannot be read: %w", err)
		return d
	}
	failed, bad := host.UnmarshalError([]byte(m.Header.Get(headerError)))
	if d.Err = failed; bad != nil {
		d.Err = bad
	}
	return d
}

// Retry submits a dead letter again, under its ID and with all its attempts, and removes it
// from the dead. What is no job is ErrUnreadable.
func (q *Queue) Retry(ctx context.Context, id string) error {
	return q.withDead(ctx, id, func(d Dead) error {
		if d.unread {
			return fmt.Errorf("%w: %s can be thrown away only (%w)", ErrUnreadable, id, d.Err)
		}
		// The result that says that it failed is of the attempts before.
		if err := q.results.Purge(ctx, id); err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
			return fmt.Errorf("retrying %s: %w", id, request.Explain(err))
		}
		// It has waited: there is no delay.
		m := &nats.Msg{Subject: subjectOf(d.Job), Data: d.data, Header: d.header}
		if _, err := q.publish(ctx, m, Stream, fmt.Sprint(id, ".again.", d.sequence)); err != nil {
			return fmt.Errorf("retrying %s: %w", id, request.Explain(err))
		}
		return nil
	})
}

// Purge removes a dead letter. What Result says of it stays as long as results do.
func (q *Queue) Purge(ctx context.Context, id string) error {
	return q.withDead(ctx, id, func(d Dead) error {
		if err := q.largeArgs.Remove(ctx, d.object); err != nil {
			return fmt.Errorf("removing the arguments of the dead letter %s: %w", id, err)
		}
		return nil
	})
}

// withDead calls f for the dead letters of a job, and removes them.
func (q *Queue) withDead(ctx context.Context, id string, f func(Dead) error) error {
	if err := fleet.CheckName("job", id); err != nil {
		return err
	}
	var found []Dead
	err := q.eachDead(ctx, "dead.>", func(d Dead) (bool, error) {
		if d.ID == id {
			found = append(found, d)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("%w: %s", ErrNoDead, id)
	}
	if err := f(found[len(found)-1]); err != nil {
		return err
	}
	err = q.askDead(ctx, func(ctx context.Context) error {
		dead, err := q.js.Stream(ctx, DeadStream)
		if err != nil {
			return err
		}
		for _, d := range found {
			if err := dead.DeleteMsg(ctx, d.sequence); err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("removing the dead letter %s: %w", id, request.Explain(err))
	}
	return nil
}
