package fleet

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"pgregory.net/rapid"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// The token of a call is its number, written in one way.
func TestTokens(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]uint64{
		"1": 1, "z": 35, "10": 36, "3w5e11264sgsf": math.MaxUint64,
		"": 0, "0": 0, "01": 0, "3w5e11264sgsg": 0, "zzzzzzzzzzzzz": 0, "10000000000000": 0, "Z": 0, "-1": 0, "1 ": 0, "é": 0,
	} {
		if n, ok := tokenOf(text); n != want && ok || ok != (want != 0) {
			t.Errorf("%q: %d, %v; want %d", text, n, ok, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Uint64Min(1).Draw(t, "token")
		if n, ok := tokenOf(strconv.AppendUint(nil, want, tokenBase)); !ok || n != want {
			t.Fatalf("%d: %d, %v", want, n, ok)
		}
	})
}

// Only a call whose replies go where its caller knows them to go is answered together with
// others.
func TestTail(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		subject, token string
		want           int
	}{
		{"_INBOX.a.b", "b", 1},
		{"_INBOX.a.bcd", "bcd", 3},
		{"_INBOX.a.b", "", 0},
		{"_INBOX.a.b", "c", 0},
		{"_INBOX.a.cb", "b", 0},
		{"_INBOX.a.b", "a.b", 0},
		{"_R_.x.y", "b", 0}, // as a broker has it between accounts
		{"b", "b", 0},
		{".b", "b", 0},
		{"a." + strings.Repeat("x", maxTail), strings.Repeat("x", maxTail), maxTail},
		{"a." + strings.Repeat("x", maxTail+1), strings.Repeat("x", maxTail+1), 0},
	} {
		if n := tailOf(test.subject, []byte(test.token)); n != test.want {
			t.Errorf("%q with token %q: %d, want %d", test.subject, test.token, n, test.want)
		}
	}
}

// Replies are read as they were put together.
func TestRepliesAreRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 20).Draw(t, "replies")
		message := append([]byte(nil), repliesHead...)
		var tokens, replies []string
		for range n {
			tokens = append(tokens, rapid.StringMatching(`[0-9a-zA-Z]{1,20}`).Draw(t, "token"))
			replies = append(replies, rapid.String().Draw(t, "reply"))
			message = appendReply(message, tokens[len(tokens)-1], []byte(replies[len(replies)-1]))
		}
		rest, ok := together(message)
		if !ok {
			t.Fatalf("%q", message)
		}
		for i := range n {
			token, reply, more, ok := nextReply(rest)
			if !ok || string(token) != tokens[i] || string(reply) != replies[i] {
				t.Fatalf("%q %q %v, want %q %q", token, reply, ok, tokens[i], replies[i])
			}
			rest = more
		}
		if _, _, _, ok := nextReply(rest); ok || len(rest) > 0 {
			t.Fatalf("%q is left", rest)
		}
	})
	for _, other := range []string{"", "rpc1 replies", "rpc1 repliesx\n", "rpc1 result\n", "rpc2 replies\n"} {
		if _, ok := together([]byte(other)); ok {
			t.Errorf("%q", other)
		}
	}
}

func FuzzTogether(f *testing.F) {
	f.Add([]byte("a 3\nxyzb 0\n"))
	f.Add([]byte("a -1\nb 4\nxyz"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for {
			_, reply, rest, ok := nextReply(data)
			if !ok {
				break
			}
			if len(reply)+len(rest) >= len(data) {
				t.Fatalf("%q has %q and %q", data, reply, rest)
			}
			data = rest
		}
	})
}

// Replies that are sent at one time come to each caller together, up to a size, and to those
// who have not said that they can read them one by one.
func TestTogether(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	got, err := in.SubscribeSync("to.>")
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Flush(); err != nil {
		t.Fatal(err)
	}
	o := &outbox{nc: out, failed: func(_ outgoing, err error) { t.Error(err) }}
	want := map[string]string{}
	add := func(caller, token, reply string, tail int) {
		want[caller+token] = reply
		o.add(outgoing{subject: caller + token, tail: tail}, []byte(reply), false)
	}
	large := strings.Repeat("x", maxTogether/3)
	for i := range 20 {
		token := fmt.Sprint("t", 10+i)
		add("to.many.", token, "many "+token, len(token))
		add("to.plain.", token, "plain "+token, 0)
		add("to.large.", token, large+token, len(token))
		add(fmt.Sprintf("to.one%d.", i), token, "one "+token, len(token)) // more than there are bundles
	}
	o.send(false)
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	messages, read := map[string]int{}, map[string]string{}
	for range int(out.Stats().OutMsgs) {
		m, err := got.NextMsgWithContext(patience(t))
		if err != nil {
			t.Fatal(err)
		}
		caller := m.Subject[:strings.LastIndexByte(m.Subject, '.')+1]
		messages[caller]++
		rest, ok := together(m.Data)
		if !ok {
			read[m.Subject] = string(m.Data)
			continue
		}
		if len(m.Data) > maxTogether {
			t.Errorf("%s: %d bytes", m.Subject, len(m.Data))
		}
		for len(rest) > 0 {
			token, reply, more, ok := nextReply(rest)
			if !ok {
				t.Fatalf("%s: %q", m.Subject, rest)
			}
			if _, twice := read[caller+string(token)]; twice {
				t.Errorf("%s%s twice", caller, token)
			}
			read[caller+string(token)] = string(reply)
			rest = more
		}
	}
	for subject, reply := range want {
		if read[subject] != reply {
			t.Errorf("%s: %.40q, want %.40q", subject, read[subject], reply)
		}
	}
	if len(read) != len(want) {
		t.Errorf("%d replies, of %d", len(read), len(want))
	}
	// What had the others sent first, for want of room, begins anew.
	if n := messages["to.many."]; n < 1 || n > 3 {
		t.Errorf("20 replies to one caller came in %d messages", n)
	}
	if n := messages["to.plain."]; n != 20 {
		t.Errorf("20 replies to one who reads no others came in %d messages", n)
	}
	if n := messages["to.large."]; n < 10 {
		t.Errorf("20 replies of %d bytes came in %d messages", len(large), n)
	}
}

