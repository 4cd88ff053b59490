package fleet

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/nats-io/nats-server/v2/server"
)

// clusterName is what brokers of a cluster that [BrokerCluster] makes call it: they have to
// agree.
const clusterName = "runner-fleet"

// ErrBrokerStore is the error of [Embedded] where a folder is that of a broker of a
// cluster, and the broker is to be alone, or the other way round.
var ErrBrokerStore = errors.New("what is stored there cannot be that of this broker")

// brokerCluster is what BrokerCluster says.
type brokerCluster struct {
	addr, caFile string
	routes       []string
}

// BrokerCluster has the broker be one of a cluster, which goes on as long as more than half
// of its brokers reach one another. The others find it at addr, HOST:PORT, which also is
// its name; it finds them at routes, which are their addresses. Unless all are on this
// machine it needs [BrokerTLS]: each shows the others its certificate, for which one of
// those in caFile, PEM, has to vouch.
//
// Three brokers keep what is stored with three replicas, if whoever makes it asks for
// so many. What a broker has stored alone cannot be taken into a cluster: the error is
// ErrBrokerStore.
func BrokerCluster(addr string, routes []string, caFile string) BrokerOption {
	return func(c *brokerConfig) { c.cluster = &brokerCluster{addr, caFile, routes} }
}

// set puts the cluster into the options of a server. Its clients have TLS if certs is not
// nil.
func (c *brokerCluster) set(o *server.Options, certs *server.TLSConfigOpts) error {
	host, port, err := hostPort(c.addr)
	if err != nil {
		return fmt.Errorf("the address of a broker of a cluster: %w", err)
	}
	if len(c.routes) == 0 {
		return errors.New("a cluster has other brokers, and no route leads to one")
	}
	for _, route := range c.routes {
		if _, _, err := hostPort(route); err != nil {
			return fmt.Errorf("a route to another broker: %w", err)
		}
		if route != c.addr { // all may have the same list
			o.Routes = append(o.Routes, &url.URL{Scheme: "nats-route", Host: route})
		}
	}
	o.ServerName = c.addr
	// What others are told of is a name that a certificate can be for, and no number.
	o.Cluster = server.ClusterOpts{Name: clusterName, Host: host, Port: port, Advertise: c.addr}
	if certs == nil {
		return c.checkLoopback()
	}
	if c.caFile == "" {
		return errors.New("a broker of a cluster with TLS needs the certificates that vouch for the others")
	}
	tls, err := server.GenTLSConfig(&server.TLSConfigOpts{CertFile: certs.CertFile, KeyFile: certs.KeyFile, CaFile: c.caFile, Verify: true})
	if err != nil {
		return err
	}
	tls.RootCAs = tls.ClientCAs // of those that it connects to, too
	o.Cluster.TLSConfig, o.Cluster.TLSTimeout = tls, loginTime.Seconds()
	return nil
}

// checkLoopback says why brokers cannot be without TLS.
func (c *brokerCluster) checkLoopback() error {
	for _, addr := range append([]string{c.addr}, c.routes...) {
		a, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			return err
		}
		if !a.IP.IsLoopback() {
			return fmt.Errorf("%s is another machine, or can be reached from others, so the cluster needs TLS: give the broker a certificate", addr)
		}
	}
	return nil
}

// hostPort takes an address apart that others are told of: so it has both.
func hostPort(addr string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, err
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 || host == "" {
		return "", 0, fmt.Errorf("%q is not HOST:PORT", addr)
	}
	return host, int(n), nil
}

// checkStore says why a broker must not have what is stored in a folder. A cluster takes
// what its members do not know of for something that was removed, and removes it; and one
// of them that goes on alone has other things happen than the others.
func checkStore(o *server.Options) error {
	store := filepath.Join(o.StoreDir, storeDir)
	accounts, err := os.ReadDir(store)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	member, streams := false, false
	for _, a := range accounts {
		if _, err := os.Stat(filepath.Join(store, a.Name(), "_js_", "_meta_")); err == nil {
			member = true
		}
		if found, _ := os.ReadDir(filepath.Join(store, a.Name(), "streams")); len(found) > 0 {
			streams = true
		}
	}
	clustered := o.Cluster.Port != 0 || o.Gateway.Port != 0
	switch {
	case member && !clustered:
		return fmt.Errorf("%s: %w: it is that of one of a cluster, and this one is to be alone", store, ErrBrokerStore)
	case streams && !member && clustered:
		return fmt.Errorf("%s: %w: it is that of a broker which was alone, and a cluster would remove it: start with another folder", store, ErrBrokerStore)
	}
	return nil
}
