package fleet

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// A tape is what a fuzzer chooses from. Where it has ended it gives zeros.
type tape []byte

func (t *tape) byte() byte {
	if len(*t) == 0 {
		return 0
	}
	b := (*t)[0]
	*t = (*t)[1:]
	return b
}

func (t *tape) text() string {
	n := min(int(t.byte()), len(*t))
	s := string((*t)[:n])
	*t = (*t)[n:]
	return s
}

// of returns one of the texts, or one of the fuzzer's own.
func (t *tape) of(texts ...string) string {
	if i := int(t.byte()); i < len(texts) {
		return texts[i]
	}
	return t.text()
}

// Whatever comes for a call, it ends once, its events come in order and without a gap, and
// a result has as many of them as it says.
func FuzzReplies(f *testing.F) {
	nc := brokertest.Connect(f, brokertest.Start(f, nil))
	// An event, a heartbeat, a result with 1 event.
	f.Add([]byte{1, 2, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 1, 0})
	f.Add([]byte{3, 5, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0, 4, 0, 0, 0, 0, 0, 0, 0, 4, 'n', 'u', 'l', 'l'})
	f.Add([]byte("\x04\x09\x04sing"))
	f.Fuzz(func(t *testing.T, data []byte) {
		in := tape(data)
		options := in.byte()
		c := Client(nc, "tidy", Patience(0), OnTrouble(slog.New(slog.DiscardHandler))).(*client)
		c.idempotent = options&1 != 0
		var events []uint64
		c.opts.onEvent = func(host.Event) {}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		s, err := c.newSent(ctx, nil, options&2 != 0)
		if err != nil {
			t.Fatal(err)
		}
		s.queue = &eventQueue{more: make(chan struct{}, 1)}
		ends := make(chan error, 10)
		var last reply
		s.end = func(m reply, err error) {
			last = m
			ends <- err
		}
		s.mu.Lock()
		s.first = time.Now()
		if s.subject, err = c.inbox.enter(s); err != nil {
			t.Fatal(err)
		}
		s.mu.Unlock()
		for n := 0; len(in) > 0 && n < 100; n++ {
			s.mu.Lock()
			token := s.token
			s.mu.Unlock()
			kind := in.of(typeAccept, typeHeartbeat, typeEvent, typeResult, typeError, typeUnknown, "left", "again", "nobody", "unread")
			switch kind {
			case "left":
				s.giveUp(context.Canceled, nil)
				continue
			case "again":
				s.look(time.Now(), true)
				continue
			case "nobody":
				s.onNobody(token)
				continue
			case "unread":
				s.look(time.Now().Add(lostTime*2), false)
				continue
			}
			instance, serialiser, script := in.of("i", ""), in.of("json", "cbor", "string", ""), in.of("1@2", "")
			sequence, total := in.of("1", "1", "2", "3", "x", "-1"), in.of("", "1", "2", "3", "x", "-1")
			data := message(kind, in.text(), fieldInstance, instance, fieldSerialiser, serialiser, fieldSequence, sequence, fieldEvents, total, fieldScript, script)
			s.onReply(token, reply{data: data, shared: n%2 == 1})
			for _, e := range s.queue.take() {
				h, _ := readHead(e.data)
				n, _ := number(h.sequence)
				events = append(events, n)
				_, _ = s.event(e) // it may be none, and is not to panic
				if options&4 != 0 {
					s.consumed()
				}
			}
		}
		s.fail(host.NewCallError("test", host.Unknown, nil, "the test ends it"))
		s.giveUp(context.Canceled, nil)
		err = <-ends
		select {
		case err := <-ends:
			t.Fatalf("the call ended twice: %v", err)
		default:
		}
		for i, n := range events {
			if n != uint64(i+1) {
				t.Fatalf("events %v", events)
			}
		}
		if err == nil {
			h, _ := readHead(last.data)
			if text := string(h.events); options&2 != 0 && text != "" && text != fmt.Sprint(len(events)) && !strings.HasPrefix(text, "0") {
				t.Fatalf("a result after %d events, which says %q", len(events), text)
			}
			_, err = s.results(last, nil)
		}
		if err != nil && host.OutcomeOf(err) == 0 {
			t.Fatalf("an error that does not say how far the call got: %#v", err)
		}
		if len(events) > 0 && host.OutcomeOf(err) == host.NotSent && !strings.Contains(string(data), "sent") {
			t.Fatalf("%d events of a call that was not sent: %v", len(events), err)
		}
		c.inbox.mu.Lock()
		defer c.inbox.mu.Unlock()
		if c.inbox.sub != nil {
			_ = c.inbox.sub.Unsubscribe()
		}
	})
}

