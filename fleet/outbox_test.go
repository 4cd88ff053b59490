package fleet

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go"
)

// What is left in an outbox is sent once, and as it was, by whoever sends.
func TestOutbox(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	const senders, each = 8, 200
	var got sync.Map
	all := make(chan struct{}, senders*each)
	if _, err := in.Subscribe("out.*", func(m *nats.Msg) {
		if _, twice := got.LoadOrStore(m.Subject+" "+m.Reply+" "+m.Header.Get("n")+" "+string(m.Data), true); twice {
			t.Errorf("%s twice", m.Data)
		}
		all <- struct{}{}
	}); err != nil {
		t.Fatal(err)
	}
	if err := in.Flush(); err != nil {
		t.Fatal(err)
	}
	o := &outbox{nc: out, failed: func(_ outgoing, err error) { t.Error(err) }}
	var wait sync.WaitGroup
	for s := range senders {
		wait.Go(func() {
			for i := range each {
				text := fmt.Sprintf("%d %d", s, i)
				m := outgoing{subject: fmt.Sprint("out.", s)}
				if i%2 == 1 {
					m.reply = "r"
				}
				if i%3 == 1 {
					m.header = nats.Header{"n": {"x"}}
				}
				data := append([]byte(text), bytes.Repeat([]byte{' '}, i*i)...)
				send := o.add(m, data, false)
				clear(data) // it has been copied
				if send {
					o.send(i%5 > 0)
				}
			}
		})
	}
	wait.Wait()
	o.more.Wait()
	for range senders * each {
		<-all
	}
	for s := range senders {
		for i := range each {
			reply, n := "", ""
			if i%2 == 1 {
				reply = "r"
			}
			if i%3 == 1 {
				n = "x"
			}
			key := fmt.Sprintf("out.%d %s %s %d %d%s", s, reply, n, s, i, bytes.Repeat([]byte{' '}, i*i))
			if _, ok := got.Load(key); !ok {
				t.Fatalf("%d of %d did not come as it was sent", i, s)
			}
		}
	}
}

// Each call whose request cannot be sent is told so, also where another one sends it.
func TestOutboxFails(t *testing.T) {
	t.Parallel()
	_, out := connections(t)
	c := Client(out, "tidy")
	out.Close()
	var wait sync.WaitGroup
	var failed atomic.Int64
	for range 100 {
		wait.Go(func() {
			if _, err := c.Call(patience(t)); errors.Is(err, ErrDisconnected) {
				failed.Add(1)
			} else {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if failed.Load() != 100 {
		t.Errorf("%d calls", failed.Load())
	}
}
