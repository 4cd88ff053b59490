package brokertest

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// StartLeaf starts two brokers, a hub and a leaf node of it. What is stored is stored by
// the hub, for those who are connected to the leaf node, too. They reach each other by
// nothing but link, and do when it returns.
func StartLeaf(t testing.TB) (hub, leaf *server.Server, link *Proxy) {
	t.Helper()
	const domain = "hub"
	link = NewProxy(t, "")
	hub = Start(t, func(o *server.Options) {
		o.JetStreamDomain = domain
		o.LeafNode.Host, o.LeafNode.Port, o.LeafNode.Advertise = o.Host, server.RANDOM_PORT, link.Addr()
	})
	z, err := hub.Varz(nil)
	if err != nil {
		t.Fatal(err)
	}
	link.SetTarget(fmt.Sprintf("%s:%d", z.LeafNode.Host, z.LeafNode.Port))
	leaf = Start(t, func(o *server.Options) {
		o.JetStream = false
		o.JsAccDefaultDomain = map[string]string{server.DEFAULT_GLOBAL_ACCOUNT: domain}
		o.LeafNode.ReconnectInterval = 50_000_000
		o.LeafNode.Remotes = []*server.RemoteLeafOpts{{URLs: []*url.URL{{Scheme: "nats", Host: link.Addr()}}}}
	})
	nc := Connect(t, leaf)
	defer nc.Close()
	Await(t, func() bool {
		_, err := nc.Request("$JS.API.INFO", nil, time.Second)
		return err == nil
	})
	return hub, leaf, link
}
