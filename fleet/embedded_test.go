package fleet

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"scripthost.example/fleet/internal/brokertest"
)

// testTime is how long what a test waits for may take on a machine that is busy.
const testTime = 30 * time.Second

var quiet = BrokerLogger(slog.New(slog.DiscardHandler))

// embed starts a broker that the test ends.
func embed(t *testing.T, dir string, opts ...BrokerOption) *Broker {
	t.Helper()
	b, err := Embedded(dir, append([]BrokerOption{quiet}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// put stores a message in a stream that is made if there is none.
func put(t *testing.T, nc *nats.Conn) *jetstream.PubAck {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), testTime)
	defer cancel()
	if _, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}); err != nil {
		t.Fatal(err)
	}
	ack, err := js.Publish(ctx, "s", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	return ack
}

func TestEmbedded(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "broker")
	b := embed(t, dir)
	inside, err := b.Connect(nats.Name("inside"))
	if err != nil {
		t.Fatal(err)
	}
	outside, err := ConnectLocal(dir, nats.Name("outside"))
	if err != nil {
		t.Fatal(err)
	}
	if url := outside.ConnectedUrl(); url != b.URL() || !strings.HasPrefix(url, "nats://127.0.0.1:") {
		t.Errorf("%s is connected to; the broker is at %s", url, b.URL())
	}
	if ack := put(t, inside); ack.Sequence != 1 {
		t.Errorf("%+v is the first", ack)
	}
	if ack := put(t, outside); ack.Sequence != 2 {
		t.Errorf("%+v is the second", ack)
	}
	if err := CheckBroker(outside); err != nil {
		t.Error(err)
	}
	outside.Close()

	// Who cannot read the key cannot connect.
	if _, err := nats.Connect(b.URL()); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("a stranger connects: %v", err)
	}
	if runtime.GOOS != "windows" {
		for name, want := range map[string]fs.FileMode{".": 0o700, keyFile: 0o600, urlFile: 0o600, lockFile: 0o600, storeDir: 0o700} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != want {
				t.Errorf("%s has mode %04o, not %04o", name, info.Mode().Perm(), want)
			}
		}
	}

	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Error("closed again:", err)
	}
	if !inside.IsClosed() {
		t.Error("a connection outlives the broker")
	}
	if _, err := b.Connect(); err == nil || !strings.Contains(err.Error(), "is closed") {
		t.Errorf("a broker that is closed takes a connection: %v", err)
	}
	if _, err := ConnectLocal(dir); !errors.Is(err, ErrNoBroker) || errors.Is(err, ErrBrokerStarting) {
		t.Errorf("there still is a broker: %v", err)
	}

	// What was stored is there again, and the key still is the key.
	embed(t, dir)
	again, err := ConnectLocal(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if ack := put(t, again); ack.Sequence != 3 {
		t.Errorf("%+v is the third", ack)
	}
}

