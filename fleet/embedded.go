package fleet

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

const (
	// startTime is how long a broker has to be ready. It reads what it has stored first.
	startTime = time.Minute
	// loginTime is how long a client and the broker have to log in: more than the default
	// of both, 2 s, since a machine may be busy.
	loginTime = 10 * time.Second
	// pingTime is how often clients are asked whether they are there; those who have not
	// answered twice are gone, a pingTime later. Until then an instance whose machine was lost
	// is sent calls, which are lost too: for 6 minutes with the default of servers.
	pingTime = 10 * time.Second
	// drainTime is how long Close waits until a connection is drained.
	drainTime = 10 * time.Second
	// lostReports is how many attempts to reach a broker that was lost come to one line of the
	// log, but for the first.
	lostReports = 60
)

// The files of a broker's folder; what JetStream stores is in "jetstream".
const (
	lockFile = "lock"
	keyFile  = "client.nk"
	urlFile  = "url"
	storeDir = "jetstream"
)

// ErrBrokerRunning is the error of [Embedded] where another broker, of this process or of
// another, has the folder.
var ErrBrokerRunning = errors.New("another broker has this folder")

// ErrNoBroker is the error of [ConnectLocal] where no broker has the folder.
var ErrNoBroker = errors.New("no broker runs in this folder")

// ErrBrokerStarting is the error of [ConnectLocal], which is ErrNoBroker as well, where a
// process has the folder that has not said where its broker listens: it may do so within
// seconds, once it has read what it has stored, or listens nowhere ([BrokerInProcess]).
var ErrBrokerStarting error = startingError{}

type startingError struct{}

func (startingError) Error() string { return "a broker is starting in this folder, or listens nowhere" }

func (startingError) Is(target error) bool { return target == ErrNoBroker }

// A Broker is a NATS server within this program. It is safe for concurrent use.
type Broker struct {
	dir    string
	server *server.Server
	key    []byte // the seed that clients log in with; nil if the options have users of their own
	url    string
	lock   *os.File
	log    *slog.Logger

	mu     sync.Mutex
	conns  map[*nats.Conn]bool // those that Connect made and that are open
	closed bool
	done   chan struct{} // closed once Close is done
}

// brokerConfig is what the options of Embedded say.
type brokerConfig struct {
	addr    string // empty: no listener
	log     *slog.Logger
	tls     *server.TLSConfigOpts
	cluster *brokerCluster // nil: it is alone
	change  []func(*server.Options) error
}

// A BrokerOption is an option of [Embedded].
type BrokerOption func(*brokerConfig)

// BrokerAddr is where the broker listens for clients, as HOST:PORT; port 0 takes one that
// is free. Without this option that is 127.0.0.1:0. An address that other machines reach
// needs [BrokerTLS], or TLS among the [BrokerOptions].
func BrokerAddr(addr string) BrokerOption { return func(c *brokerConfig) { c.addr = addr } }

// BrokerInProcess has the broker listen nowhere: only [Broker.Connect] reaches it.
func BrokerInProcess() BrokerOption { return func(c *brokerConfig) { c.addr = "" } }

// BrokerLogger takes what the broker logs; it is slog.Default() otherwise. What a NATS
// server calls notices is logged as debug.
func BrokerLogger(log *slog.Logger) BrokerOption { return func(c *brokerConfig) { c.log = log } }

// BrokerTLS has clients use TLS: the files have the broker's certificate with its chain,
// and its key, in PEM.
func BrokerTLS(certFile, keyFile string) BrokerOption {
	return func(c *brokerConfig) {
		c.tls = &server.TLSConfigOpts{CertFile: certFile, KeyFile: keyFile, Timeout: 10}
	}
}

// BrokerSyncInterval has what is stored written to the disk every so often, and not before
// it is acknowledged. What was acknowledged survives the end of the process, also by
// SIGKILL; of what was acknowledged within the interval before the machine lost its power,
// nothing may be left. It is quicker: see docs/FLEET.md. 0 is the default: written to the
// disk first, acknowledged then.
func BrokerSyncInterval(d time.Duration) BrokerOption {
	return BrokerOptions(func(o *server.Options) error {
		if d < 0 {
			return fmt.Errorf("the sync interval is %v; it cannot be negative", d)
		}
		o.SyncAlways = d == 0
		o.SyncInterval = d
		return nil
	})
}

// BrokerMaxStorage is how many bytes JetStream stores at most. What would be more is
// refused. It is 3/4 of what is free on the disk otherwise, measured at the start.
func BrokerMaxStorage(bytes int64) BrokerOption {
	return BrokerOptions(func(o *server.Options) error {
		if bytes <= 0 {
			return fmt.Errorf("the storage is %d bytes; it has to be more than 0", bytes)
		}
		o.JetStreamMaxStore = bytes
		return nil
	})
}

