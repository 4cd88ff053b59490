// Package brokertest starts the brokers that the fleet's tests need: on loopback, on
// ports that are free, with their data in the test's folder.
package brokertest

import (
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// readyTime is how long a broker has to take its first connection.
const readyTime = 30 * time.Second

// Start starts a broker with JetStream, which ends with the test. Change, which may
// be nil, alters its options first.
func Start(t testing.TB, change func(*server.Options)) *server.Server {
	t.Helper()
	opts := &server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true, AuthTimeout: readyTime.Seconds(), DisableShortFirstPing: true}
	if change != nil {
		change(opts)
	}
	if err := waitPort(opts.Host, opts.Port); err != nil {
		t.Fatal(err)
	}
	s, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(readyTime) {
		t.Fatalf("the broker was not ready within %v", readyTime)
	}
	return s
}

// Connect connects to a broker; the connection ends with the test.
func Connect(t testing.TB, s *server.Server, opts ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(s.ClientURL(), append([]nats.Option{nats.Timeout(readyTime)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}
