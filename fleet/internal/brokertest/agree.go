package brokertest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

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
	var last uint64
	c.wait(fmt.Sprintf("leader %s of %s", name, stream), func(ctx context.Context) error {
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
	})
	s, err := js.Stream(context.Background(), stream)
	if err != nil {
		c.t.Fatal(err)
	}
	for seq := s.CachedInfo().State.FirstSeq; seq <= last; seq++ {
		m, err := s.GetMsg(context.Background(), seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			c.t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%d %s %v %x", seq, m.Subject, m.Header, sha256.Sum256(m.Data)))
	}
	return all
}