// BrokerOptions changes the options of the server before it starts, after all that
// [Embedded] does itself. If there are users, accounts or operators in them, these are who
// may connect, and nobody else; see package tenant.
func BrokerOptions(change func(*server.Options) error) BrokerOption {
	return func(c *brokerConfig) { c.change = append(c.change, change) }
}

// Embedded starts a broker within this program, which stores what it has to in dir: a NATS
// server with JetStream. It makes the folder if there is none.
//
// Unless [BrokerOptions] say otherwise, who can read the file client.nk in dir can connect,
// and nobody else: only the user who runs the broker, and root. [ConnectLocal] does so.
//
// What is acknowledged has been written to the disk (fsync), unless [BrokerSyncInterval]
// says otherwise. A broker whose disk is full or broken stores nothing more until it is
// started anew: the log says so, and [Broker.Storing].
//
// The error is ErrBrokerRunning if another broker has the folder, an *fs.PathError if the
// folder cannot be used, and a *net.OpError if the address cannot.
func Embedded(dir string, opts ...BrokerOption) (*Broker, error) {
	config := brokerConfig{addr: "127.0.0.1:0"}
	for _, opt := range opts {
		opt(&config)
	}
	if config.log == nil {
		config.log = slog.Default()
	}
	b, err := startBroker(dir, config)
	if err != nil {
		return nil, fmt.Errorf("no broker in %s: %w", dir, err)
	}
	return b, nil
}

