package jobs

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A held is a job that this worker has, as long as it tells the broker so.
type held struct {
	m    jetstream.Msg
	once sync.Once
	stop chan struct{}
	note string // the file that says so; "" if there is none
}

func (q *Queue) hold(m jetstream.Msg, pulse time.Duration) *held {
	h := &held{m: m, stop: make(chan struct{}), note: q.note(m)}
	go func() {
		ticks := time.NewTicker(pulse)
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
				if now := time.Now(); h.note != "" {
					_ = os.Chtimes(h.note, now, now) // without it the job comes again later
				}
				// If it does not reach the broker, somebody else has the job soon.
				_ = m.InProgress()
			case <-h.stop:
				return
			}
		}
	}()
	return h
}

// letGo tells the broker nothing more: if it was not told how the job ended, it gives
// the job to somebody else after a while.
func (h *held) letGo() {
	h.once.Do(func() {
		close(h.stop)
		if h.note != "" {
			_ = os.Remove(h.note) // what is left is too old soon
		}
	})
}

// done has the broker forget the job. If that does not reach it the job comes again,
// and its result is found.
func (h *held) done(ctx context.Context) {
	h.letGo()
	if err := h.m.DoubleAck(ctx); err != nil && !errors.Is(err, jetstream.ErrMsgAlreadyAckd) {
		_ = h.m.Nak() // sooner than by itself, if it reaches the broker
	}
}

// giveBack has the broker give the job to somebody after the pause.
func (h *held) giveBack(pause time.Duration) {
	h.letGo()
	_ = h.m.NakWithDelay(pause) // what does not reach the broker comes again by itself
}
