package fleet

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet/internal/brokertest"
)

// freeAddrs are addresses on which nothing listens.
func freeAddrs(t *testing.T, n int) []string {
	t.Helper()
	addrs, err := brokertest.FreeAddrs(n)
	if err != nil {
		t.Fatal(err)
	}
	return addrs
}

// Three brokers are one: what is stored is with all, and one of them can be lost.
func TestBrokerCluster(t *testing.T) {
	t.Parallel()
	cert := brokertest.NewCertificate(t)
	clients, routes := freeAddrs(t, 3), freeAddrs(t, 3)
	var dirs []string
	var brokers []*Broker
	for i := range 3 {
		dirs = append(dirs, t.TempDir())
		brokers = append(brokers, embed(t, dirs[i], BrokerAddr(clients[i]), BrokerTLS(cert.CertFile, cert.KeyFile), BrokerCluster(routes[i], routes, cert.CertFile)))
	}
	last := inProcess(t, brokers[2])
	config := jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, Replicas: 3}
	eventually(t, func(ctx context.Context) error {
		_, err := last.CreateStream(ctx, config)
		return err
	})
	eventually(t, func(ctx context.Context) error {
		_, err := last.Publish(ctx, "s", nil)
		return err
	})
	if err := brokers[0].Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func(ctx context.Context) error { // another one has to lead, perhaps
		_, err := last.Publish(ctx, "s", nil)
		return err
	})

	// Clients learn of the others.
	nc, err := nats.Connect("tls://"+clients[1], nats.Timeout(testTime), nats.RootCAs(cert.CertFile), func(o *nats.Options) error {
		login, err := keyOption(brokers[1].key)
		if err != nil {
			return err
		}
		return login(o)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	eventually(t, func(ctx context.Context) error {
		for _, s := range nc.Servers() {
			if strings.HasSuffix(s, clients[2]) {
				return nil
			}
		}
		return errors.New(strings.Join(nc.Servers(), " "))
	})

	// What one of them has stored is not for a broker that is alone.
	if _, err := Embedded(dirs[0], quiet); !errors.Is(err, ErrBrokerStore) || !strings.Contains(err.Error(), "one of a cluster") {
		t.Error(err)
	}
	// It can come back.
	back := embed(t, dirs[0], BrokerAddr(clients[0]), BrokerTLS(cert.CertFile, cert.KeyFile), BrokerCluster(routes[0], routes, cert.CertFile))
	first := inProcess(t, back)
	eventually(t, func(ctx context.Context) error {
		s, err := first.Stream(ctx, "S")
		if err != nil {
			return err
		}
		peers := s.CachedInfo().Cluster.Replicas
		if len(peers) != 2 || slices.ContainsFunc(peers, func(p *jetstream.PeerInfo) bool { return !p.Current }) {
			return errors.New("not all have it")
		}
		return nil
	})
}

// inProcess is JetStream as a broker's own program reaches it.
func inProcess(t *testing.T, b *Broker) jetstream.JetStream {
	t.Helper()
	nc, err := b.Connect()
	if err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// eventually tries until there is no error.
func eventually(t *testing.T, try func(context.Context) error) {
	t.Helper()
	for end := time.Now().Add(4 * testTime); ; time.Sleep(20 * time.Millisecond) {
		// A broker that has no quorum yet may not answer at all.
		ctx, cancel := context.WithTimeout(context.Background(), testTime/15)
		err := try(ctx)
		cancel()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// What one broker has stored would be removed by a cluster.
func TestBrokerClusterAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := embed(t, dir)
	nc, err := b.Connect()
	if err != nil {
		t.Fatal(err)
	}
	put(t, nc)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	addrs := freeAddrs(t, 2)
	if _, err := Embedded(dir, quiet, BrokerCluster(addrs[0], addrs, "")); !errors.Is(err, ErrBrokerStore) || !strings.Contains(err.Error(), "was alone") {
		t.Error(err)
	}
	embed(t, dir)
}

func TestBrokerClusterMistakes(t *testing.T) {
	t.Parallel()
	cert := brokertest.NewCertificate(t)
	withTLS := BrokerTLS(cert.CertFile, cert.KeyFile)
	for name, c := range map[string]struct {
		opts []BrokerOption
		want string
	}{
		"no port":            {[]BrokerOption{BrokerCluster("localhost", []string{"localhost:1"}, "")}, "missing port"},
		"port 0":             {[]BrokerOption{BrokerCluster("localhost:0", []string{"localhost:1"}, "")}, `"localhost:0" is not HOST:PORT`},
		"no routes":          {[]BrokerOption{BrokerCluster("localhost:1", nil, "")}, "no route leads to one"},
		"a route of no host": {[]BrokerOption{BrokerCluster("localhost:1", []string{":2"}, "")}, "a route to another broker"},
		"no TLS":             {[]BrokerOption{BrokerCluster("localhost:1", []string{"192.0.2.1:2"}, "")}, "192.0.2.1:2 is another machine"},
		"no CA":              {[]BrokerOption{withTLS, BrokerCluster("localhost:1", []string{"192.0.2.1:2"}, "")}, "vouch for the others"},
		"no such CA":         {[]BrokerOption{withTLS, BrokerCluster("localhost:1", []string{"192.0.2.1:2"}, "missing.pem")}, "missing.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := Embedded(t.TempDir(), append(c.opts, quiet)...)
			if err == nil {
				b.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// A broker of the cluster that is away for long is a line of the log now and then.
func TestLostBrokerReports(t *testing.T) {
	t.Parallel()
	o, err := (&Broker{dir: t.TempDir()}).options(brokerConfig{addr: "127.0.0.1:0"})
	if err != nil || o.ReconnectErrorReports != lostReports {
		t.Errorf("%+v, %v", o, err)
	}
}