func startBroker(dir string, config brokerConfig) (_ *Broker, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	// JetStream would let the group read its folder.
	if err := os.MkdirAll(filepath.Join(dir, storeDir), 0o700); err != nil {
		return nil, err
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	b := &Broker{dir: dir, lock: lock, log: config.log, conns: map[*nats.Conn]bool{}, done: make(chan struct{})}
	defer func() {
		if err != nil {
			b.stop()
		}
	}()
	o, err := b.options(config)
	if err != nil {
		return nil, err
	}
	if err := checkAddr(o); err != nil {
		return nil, err
	}
	if err := checkStore(o); err != nil {
		return nil, err
	}
	b.server, err = server.NewServer(o)
	if err != nil {
		return nil, err
	}
	log := &brokerLog{log: config.log, fatal: make(chan error, 1)}
	b.server.SetLoggerV2(log, false, false, false)
	b.server.Start()
	if err := waitReady(b.server, log.fatal); err != nil {
		return nil, err
	}
	if !o.DontListen {
		b.url = localURL(b.server.Addr().(*net.TCPAddr), o.TLSConfig != nil)
		if err := os.WriteFile(filepath.Join(dir, urlFile), []byte(b.url+"\n"), 0o600); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// options are those of the server.
func (b *Broker) options(config brokerConfig) (*server.Options, error) {
	o := &server.Options{
		NoSigs:                 true,
		JetStream:              true,
		StoreDir:               b.dir,
		SyncAlways:             true,
		DisableJetStreamBanner: true,
		AuthTimeout:            loginTime.Seconds(),
		// A client that takes seconds to log in takes an early PING for an error.
		DisableShortFirstPing: true,
		PingInterval:          pingTime,
		MaxPingsOut:           2,
		// A broker of the cluster that is away is tried each second, by several connections.
		ReconnectErrorReports: lostReports,
		DontListen:            config.addr == "",
	}
	if !o.DontListen {
		addr, err := net.ResolveTCPAddr("tcp", config.addr)
		if err != nil {
			return nil, err
		}
		o.Host, o.Port = "0.0.0.0", addr.Port
		if addr.IP != nil {
			o.Host = addr.IP.String()
		}
		if o.Port == 0 {
			o.Port = server.RANDOM_PORT
		}
	}
	if config.tls != nil {
		tls, err := server.GenTLSConfig(config.tls)
		if err != nil {
			return nil, err
		}
		o.TLSConfig, o.TLSTimeout = tls, config.tls.Timeout
	}
	if config.cluster != nil {
		if err := config.cluster.set(o, config.tls); err != nil {
			return nil, err
		}
		// Clients are told of the other brokers by names, too.
		if host, port, err := hostPort(config.addr); err == nil && net.ParseIP(host) == nil {
			o.ClientAdvertise = net.JoinHostPort(host, strconv.Itoa(port))
		}
	}
	for _, change := range config.change {
		if err := change(o); err != nil {
			return nil, err
		}
	}
	if len(o.Users)+len(o.Nkeys)+len(o.Accounts)+len(o.TrustedOperators)+len(o.TrustedKeys) > 0 ||
		o.Username != "" || o.Authorization != "" || o.CustomClientAuthentication != nil || o.AuthCallout != nil {
		return o, nil
	}
	key, public, err := clientKey(filepath.Join(b.dir, keyFile))
	if err != nil {
		return nil, err
	}
	b.key = key
	o.Nkeys = []*server.NkeyUser{{Nkey: public}}
	return o, nil
}

// checkAddr says why the broker cannot, or must not, listen where it is told to. The server
// itself would only log the first.
func checkAddr(o *server.Options) error {
	if o.DontListen {
		return nil
	}
	host, port := o.Host, o.Port
	if host == "" {
		host = server.DEFAULT_HOST
	}
	if port == server.RANDOM_PORT {
		port = 0
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	l.Close()
	if o.TLSConfig == nil && !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		return fmt.Errorf("%s can be reached from other machines, so it needs TLS: give the broker a certificate, or have it listen on 127.0.0.1", net.JoinHostPort(host, strconv.Itoa(port)))
	}
	return nil
}

// waitReady waits until the server takes connections.
func waitReady(s *server.Server, fatal <-chan error) error {
	for end := time.Now().Add(startTime); ; {
		ready := s.ReadyForConnections(50 * time.Millisecond)
		select {
		case err := <-fatal:
			return err
		default:
		}
		if ready {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("it was not ready within %v", startTime)
		}
	}
}

// localURL is where programs of this machine find a broker that listens at addr.
func localURL(addr *net.TCPAddr, tls bool) string {
	host := addr.IP
	if host.IsUnspecified() {
		host = net.IPv4(127, 0, 0, 1)
	}
	scheme := "nats"
	if tls {
		scheme = "tls"
	}
	return scheme + "://" + net.JoinHostPort(host.String(), strconv.Itoa(addr.Port))
}

// URL is where other programs on this machine find the broker, without what they log in
// with, or "" if it listens nowhere.
func (b *Broker) URL() string { return b.url }

// Connect connects to the broker without a socket. Close drains the connection, if it is
// still open by then. Where the options have users who are others, the error is
// nats.ErrAuthorization.
func (b *Broker) Connect(opts ...nats.Option) (*nats.Conn, error) {
	opts = append([]nats.Option{nats.InProcessServer(pipes{b.server}), nats.Timeout(loginTime)}, opts...)
	if b.key != nil {
		login, err := keyOption(b.key)
		if err != nil {
			return nil, err
		}
		opts = append(opts, login)
	}
	b.mu.Lock()
	closed := b.closed
	b.mu.Unlock()
	if closed {
		return nil, fmt.Errorf("the broker in %s is closed", b.dir)
	}
	nc, err := nats.Connect("", opts...)
	if err != nil {
		return nil, fmt.Errorf("the broker in %s: %w", b.dir, err)
	}
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		nc.Close()
		return nil, fmt.Errorf("the broker in %s is closed", b.dir)
	}
	b.conns[nc] = true
	b.mu.Unlock()
	then := nc.ClosedHandler()
	nc.SetClosedHandler(func(nc *nats.Conn) {
		b.forget(nc)
		if then != nil {
			then(nc)
		}
	})
	if nc.IsClosed() {
		b.forget(nc)
	}
	return nc, nil
}

func (b *Broker) forget(nc *nats.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.conns, nc)
}

// Close drains the connections that [Broker.Connect] made, for up to 10 s each and all at
// once, and ends the broker. Connections of other programs are closed. It returns once
// nothing of the broker runs any more, also when it is called again.
func (b *Broker) Close() error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		<-b.done
		return nil
	}
	b.closed = true
	var conns []*nats.Conn
	for nc := range b.conns {
		conns = append(conns, nc)
	}
	b.mu.Unlock()
	defer close(b.done)

	var drained sync.WaitGroup
	late := make(chan struct{}, len(conns))
	for _, nc := range conns {
		drained.Go(func() {
			if !drain(nc) {
				late <- struct{}{}
			}
		})
	}
	drained.Wait()
	b.stop()
	if n := len(late); n > 0 {
		return fmt.Errorf("the broker in %s closed %d connections that were not drained within %v", b.dir, n, drainTime)
	}
	return nil
}

// drain drains a connection and closes it; it says whether all was drained.
func drain(nc *nats.Conn) bool {
	closed := nc.StatusChanged(nats.CLOSED)
	defer nc.Close()
	if err := nc.Drain(); err != nil {
		return errors.Is(err, nats.ErrConnectionClosed)
	}
	timeout := time.NewTimer(drainTime)
	defer timeout.Stop()
	for !nc.IsClosed() {
		select {
		case <-closed:
		case <-timeout.C:
			return nc.IsClosed()
		}
	}
	return true
}

// stop ends what has been started of the broker.
func (b *Broker) stop() {
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}
	if b.url != "" {
		os.Remove(filepath.Join(b.dir, urlFile))
	}
	_ = b.lock.Truncate(0) // who has it; it is nobody's in any case
	b.lock.Close()
}