// TestEmbeddedLeavesNothing is not parallel, since it counts what is open.
func TestEmbeddedLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	run := func() {
		b := embed(t, dir)
		for range 3 {
			nc, err := b.Connect()
			if err != nil {
				t.Fatal(err)
			}
			put(t, nc)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	run() // what is made once for all
	files, goroutines := openFiles(t), runtime.NumGoroutine()
	for range 5 {
		run()
	}
	var stacks []byte
	for end := time.Now().Add(testTime); ; time.Sleep(10 * time.Millisecond) {
		f, g := openFiles(t), runtime.NumGoroutine()
		if f <= files && g <= goroutines {
			return
		}
		if time.Now().After(end) {
			stacks = make([]byte, 1<<20)
			stacks = stacks[:runtime.Stack(stacks, true)]
			t.Fatalf("%d files and %d goroutines; there were %d and %d\n%s", f, g, files, goroutines, stacks)
		}
	}
}

// openFiles is how many files this process has open, where that can be told.
func openFiles(t *testing.T) int {
	t.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestCloseDrains(t *testing.T) {
	t.Parallel()
	b := embed(t, t.TempDir(), BrokerInProcess())
	if b.URL() != "" {
		t.Errorf("a broker that listens nowhere is at %s", b.URL())
	}
	if _, err := ConnectLocal(b.dir); !errors.Is(err, ErrNoBroker) {
		t.Errorf("a broker that listens nowhere is found: %v", err)
	}
	closed := make(chan struct{})
	nc, err := b.Connect(nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	got := 0
	hold := make(chan struct{})
	if _, err := nc.Subscribe("s", func(*nats.Msg) {
		<-hold
		mu.Lock()
		got++
		mu.Unlock()
	}); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil { // the broker knows of the subscription
		t.Fatal(err)
	}
	other, err := b.Connect()
	if err != nil {
		t.Fatal(err)
	}
	const n = 1000
	for range n {
		if err := other.Publish("s", nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := other.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	other.Close()
	ended := make(chan error)
	go func() { ended <- b.Close() }()
	close(hold)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if got != n {
		t.Errorf("%d messages of %d were handled", got, n)
	}
	<-closed // the handler that the connection had is called, too
}

func TestEmbeddedRefused(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	write := func(t *testing.T, path, text string, mode fs.FileMode) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		prepare func(t *testing.T, dir string)
		opts    []BrokerOption
		is      error
		want    string
	}{
		"port in use":          {opts: []BrokerOption{BrokerAddr(taken.Addr().String())}, is: syscall.EADDRINUSE, want: taken.Addr().String()},
		"no port":              {opts: []BrokerOption{BrokerAddr("127.0.0.1")}, want: "missing port in address"},
		"not this machine's":   {opts: []BrokerOption{BrokerAddr("192.0.2.1:0")}, is: syscall.EADDRNOTAVAIL, want: "192.0.2.1"},
		"others without TLS":   {opts: []BrokerOption{BrokerAddr("0.0.0.0:0")}, want: "can be reached from other machines, so it needs TLS"},
		"others, any address":  {opts: []BrokerOption{BrokerAddr(":0")}, want: "can be reached from other machines, so it needs TLS"},
		"no certificate":       {opts: []BrokerOption{BrokerTLS("none.pem", "none.key")}, want: "none.pem"},
		"negative interval":    {opts: []BrokerOption{BrokerSyncInterval(-1)}, want: "it cannot be negative"},
		"no storage":           {opts: []BrokerOption{BrokerMaxStorage(0)}, want: "it has to be more than 0"},
		"an option that fails": {opts: []BrokerOption{BrokerOptions(func(*server.Options) error { return fs.ErrInvalid })}, is: fs.ErrInvalid, want: "invalid"},
		"another port in use": {opts: []BrokerOption{BrokerOptions(func(o *server.Options) error {
			o.LeafNode = server.LeafNodeOpts{Host: "127.0.0.1", Port: taken.Addr().(*net.TCPAddr).Port}
			return nil
		})}, want: "address already in use"},
		"a host of options":  {opts: []BrokerOption{BrokerOptions(func(o *server.Options) error { o.Host = ""; return nil })}, want: "can be reached from other machines, so it needs TLS"},
		"options that clash": {opts: []BrokerOption{BrokerOptions(func(o *server.Options) error { o.Cluster.Port, o.Cluster.Name = -1, "a b"; return nil })}, want: "cluster name"},
		"the folder is a file": {prepare: func(t *testing.T, dir string) {
			os.Remove(dir)
			write(t, dir, "", 0o600)
		}, is: syscall.ENOTDIR, want: "not a directory"},
		"the store is a file": {prepare: func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, storeDir), "", 0o600)
		}, is: syscall.ENOTDIR, want: "not a directory"},
		"a key that others read": {prepare: func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, keyFile), "", 0o600)
			if err := os.Chmod(filepath.Join(dir, keyFile), 0o644); err != nil {
				t.Fatal(err)
			}
		}, want: "can be read by other users (mode 0644)"},
		"no key": {prepare: func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, keyFile), "SU", 0o600)
		}, want: "is not the key of a user"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if runtime.GOOS == "windows" && (c.is != nil || name == "a key that others read") {
				t.Skip("errors and modes of files are others on Windows")
			}
			dir := t.TempDir()
			if c.prepare != nil {
				c.prepare(t, dir)
			}
			b, err := Embedded(dir, append([]BrokerOption{quiet}, c.opts...)...)
			if err == nil {
				b.Close()
				t.Fatal("there is a broker")
			}
			if c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "no broker in "+dir) {
				t.Errorf("%v, want %q (%v)", err, c.want, c.is)
			}
			if c.prepare == nil {
				// What was refused leaves the folder to others.
				embed(t, dir)
			}
		})
	}
}

func TestUnwritable(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("nothing is unwritable to root, or by its mode on Windows")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := Embedded(dir, quiet); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
}

func TestOneBrokerForAFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := embed(t, dir)
	_, err := Embedded(dir, quiet)
	if !errors.Is(err, ErrBrokerRunning) || !strings.Contains(err.Error(), filepath.Join(dir, urlFile)) {
		t.Errorf("%v", err)
	}
	nc, err := ConnectLocal(dir)
	if err != nil {
		t.Fatal("who was refused has harmed the other:", err)
	}
	nc.Close()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	embed(t, dir)
}

