package fleet

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// regional is a script that says where it is served.
const regional = `
function run(done) done(%q) end
function large(done) done(("x"):rep(3 * 2^20)) end
function many(done) for i = 1, 5000 do done.event(i) end done("end") end
function never(done) end`

func leaf(t testing.TB) (north, south *server.Server) {
	north, south, _ = brokertest.StartLeaf(t)
	return north, south
}

// supercluster returns the brokers of two regions that are joined by gateways.
func supercluster(t testing.TB) (north, south *server.Server) {
	start := func(name string, remotes ...*server.RemoteGatewayOpts) *server.Server {
		return brokertest.Start(t, func(o *server.Options) {
			o.JetStream = false // which would want accounts of the system's, and more servers
			o.Gateway = server.GatewayOpts{Name: name, Host: "127.0.0.1", Port: -1, Gateways: remotes}
		})
	}
	north = start("north")
	at := &url.URL{Scheme: "nats", Host: north.GatewayAddr().String()}
	return north, start("south", &server.RemoteGatewayOpts{Name: "north", URLs: []*url.URL{at}})
}

// Calls stay in their region as long as it has an instance, and go to the other one then,
// with all that belongs to them.
func TestRegions(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) (north, south *server.Server){"leaf node": leaf, "supercluster": supercluster} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, s := start(t)
			brokers := map[string]*server.Server{"north": n, "south": s}
			services, callers := map[string]*Service{}, map[string]host.Caller{}
			for region, b := range brokers {
				p := pool(t, host.Lua, fmt.Sprintf(regional, region), &host.PoolOptions{Options: host.Options{Async: true, OnEvent: func(host.Event) {}}})
				services[region] = serve(t, brokertest.Connect(t, b), p, Slots(64))
				callers[region] = Client(brokertest.Connect(t, b), "tidy")
			}
			for region, c := range callers {
				for range 50 {
					if out, err := c.Call(patience(t)); err != nil || out[0] != region {
						t.Fatalf("a call in the %s: %v, %v", region, out, err)
					}
				}
			}
			if err := services["south"].Close(); err != nil {
				t.Fatal(err)
			}
			c := callers["south"]
			// Until the brokers have told each other nobody is there.
			brokertest.Await(t, func() bool {
				_, err := c.Call(patience(t))
				return !errors.Is(err, ErrNoInstance)
			})
			for range 50 {
				if out, err := c.Call(patience(t)); err != nil || out[0] != "north" {
					t.Fatalf("a call from the south: %v, %v", out, err)
				}
			}
			if out, err := c.Function("large").Call(patience(t)); err != nil || len(out[0].(string)) != 3<<20 {
				if name == "leaf node" || !errors.Is(err, host.ErrTooLarge) { // where there is no JetStream
					t.Error(err)
				}
			}
			last := 0
			for e, err := range c.Function("many").Stream(patience(t)) {
				if err != nil {
					t.Fatal(err)
				}
				if last++; fmt.Sprint(e.Args...) != fmt.Sprint(last) && !(last == 5001 && e.Result) {
					t.Fatalf("event %d is %v", last, e.Args)
				}
			}
			if last != 5001 { // with the result
				t.Errorf("%d events", last)
			}
			brokertest.Await(t, func() bool { return services["north"].running0() == 0 })
			ctx, cancel := context.WithCancel(patience(t))
			ended := make(chan error, 1)
			go func() {
				_, err := c.Function("never").Call(ctx)
				ended <- err
			}()
			brokertest.Await(t, func() bool { return services["north"].running0() == 1 })
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			brokertest.Await(t, func() bool { return services["north"].running0() == 0 })
		})
	}
}

// Where a region is cut off, its calls have errors that say so, and it is as before when it
// is not.
func TestRegionCutOff(t *testing.T) {
	t.Parallel()
	north, south, link := brokertest.StartLeaf(t)
	p := pool(t, host.Lua, fmt.Sprintf(regional, "north"), &host.PoolOptions{Options: host.Options{Async: true}})
	serve(t, brokertest.Connect(t, north), p)
	out := brokertest.Connect(t, south, nats.MaxReconnects(-1))
	c := Client(out, "tidy", Patience(200_000_000))
	reached := func() bool {
		got, err := c.Call(patience(t))
		return err == nil && got[0] == "north"
	}
	brokertest.Await(t, reached)
	link.Cut()
	brokertest.Await(t, func() bool {
		_, err := c.Call(patience(t))
		return errors.Is(err, ErrNoInstance) && strings.Contains(err.Error(), "tidy")
	})
	link.Open()
	brokertest.Await(t, reached)
}
