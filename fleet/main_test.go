package fleet

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/child"
	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
	"scripthost.example/js"
	"scripthost.example/lua"
)

func TestMain(m *testing.M) {
	child.Enter(lua.Engine(), js.Engine())
	if url := os.Getenv(instanceAt); url != "" {
		instanceMain(url)
		return
	}
	os.Exit(m.Run())
}

// both are the languages, which every instance and caller can have.
var both = []host.Language{host.Lua, host.JS}

// workerStart is how long a worker may take to start: the default is too short for some that
// start beside all that a machine tests at a time, with the race detector.
const workerStart = 5 * time.Minute

// pool is a pool of the script that ends with the test.
func pool(t testing.TB, language host.Language, source string, opts *host.PoolOptions) *host.Pool {
	t.Helper()
	script, err := host.Inline(language, source)
	if err != nil {
		t.Fatal(err)
	}
	var o host.PoolOptions
	if opts != nil {
		o = *opts
	}
	if o.Limits.Start == 0 {
		o.Limits.Start = workerStart
	}
	p, err := host.NewPool(t.Context(), script.WithName("tidy."+string(language)), &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

// serve serves a pool of the script until the test ends.
func serve(t testing.TB, nc *nats.Conn, p *host.Pool, opts ...ServeOption) *Service {
	t.Helper()
	s, err := NewService(nc, p, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// connections are two connections to a broker: an instance's, and a caller's.
func connections(t testing.TB) (instance, caller *nats.Conn) {
	b := brokertest.Start(t, nil)
	return brokertest.Connect(t, b), brokertest.Connect(t, b)
}

// patience bounds what a test waits for.
func patience(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 60_000_000_000)
	t.Cleanup(cancel)
	return ctx
}
