package fleet

import (
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
	r.start(func(*nats.Msg) {
		began <- struct{}{}
		<-end
	})
	for range n {
		r.requests <- &nats.Msg{}
	}
	for range n {
		<-began // although none has ended
	}
	close(end)
	brokertest.Await(t, func() bool { return r.waiting.Load() == maxReceivers })
	r.requests <- &nats.Msg{}
	<-began
	r.requests <- &nats.Msg{}
	r.end()
	r.all.Wait()
	if len(began) != 1 || r.waiting.Load() != 0 {
		t.Errorf("%d requests that had come before the end were dealt with, and %d goroutines wait", len(began), r.waiting.Load())
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
