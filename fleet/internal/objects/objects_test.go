package objects

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// An unknown is a store that the broker knows from a time on.
type unknown struct {
	jetstream.ObjectStore
	until time.Time
	asked int
}

var errKnown = errors.New("it is known")

func (u *unknown) answer() error {
	u.asked++
	if time.Now().Before(u.until) {
		return nats.ErrNoResponders
	}
	return errKnown
}

func (u *unknown) PutBytes(context.Context, string, []byte) (*jetstream.ObjectInfo, error) {
	return nil, u.answer()
}

func (u *unknown) GetInfo(context.Context, string, ...jetstream.GetObjectInfoOpt) (*jetstream.ObjectInfo, error) {
	return nil, u.answer()
}

// A store that was just opened may not be known yet to the broker that is asked, one of a
// cluster; one that was opened long ago is gone.
func TestNotKnownYet(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(ctx context.Context, s *Store) error{
		"put": func(ctx context.Context, s *Store) error { _, err := s.Put(ctx, nil); return err },
		"get": func(ctx context.Context, s *Store) error { _, err := s.Get(ctx, "x"); return err },
	} {
		for _, c := range []struct {
			age, unknown time.Duration
			want         error
			asked        int // at least
		}{
			{0, 0, errKnown, 1},
			{0, newTime / 2, errKnown, 3},
			{0, 2 * newTime, nats.ErrNoResponders, 3},
			{2 * newTime, newTime, nats.ErrNoResponders, 1},
		} {
			synctest.Test(t, func(t *testing.T) {
				u := &unknown{until: time.Now().Add(c.unknown)}
				s := &Store{store: u, opened: time.Now().Add(-c.age), max: 1}
				if err := ask(t.Context(), s); !errors.Is(err, c.want) || u.asked < c.asked || c.asked == 1 && u.asked > 1 {
					t.Errorf("%s, %+v: %v, asked %d times", name, c, err, u.asked)
				}
			})
		}
		synctest.Test(t, func(t *testing.T) {
			s := &Store{store: &unknown{until: time.Now().Add(time.Hour)}, opened: time.Now(), max: 1}
			ctx, cancel := context.WithTimeout(t.Context(), newTime/4)
			defer cancel()
			began := time.Now()
			if err := ask(ctx, s); !errors.Is(err, nats.ErrNoResponders) || time.Since(began) > newTime/2 {
				t.Errorf("%s: %v after %v", name, err, time.Since(began))
			}
		})
	}
}
