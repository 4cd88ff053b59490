package fleet

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/host"
)

// brokerTime is how long a broker may be silent before it is not waited for any more. One
// that was stopped for less, with its machine perhaps, still has what it was given.
const brokerTime = 30 * time.Second

// questionTime is how long a question to the broker stays open: longer than anybody waits.
const questionTime = time.Hour

// A pulse knows whether the broker answers. By way of one that has stopped nothing can be
// heard of an instance, which is not to blame for that.
type pulse struct {
	nc    *nats.Conn
	limit time.Duration // brokerTime, unless a test says otherwise

	mu      sync.Mutex
	asked   time.Time // when it was, if there is no answer yet
	vouched time.Time // when it was asked what it has answered
	silent  bool      // there has been no answer for long
}

// look asks the broker whether it is there, unless it was asked and has not answered. What
// there was to hear until vouched has been heard: the broker sends it before its answer.
// Silence is how long there has been no answer, if that is long, or else 0. The question
// ends with ctx.
func (p *pulse) look(ctx context.Context, now time.Time) (vouched time.Time, silence time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked.IsZero() {
		if p.nc.IsConnected() {
			p.asked = now
			go p.ask(ctx, now)
		}
		return p.vouched, 0
	}
	if p.silent = now.Sub(p.asked) > silenceTime; p.silent {
		silence = now.Sub(p.asked)
	}
	return p.vouched, silence
}

func (p *pulse) ask(ctx context.Context, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, questionTime)
	defer cancel()
	err := p.nc.FlushWithContext(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked, p.silent = time.Time{}, false
	if err == nil {
		p.vouched = now
	}
}

// why says of a call that was given up whether the broker may be the reason.
func (p *pulse) why(explain string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.silent {
		return explain
	}
	return fmt.Sprintf("the broker has not answered for %v; %s", time.Since(p.asked).Round(time.Second), explain)
}

// errSilent is the end of a call whose broker has been silent for so long.
func errSilent(silence time.Duration) error {
	return host.NewCallError(kindLost, host.Unknown, ErrLost, fmt.Sprintf("the broker has not answered for %v, though the connection to it is there: whether the call has run is unknown", silence.Round(time.Second)))
}
