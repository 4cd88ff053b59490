package brokertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A Cluster is some brokers that replicate what JetStream stores, each in a process of its
// own. Between each two there is a link that the test can take away. Its methods are for
// one goroutine at a time.
type Cluster struct {
	Nodes []*Process

	t     testing.TB
	links map[[2]int]*Proxy // how the first reaches the second
}

// StartCluster starts n brokers, and returns once they store a stream with n replicas.
// Conf, which may be empty, is added to the configuration of each.
func StartCluster(t testing.TB, n int, conf string) *Cluster {
	t.Helper()
	c := &Cluster{t: t, links: map[[2]int]*Proxy{}}
	// What a broker advertises is where the others look for it besides their links: the
	// links have to be the only ways, so there is nothing.
	nowhere := NewProxy(t, "")
	nowhere.Cut()
	for i := range n {
		var routes []string
		for j := range n {
			if i == j {
				continue
			}
			c.links[[2]int{i, j}] = NewProxy(t, "")
			routes = append(routes, fmt.Sprintf("%q", c.links[[2]int{i, j}].URL()))
		}
		// Clients know the addresses that they were given, and no others.
		cluster := fmt.Sprintf("cluster: { name: test, listen: \"127.0.0.1:-1\", advertise: %q, no_advertise: true, routes: [%s] }\n", nowhere.Addr(), strings.Join(routes, ", "))
		c.Nodes = append(c.Nodes, newProcess(t, fmt.Sprintf("n%d", i+1), cluster+conf))
	}
	c.StartAll()
	c.WaitReady()
	return c
}

// StartNode starts a broker of the cluster, again if it has been running.
func (c *Cluster) StartNode(i int) {
	c.t.Helper()
	c.Nodes[i].Start()
	for pair, link := range c.links {
		if pair[1] == i {
			link.SetTarget(fmt.Sprintf("127.0.0.1:%d", c.Nodes[i].routePort))
		}
	}
}

// StartAll starts all brokers that are not running.
func (c *Cluster) StartAll() {
	c.t.Helper()
	for i, p := range c.Nodes {
		if p.running == nil {
			c.StartNode(i)
		}
	}
}

// KillAll ends all brokers with SIGKILL.
func (c *Cluster) KillAll() {
	for _, p := range c.Nodes {
		p.kill()
	}
}

// Isolate takes away all links of a broker to the others: nothing passes, and nothing is
// closed. Clients still reach it.
func (c *Cluster) Isolate(i int) {
	for pair, link := range c.links {
		if pair[0] == i || pair[1] == i {
			link.Stall()
		}
	}
}

// Heal gives back all links. Connections that were held up by Isolate are reset, since
// that is what becomes of them when packets are lost for long.
func (c *Cluster) Heal() {
	for _, link := range c.links {
		if link.stalled() {
			link.Cut()
		}
		link.Open()
	}
}

// URL is where clients find the brokers: all of them, separated by commas.
func (c *Cluster) URL() string {
	var urls []string
	for _, p := range c.Nodes {
		urls = append(urls, p.URL())
	}
	return strings.Join(urls, ",")
}

// Connect connects to any of the brokers, and to another when it is lost, without an end;
// the connection ends with the test.
func (c *Cluster) Connect(opts ...nats.Option) *nats.Conn {
	c.t.Helper()
	nc, err := nats.Connect(c.URL(), append([]nats.Option{nats.MaxReconnects(-1), nats.ReconnectWait(50 * time.Millisecond), nats.RetryOnFailedConnect(true)}, opts...)...)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(nc.Close)
	return nc
}

// clusterTime is how long a cluster has to find a leader and its members, also on a
// machine that is busy. An election takes up to 9 s.
const clusterTime = 3 * time.Minute

// Leader waits until the stream has a leader, which is a broker that runs, and returns its
// number in Nodes.
func (c *Cluster) Leader(stream string) int {
	c.t.Helper()
	js := c.jetStream()
	leader := -1
	c.wait("a leader of "+stream, func(ctx context.Context) error {
		s, err := js.Stream(ctx, stream)
		if err != nil {
			return err
		}
		info := s.CachedInfo()
		if info.Cluster == nil {
			return errors.New("no cluster")
		}
		for i, p := range c.Nodes {
			if p.Name == info.Cluster.Leader && p.running != nil {
				leader = i
				return nil
			}
		}
		return fmt.Errorf("the leader is %q", info.Cluster.Leader)
	})
	return leader
}

// WaitReady waits until the brokers that run store a stream with as many replicas as there
// are brokers, and all that they store is current everywhere.
func (c *Cluster) WaitReady() {
	c.t.Helper()
	js := c.jetStream()
	const name = "BROKERTEST"
	c.wait("a stream with all replicas", func(ctx context.Context) error {
		_, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: name, Subjects: []string{"brokertest.>"}, Replicas: len(c.Nodes)})
		if err != nil && !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			return err
		}
		if _, err := js.Publish(ctx, "brokertest.ready", nil); err != nil {
			return err
		}
		for s := range js.ListStreams(ctx).Info() {
			if s.Cluster == nil || s.Cluster.Leader == "" {
				return fmt.Errorf("%s has no leader", s.Config.Name)
			}
			for _, peer := range s.Cluster.Replicas {
				if !peer.Current {
					return fmt.Errorf("%s is not current on %s", s.Config.Name, peer.Name)
				}
			}
		}
		return js.DeleteStream(ctx, name)
	})
}

func (c *Cluster) jetStream() jetstream.JetStream {
	c.t.Helper()
	js, err := jetstream.New(c.Connect())
	if err != nil {
		c.t.Fatal(err)
	}
	return js
}

// wait tries until there is no error; what is waited for is told if that takes too long.
func (c *Cluster) wait(what string, try func(context.Context) error) {
	c.t.Helper()
	for end := time.Now().Add(clusterTime); ; time.Sleep(50 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		err := try(ctx)
		cancel()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			c.t.Fatalf("no %s within %v: %v", what, clusterTime, err)
		}
	}
}