// Whatever a request says, it has one answer, and the instance goes on.
func FuzzRequests(f *testing.F) {
	b := brokertest.Start(f, nil)
	in, out := brokertest.Connect(f, b), brokertest.Connect(f, b)
	script, err := host.Inline(host.Lua, `function run(...) return ... end function fail(x) error(x) end`)
	if err != nil {
		f.Fatal(err)
	}
	p, err := host.NewPool(f.Context(), script, &host.PoolOptions{Options: host.Options{Serialiser: host.CBOR}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(p.Kill)
	s := serve(f, in, p, As("tidy"), Logger(slog.New(slog.DiscardHandler)))
	var (
		mu    sync.Mutex
		count = map[string]int{}
		more  = make(chan string, 1000)
	)
	inbox := nats.NewInbox()
	if _, err := out.Subscribe(inbox+".*", func(m *nats.Msg) {
		if h, _ := readHead(m.Data); h.kind == typeAccept || h.kind == typeHeartbeat || h.kind == typeEvent {
			return
		}
		mu.Lock()
		count[m.Subject]++
		mu.Unlock()
		more <- m.Subject
	}); err != nil {
		f.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		f.Fatal(err)
	}
	number := uint64(0)
	f.Add([]byte("\x00\x00\x01\x01\x01\x00\x05[1,2]"))
	f.Add([]byte("\x01\x01\x02\x02\x02\x01\x03\x00\x00\x01x"))
	f.Add([]byte("\x02\x03soon\x03\x041000\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		in := tape(data)
		number++
		m := &nats.Msg{Subject: "rpc.tidy.stable", Reply: fmt.Sprint(inbox, ".", number), Header: nats.Header{}}
		begins := in.of("", "rpc1 call", "rpc2 call", "rpc1 credit")
		var fields []string
		for _, h := range [][]string{
			{fieldTimeout, headerTimeout, "", "1000", "0", "-1"}, {fieldEvents, "", "", "1", "0", "1048577"},
			{fieldSerialiser, headerSerialiser, "", "json", "cbor", "string"}, {fieldIdempotent, headerIdempotent, "", "1"},
			{fieldFunction, headerFunction, "", "fail", "missing"},
		} {
			v := in.of(h[2:]...)
			if v == "" || CheckFunction(v) != nil {
				continue
			}
			if fields = append(fields, h[0]+"="+v); begins == "" && h[1] != "" {
				m.Header[h[1]] = []string{v}
			}
		}
		controls := in.byte()
		m.Data = []byte(in.text())
		if begins != "" {
			m.Data = fmt.Appendf(nil, "%s %s\n%s", begins, strings.Join(fields, " "), m.Data)
		}
		if err := out.PublishMsg(m); err != nil {
			t.Fatal(err)
		}
		for i, kind := range []string{typeCancel, typeCredit} {
			if controls>>i&1 == 0 {
				continue
			}
			if err := out.Publish(controlSubject(s.instance), control(kind, m.Reply, uint64(controls))); err != nil {
				t.Fatal(err)
			}
		}
		late := time.NewTimer(20 * time.Second)
		defer late.Stop()
		for answered := false; !answered; {
			select {
			case id := <-more:
				answered = id == m.Reply
			case <-late.C:
				t.Fatalf("no answer to %v %q", m.Header, m.Data)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		for id, n := range count {
			if n > 1 {
				t.Fatalf("%d answers to %s", n, id)
			}
		}
		if len(count) > 1000 {
			clear(count)
		}
	})
}