// TestStaleAddress: a broker that was killed leaves its address.
func TestStaleAddress(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// One end of a connection keeps the address, so that no other test listens there.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	stale := c.LocalAddr().String()
	if err := os.WriteFile(filepath.Join(dir, urlFile), []byte("nats://"+stale+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ConnectLocal(dir); !errors.Is(err, ErrNoBroker) || !strings.Contains(err.Error(), stale) {
		t.Errorf("%v", err)
	}
	embed(t, dir, BrokerInProcess())
	if _, err := os.Stat(filepath.Join(dir, urlFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the address is still there: %v", err)
	}
}

func TestSync(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		opts   []BrokerOption
		always bool
	}{
		{nil, true},
		{[]BrokerOption{BrokerSyncInterval(time.Minute)}, false},
		{[]BrokerOption{BrokerSyncInterval(time.Minute), BrokerSyncInterval(0)}, true},
	} {
		var got server.Options
		opts := append(c.opts, BrokerInProcess(), BrokerOptions(func(o *server.Options) error { got = *o; return nil }))
		embed(t, t.TempDir(), opts...)
		if got.SyncAlways != c.always || !c.always && got.SyncInterval != time.Minute {
			t.Errorf("%+v", got)
		}
	}
}

func TestMaxStorage(t *testing.T) {
	t.Parallel()
	b := embed(t, t.TempDir(), BrokerInProcess(), BrokerMaxStorage(64<<10))
	nc, err := b.Connect()
	if err != nil {
		t.Fatal(err)
	}
	put(t, nc)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if _, err = js.Publish(t.Context(), "s", make([]byte, 1<<10)); err != nil {
			break
		}
	}
	var refused *jetstream.APIError
	if !errors.As(err, &refused) {
		t.Errorf("more is stored than may be: %v", err)
	}
}

// TestUsersOfOptions: where there are users in the options, the folder's key is none, and
// who logs in with it is told so, and not closed once a time is up.
func TestUsersOfOptions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := embed(t, dir, BrokerOptions(func(o *server.Options) error {
		o.Username, o.Password = "me", "secret"
		o.WriteDeadline = time.Hour
		return nil
	}))
	if _, err := b.Connect(); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("a stranger connects: %v", err)
	}
	if _, err := ConnectLocal(dir); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("a stranger connects: %v", err)
	}
	nc, err := b.Connect(nats.UserInfo("me", "secret"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, nc)
}

func TestBrokerTLS(t *testing.T) {
	t.Parallel()
	certificate := brokertest.NewCertificate(t)
	dir := t.TempDir()
	b := embed(t, dir, BrokerAddr("0.0.0.0:0"), BrokerTLS(certificate.CertFile, certificate.KeyFile))
	if !strings.HasPrefix(b.URL(), "tls://127.0.0.1:") {
		t.Errorf("it is at %s", b.URL())
	}
	if nc, err := ConnectLocal(dir); err == nil {
		nc.Close()
		t.Error("a certificate of nobody is taken")
	}
	nc, err := ConnectLocal(dir, nats.RootCAs(certificate.CertFile))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if !nc.TLSRequired() {
		t.Error("the connection is in clear")
	}
	put(t, nc)
	inside, err := b.Connect()
	if err != nil {
		t.Fatal("a connection within the process:", err)
	}
	put(t, inside)
}

func TestBrokerLog(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	log := &brokerLog{log: slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug})), fatal: make(chan error, 1)}
	log.Noticef("a %d", 1)
	log.Warnf("b %d", 2)
	log.Errorf("c %d", 3)
	log.Debugf("d %d", 4)
	log.Tracef("e %d", 5)
	log.Fatalf("f %d", 6)
	log.Fatalf("g %d", 7)
	for _, want := range []string{`DEBUG msg="a 1"`, `WARN msg="b 2"`, `ERROR msg="c 3"`, `DEBUG msg="d 4"`, `ERROR msg="f 6"`, `ERROR msg="g 7"`} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %s in\n%s", want, text.String())
		}
	}
	if err := <-log.fatal; err.Error() != "f 6" {
		t.Error(err)
	}
}

// Clients that are gone are found to be long before NATS would by itself.
func TestEmbeddedPings(t *testing.T) {
	t.Parallel()
	b, err := Embedded(t.TempDir(), BrokerInProcess())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	v, err := b.server.Varz(nil)
	if err != nil {
		t.Fatal(err)
	}
	if gone := v.PingInterval * time.Duration(v.MaxPingsOut+1); gone != 30*time.Second {
		t.Errorf("after %v", gone)
	}
}
