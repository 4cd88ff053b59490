package main

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
	"github.com/rogpeppe/go-internal/testscript"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/fleet/tenant"
)

// The scripts of testdata/faults have brokers that are not as they should be, by the
// names of variables.
func TestFaults(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	vars := map[string]string{}
	start := func(name string, change func(*server.Options)) {
		_, vars[name], _ = strings.Cut(brokertest.Start(t, change).ClientURL(), "://")
	}
	key, seed := newUserKey(t)
	cert := brokertest.NewCertificate(t)
	op, creds := operatorOf(t, filepath.Join(dir, "operator"))
	_, otherCreds := operatorOf(t, filepath.Join(dir, "other"))

	start("PASSWORD", func(o *server.Options) { o.Username, o.Password = "ada", "right" })
	start("TOKEN", func(o *server.Options) { o.Authorization = "right" })
	start("NKEY", func(o *server.Options) { o.Nkeys = []*server.NkeyUser{{Nkey: key}} })
	start("TLS", func(o *server.Options) {
		tls, err := server.GenTLSConfig(&server.TLSConfigOpts{CertFile: cert.CertFile, KeyFile: cert.KeyFile})
		if err != nil {
			t.Fatal(err)
		}
		o.TLSConfig, o.TLSTimeout = tls, 10
	})
	start("TENANTS", func(o *server.Options) {
		if err := op.Configure(o); err != nil {
			t.Fatal(err)
		}
	})
	start("PLAIN", func(o *server.Options) { o.JetStream = false })
	vars["OLD"] = oldBroker(t, "2.9.25")
	vars["HTTP"] = httpServer(t)
	vars["SILENT"] = silent(t)
	for name, text := range map[string]string{"seed.nk": seed, "ca.pem": string(read(t, cert.CertFile)), "other.pem": string(read(t, brokertest.NewCertificate(t).CertFile)), "red.creds": string(read(t, creds)), "stranger.creds": string(read(t, otherCreds))} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	vars["KEYS"] = dir
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "faults"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			env.Setenv("RUNNER_FLEET_DIR", filepath.Join(env.WorkDir, "state"))
			env.Setenv("LONG", strings.Repeat("x", 100<<10))
			// Compressed it would have to be small, too.
			noise := make([]byte, 200<<10)
			_, _ = rand.Read(noise)
			if err := os.Mkdir(filepath.Join(env.WorkDir, "large"), 0o700); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(env.WorkDir, "large", "tidy.lua"), fmt.Appendf(nil, "function run() end -- %x", noise), 0o600); err != nil {
				return err
			}
			for name, value := range vars {
				env.Setenv(name, value)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": cmdStatus, "serving": cmdServing},
	})
}

func read(t *testing.T, file string) []byte {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// newUserKey is a key that a broker can know a user by.
func newUserKey(t *testing.T) (public, seed string) {
	key, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err = key.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	text, err := key.Seed()
	if err != nil {
		t.Fatal(err)
	}
	return public, string(text) + "\n"
}

// operatorOf makes an operator with the tenant red, which may store next to nothing, and credentials of its admin.
func operatorOf(t *testing.T, dir string) (*tenant.Operator, string) {
	op, err := tenant.Init(dir, "test")
	if err == nil {
		err = op.Create("red", tenant.Limits{Storage: 256 << 10})
	}
	if err != nil {
		t.Fatal(err)
	}
	creds, err := op.AddUser("red", "ann", tenant.Admin)
	if err != nil {
		t.Fatal(err)
	}
	return op, creds
}

// listen has f answer each connection until the test ends, and returns where.
func listen(t *testing.T, f func(net.Conn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				f(c)
			}()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String()
}

// oldBroker answers who connects as a broker of a version does.
func oldBroker(t *testing.T, version string) string {
	return listen(t, func(c net.Conn) {
		fmt.Fprintf(c, "INFO {\"server_id\":\"x\",\"version\":%q,\"max_payload\":1048576,\"headers\":true}\r\n", version)
		for in := bufio.NewScanner(c); in.Scan(); {
			if in.Text() == "PING" {
				fmt.Fprint(c, "PONG\r\n")
			}
		}
	})
}

// silent takes connections and says nothing.
func silent(t *testing.T) string {
	return listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
}

func httpServer(t *testing.T) string {
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return at.Host
}
