package fleet

import (
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// However many requests there are at a time, each is dealt with at once; and no more
// goroutines are kept than are of use.
func TestReceivers(t *testing.T) {
	t.Parallel()
	const n = 3 * maxReceivers
	var r receivers
	began, end := make(chan struct{}, n), make(chan struct{})
	r.start(func(*nats.Msg, *host.Batch) runner {
		return runFunc(func() {
			began <- struct{}{}
			<-end
		})
	})
	for range n {
		r.requests <- &nats.Msg{}
	}
	for range n {
		<-began // although none has ended
	}
	close(end)
	brokertest.Await(t, func() bool { return r.kept.Load() == maxReceivers && r.waiting.Load() <= maxWaiting })
	r.requests <- &nats.Msg{}
	<-began
	r.requests <- &nats.Msg{}
	r.end()
	r.all.Wait()
	if len(began) != 1 || r.waiting.Load() != 0 || r.kept.Load() != 0 {
		t.Errorf("%d requests that had come before the end were dealt with, and %d goroutines wait, %d for others", len(began), r.waiting.Load(), r.kept.Load())
	}
}

// What has come when a service is closed is answered.
func TestCloseAnswersWhatHasCome(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	s := serve(t, in, pool(t, host.Lua, echo[host.Lua], nil), Slots(1000))
	inbox, err := out.SubscribeSync(out.NewInbox() + ".*")
	if err != nil {
		t.Fatal(err)
	}
	const n = 500
	prefix := inbox.Subject[:len(inbox.Subject)-1]
	for i := range n {
		if err := out.PublishRequest("rpc.tidy.stable", prefix+string(rune('a'+i%26))+string(rune('a'+i/26)), []byte("[]")); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for range n {
		m, err := inbox.NextMsgWithContext(patience(t))
		if err != nil {
			t.Fatal(err)
		}
		if code := header(m, headerErrorCode); code != "" {
			t.Fatalf("refused: %v", m.Header)
		}
	}
}

// Where requests are dealt with at once, one goroutine is enough for all.
func TestReceiversWhereThereAreMany(t *testing.T) {
	t.Parallel()
	var r receivers
	var done atomic.Int64
	began, end := make(chan struct{}, maxWaiting), make(chan struct{})
	r.start(func(m *nats.Msg, _ *host.Batch) runner {
		done.Add(1)
		if m.Subject != "wait" {
			return nil
		}
		return runFunc(func() {
			began <- struct{}{}
			<-end
		})
	})
	for range maxWaiting {
		r.requests <- &nats.Msg{Subject: "wait"}
	}
	for range maxWaiting {
		<-began
	}
	close(end)
	sent := int64(maxWaiting)
	brokertest.Await(t, func() bool {
		r.requests <- &nats.Msg{Data: make([]byte, sent%2*2*littleData)} // which takes a while to look at, or not
		sent++
		return r.waiting.Load() == 1 && r.kept.Load() > 0
	})
	brokertest.Await(t, func() bool { return done.Load() == sent })
	r.end()
	r.all.Wait()
	if r.waiting.Load() != 0 || r.kept.Load() != 0 {
		t.Errorf("%d goroutines wait, and %d for others", r.waiting.Load(), r.kept.Load())
	}
}
