package brokertest

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A Fate is what becomes of a request to a Lossy JetStream.
type Fate int

const (
	Pass       Fate = iota
	LoseAsked       // the request is lost, as where nobody leads
	LoseAnswer      // it is done, and its answer is lost
	Leaderless      // the answer is that there is no leader
	InProcess       // the answer is that it was sent before, and is not stored yet
	Unheard         // nobody listens, as where a stream has no leader
)

// Lossy is a JetStream whose requests have the fate that is said of them, the first of them
// first; those of which nothing is said pass. It waits for an answer for wait, if the
// context of a request has no deadline.
type Lossy struct {
	JS jetstream.JetStream

	mu    sync.Mutex
	fates map[string][]Fate // by what their subjects begin with
	asked []string
}

// lossyPrefix is before the subjects of requests in place of "$JS.API.".
const lossyPrefix = "lossy."

// NewLossy returns one for a connection.
func NewLossy(t testing.TB, nc *nats.Conn, wait time.Duration) *Lossy {
	t.Helper()
	l := &Lossy{fates: map[string][]Fate{}}
	var err error
	if l.JS, err = jetstream.NewWithAPIPrefix(nc, strings.TrimSuffix(lossyPrefix, "."), jetstream.WithDefaultTimeout(wait)); err != nil {
		t.Fatal(err)
	}
	sub, err := nc.Subscribe(lossyPrefix+">", func(m *nats.Msg) {
		subject := strings.TrimPrefix(m.Subject, lossyPrefix)
		if !strings.HasPrefix(subject, "$") {
			subject = "$JS.API." + subject
		}
		to := &nats.Msg{Subject: subject, Reply: m.Reply, Header: m.Header, Data: m.Data}
		var err error
		switch l.fate(subject) {
		case LoseAsked:
			return
		case LoseAnswer:
			to.Reply = nc.NewInbox()
			err = nc.PublishMsg(to)
		case Leaderless:
			err = nc.Publish(m.Reply, []byte(`{"error":{"code":503,"err_code":10008,"description":"JetStream system temporarily unavailable"}}`))
		case InProcess:
			err = nc.Publish(m.Reply, []byte(`{"error":{"code":409,"err_code":10158,"description":"duplicate message id is in process"},"stream":"","seq":0}`))
		case Unheard:
			err = nc.PublishMsg(&nats.Msg{Subject: m.Reply, Header: nats.Header{"Status": {"503"}}})
		default:
			err = nc.PublishMsg(to)
		}
		if err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sub.Unsubscribe() }) // which fails where the connection has ended
	return l
}

// Say says what becomes of the next requests whose subjects begin with prefix, such as
// "$KV." or "$JS.API.STREAM.MSG.GET.".
func (l *Lossy) Say(prefix string, fates ...Fate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fates[prefix], l.asked = fates, nil
}

// Asked is how many requests there were since Say whose subjects begin with prefix.
func (l *Lossy) Asked(prefix string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, subject := range l.asked {
		if strings.HasPrefix(subject, prefix) {
			n++
		}
	}
	return n
}

func (l *Lossy) fate(subject string) Fate {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, subject)
	for prefix, fates := range l.fates {
		if strings.HasPrefix(subject, prefix) && len(fates) > 0 {
			l.fates[prefix] = fates[1:]
			return fates[0]
		}
	}
	return Pass
}
