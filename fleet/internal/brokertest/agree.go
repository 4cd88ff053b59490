package brokertest

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Agree fails the test unless all brokers have the same messages of a stream, to which
// nobody writes meanwhile, and returns how many they have. Each of them leads the stream
// once, since only who leads it answers.
func (c *Cluster) Agree(stream string) int {
	c.t.Helper()
	var first []string
	for i, p := range c.Nodes {
		has := c.contents(stream, i)
		if i == 0 {
			first = has
		}
		for n := range max(len(first), len(has)) {
			if n >= len(first) || n >= len(has) || first[n] != has[n] {
				c.t.Errorf("%s: %s has %d messages and %s has %d, of which number %d differs:\n%s\n%s", stream,
					c.Nodes[0].Name, len(first), p.Name, len(has), n, strings.Join(first[min(n, len(first)):min(n+1, len(first))], ""), strings.Join(has[min(n, len(has)):min(n+1, len(has))], ""))
				break
			}
		}
	}
	return len(first)
}

// contents has a broker lead a stream, and returns a line for each message that it has.
func (c *Cluster) contents(stream string, node int) (all []string) {
	c.t.Helper()
	nc := c.Connect()
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		c.t.Fatal(err)
	}
	name := c.Nodes[node].Name
	var last, read uint64 // of the sequence numbers
	leads := func(ctx context.Context) error {
		s, err := js.Stream(ctx, stream)
		if err != nil {
			return err
		}
		info := s.CachedInfo()
		last = max(last, info.State.LastSeq)
		if info.Cluster == nil || info.Cluster.Leader != name {
			m, err := nc.RequestWithContext(ctx, "$JS.API.STREAM.LEADER.STEPDOWN."+stream, fmt.Appendf(nil, `{"placement":{"preferred":%q}}`, name))
			if err != nil {
				return err
			}
			return fmt.Errorf("it was asked for, and the answer was %s", m.Data)
		}
		if info.State.LastSeq < last {
			return fmt.Errorf("it has %d messages of %d", info.State.LastSeq, last)
		}
		return nil
	}
	c.wait(fmt.Sprintf("leader %s of %s that tells all of it", name, stream), func(ctx context.Context) error {
		if err := leads(ctx); err != nil {
			return err
		}
		// As much as there is time for; it counts if the same broker has led all the while.
		var lines []string
		var failed error
		at := read
		for at < last {
			line, seq, err := nextMessage(ctx, nc, stream, at+1)
			if err != nil {
				failed = err
				break
			}
			if seq == 0 {
				at = last
				break
			}
			at = seq
			lines = append(lines, line)
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := leads(ctx); err != nil {
			return err
		}
		all, read = append(all, lines...), at
		return failed
	})
	return all
}

// nextMessage returns a line for the first message of a stream whose number is seq or more,
// and its number, which is 0 if there is none. It asks who leads the stream, and no other
// broker that has it.
func nextMessage(ctx context.Context, nc *nats.Conn, stream string, seq uint64) (line string, at uint64, err error) {
	m, err := nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+stream, fmt.Appendf(nil, `{"seq":%d,"next_by_subj":">"}`, seq))
	if err != nil {
		return "", 0, err
	}
	var answer struct {
		Error   *jetstream.APIError `json:"error"`
		Message struct {
			Subject string `json:"subject"`
			Seq     uint64 `json:"seq"`
			Header  []byte `json:"hdrs"`
			Data    []byte `json:"data"`
		} `json:"message"`
	}
	if err := json.Unmarshal(m.Data, &answer); err != nil {
		return "", 0, err
	}
	if answer.Error != nil {
		if answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound {
			return "", 0, nil
		}
		return "", 0, answer.Error
	}
	g := answer.Message
	return fmt.Sprintf("%d %s %q %x", g.Seq, g.Subject, g.Header, sha256.Sum256(g.Data)), g.Seq, nil
}