// A broker that does not take all of them in one message has them one by one.
func TestTogetherIsTooLarge(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, func(o *server.Options) { o.MaxPayload = 1024 })
	in, out := brokertest.Connect(t, b), brokertest.Connect(t, b)
	got, err := in.SubscribeSync("to.*")
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Flush(); err != nil {
		t.Fatal(err)
	}
	o := &outbox{nc: out, failed: func(_ outgoing, err error) { t.Error(err) }}
	for i := range 10 {
		o.add(outgoing{subject: fmt.Sprint("to.", i), tail: 1}, []byte(strings.Repeat(fmt.Sprint(i), 200)), false)
	}
	o.send(false)
	for i := range 10 {
		m, err := got.NextMsgWithContext(patience(t))
		if err != nil {
			t.Fatal(err)
		}
		if m.Subject != fmt.Sprint("to.", i) || string(m.Data) != strings.Repeat(fmt.Sprint(i), 200) {
			t.Errorf("%s: %q", m.Subject, m.Data)
		}
	}
}

// Where replies come together each call has its own, and what is none of them is passed over.
func TestTogetherIsRead(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	const calls = 10
	var mu sync.Mutex
	var tokens []string
	fakeInstance(t, in, func(m *nats.Msg) {
		h, _ := readHead(m.Data)
		if !strings.HasSuffix(m.Reply, "."+string(h.token)) {
			t.Errorf("%q is not the end of %q", h.token, m.Reply)
		}
		mu.Lock()
		defer mu.Unlock()
		tokens = append(tokens, string(h.token))
		if len(tokens) < calls {
			return
		}
		all := append([]byte(nil), repliesHead...)
		all = appendReply(all, "nobody", message(typeResult, "[]"))
		all = appendReply(all, "0", nil)
		for i, token := range tokens {
			reply := message(typeResult, fmt.Sprintf("[%q]", token))
			if i == 0 {
				reply = message("sing", "")
			}
			all = appendReply(all, token, reply)
			all = appendReply(all, token, message(typeResult, "[1]")) // it has ended
		}
		all = append(all, "what is this"...)
		if err := in.Publish(m.Reply, all); err != nil {
			t.Error(err)
		}
	})
	c := Client(out, "tidy")
	results := make(chan string, calls)
	for range calls {
		go func() {
			out, err := c.Call(patience(t))
			switch {
			case errors.Is(err, ErrProtocol):
				results <- "protocol"
			case err != nil:
				results <- err.Error()
			default:
				results <- fmt.Sprint(out...)
			}
		}()
	}
	got := map[string]bool{}
	for range calls {
		got[<-results] = true
	}
	mu.Lock()
	defer mu.Unlock()
	for i, token := range tokens {
		if i == 0 {
			token = "protocol"
		}
		if !got[token] {
			t.Errorf("no call has %q: %v", token, got)
		}
	}
}

// What a caller keeps of replies that came together is its own: no other result is kept with
// it.
func TestTogetherIsNotKept(t *testing.T) {
	t.Parallel()
	for _, by := range []host.Serialiser{host.String, host.CBOR} {
		text := strings.Repeat("x", 100)
		data, err := host.Freeze(by, []any{text})
		if err != nil {
			t.Fatal(err)
		}
		values, err := thaw(data, []byte(by.Name()), false)
		if err != nil {
			t.Fatal(err)
		}
		clear(data)
		if len(values) != 1 || values[0] != text {
			t.Errorf("%s: %q", by.Name(), values)
		}
	}
}

// An instance answers together what is answered at one time.
func TestAnsweredTogether(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	const calls = 64
	// The last of the calls has all of them answered.
	source := fmt.Sprintf(`local waiting = {}
function run(done, x)
	waiting[#waiting + 1] = function() done(x) end
	if #waiting == %d then
		for _, answer in ipairs(waiting) do answer() end
		waiting = {}
	end
end`, calls)
	serve(t, in, pool(t, host.Lua, source, &host.PoolOptions{Max: 1, Load: calls, Options: host.Options{Async: true}}))
	c := Client(out, "tidy")
	brokertest.Await(t, func() bool {
		before := out.Stats().InMsgs
		var all sync.WaitGroup
		for i := range calls {
			all.Go(func() {
				if results, err := c.Call(patience(t), fmt.Sprint(i)); err != nil || results[0] != fmt.Sprint(i) {
					t.Errorf("%d: %v, %v", i, results, err)
				}
			})
		}
		all.Wait()
		return out.Stats().InMsgs-before < calls || t.Failed()
	})
}
