package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
	"github.com/spf13/pflag"

	"scripthost.example/fleet"
	"scripthost.example/fleet/tenant"
)

// brokerFlags say which broker is meant. Where a flag is not given, the variable of
// the environment counts.
type brokerFlags struct {
	url, creds, ca, dir string

	appears time.Duration // see appearTime, which 0 means
	starts  time.Duration // how long a broker that is starting is waited for; 0 is openTime
	atOnce  bool          // a broker that is about to start is not waited for
	diag    io.Writer
}

func (b *brokerFlags) add(f *pflag.FlagSet) {
	f.StringVar(&b.url, "nats", os.Getenv("RUNNER_NATS"), "the `URL` of a NATS broker, or several with commas between; without it that of serve on this machine (RUNNER_NATS)")
	f.StringVar(&b.creds, "creds", os.Getenv("RUNNER_CREDS"), "a `FILE` with the credentials for the broker, or a user's nkey (RUNNER_CREDS)")
	f.StringVar(&b.ca, "ca", os.Getenv("RUNNER_CA"), "a `FILE` with the certificates that vouch for the broker, in PEM (RUNNER_CA)")
	f.StringVar(&b.dir, "dir", os.Getenv("RUNNER_FLEET_DIR"), "the `FOLDER` of the broker within serve, of its keys and of plugins' files; ~/.local/state/runner-fleet if not said (RUNNER_FLEET_DIR)")
	f.VisitAll(func(f *pflag.Flag) { f.DefValue = "" }) // what is in the environment is no default
}

// folder is the absolute path of --dir.
func (b *brokerFlags) folder() (string, error) {
	if b.dir != "" {
		return filepath.Abs(b.dir)
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "runner-fleet"), nil
	}
	if runtime.GOOS == "windows" {
		dir, err := os.UserCacheDir()
		return filepath.Join(dir, "runner-fleet"), err
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", usagef("", "there is no folder for the broker: %v: say --dir", err)
	}
	return filepath.Join(home, ".local", "state", "runner-fleet"), nil
}

// brokerFolder is where a broker within serve has what it stores.
func (b *brokerFlags) brokerFolder() (string, error) {
	dir, err := b.folder()
	return filepath.Join(dir, "broker"), err
}

// connectTime is how long a broker of --nats has to take a connection.
const connectTime = 5 * time.Second

// The broker is asked whether it is there so often, and is left for another one after so many
// questions without an answer: once it was silent for as long as calls wait for it, not after
// the default of 6 minutes.
const (
	pingTime = 10 * time.Second
	maxPings = 3
)

// connect connects to the broker. It is tried once: a mistyped URL is told at once.
func (b *brokerFlags) connect(ctx context.Context, name string, more ...nats.Option) (*nats.Conn, error) {
	opts := []nats.Option{
		nats.Name("runner-fleet " + name), nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond),
		nats.PingInterval(pingTime), nats.MaxPingsOutstanding(maxPings),
		// What is refused is an error of whoever asked for it.
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}
	login, err := b.login()
	if err != nil {
		return nil, err
	}
	opts = append(append(append(opts, login...), more...), fleet.WriteThrough())
	if b.url == "" {
		return b.connectLocal(ctx, opts)
	}
	urls, err := brokerURLs(b.url)
	if err != nil {
		return nil, usagef("", "--nats: %v", err)
	}
	nc, err := nats.Connect(b.url, append([]nats.Option{nats.Timeout(connectTime)}, opts...)...)
	if err != nil {
		hint := b.connectHint(err)
		if strings.HasPrefix(urls[0].Scheme, "ws") && strings.Contains(err.Error(), "malformed HTTP") {
			err, hint = errors.New("it answers, and not as a websocket"), "nats:// and tls:// connect without one"
		}
		return nil, &failure{exitUsage, fmt.Errorf("the broker %s: %w", allRedacted(urls), err), hint}
	}
	if err := fleet.CheckBroker(nc); err != nil {
		nc.Close()
		return nil, &failure{exitUsage, err, "Update it, or name another one by --nats URL"}
	}
	return nc, nil
}

// connectAs is connect for one who is not that of --creds. A broker that is about to start
// is not waited for: it reads what there is to be told.
func (b *brokerFlags) connectAs(ctx context.Context, name string, login nats.Option) (*nats.Conn, error) {
	other := *b
	other.creds, other.atOnce = "", true
	return other.connect(ctx, name, login)
}

// login is what --creds and --ca have a client do.
func (b *brokerFlags) login() (opts []nats.Option, err error) {
	if b.creds != "" {
		login, err := credentials(b.creds)
		if err == nil {
			err = login(new(nats.Options)) // which reads the file
		}
		if err != nil {
			return nil, usagef("It is a file of 'runner-fleet tenant add', of the tool nsc, or with a user's nkey", "--creds: %v", err)
		}
		opts = append(opts, login)
	}
	if b.ca != "" {
		if err := checkCA(b.ca); err != nil {
			return nil, usagef("", "--ca: %v", err)
		}
		opts = append(opts, nats.RootCAs(b.ca))
	}
	return opts, nil
}

// credentials are what a client logs in with: a user's JWT with its key, or the key alone,
// where the broker knows the user by it.
func credentials(file string) (nats.Option, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	seed := bytes.TrimSpace(text)
	prefix, _, err := nkeys.DecodeSeed(seed)
	switch {
	case err != nil:
		return tenant.Credentials(file), nil
	case prefix != nkeys.PrefixByteUser:
		return nil, fmt.Errorf("%s has the key of an %s, and not that of a user", file, prefix)
	}
	return nats.NkeyOptionFromSeed(file)
}

// scoped tells whether --creds are those of a user who has a role, as all of a tenant have.
func (b *brokerFlags) scoped() bool {
	text, err := os.ReadFile(b.creds)
	if err != nil {
		return false
	}
	token, err := jwt.ParseDecoratedJWT(text)
	if err != nil {
		return false
	}
	claims, err := jwt.DecodeUserClaims(token)
	return err == nil && claims.IssuerAccount != ""
}

// checkCA says why a file has no certificates to verify a broker's with.
func checkCA(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !x509.NewCertPool().AppendCertsFromPEM(text) {
		return fmt.Errorf("%s has no certificate in PEM", file)
	}
	return nil
}

// connectHint is what to do about a broker that cannot be connected to.
func (b *brokerFlags) connectHint(err error) string {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		dns     *net.DNSError
		timeout net.Error
	)
	switch {
	case errors.Is(err, nats.ErrAuthorization) && b.creds != "":
		return "Are the credentials of --creds for this broker, and has nobody revoked them?"
	case errors.Is(err, nats.ErrAuthorization):
		return "It wants to know who connects, by --creds FILE or nats://USER:PASSWORD@HOST:PORT, or has another password"
	case errors.Is(err, nats.ErrSecureConnWanted):
		return "The broker has no TLS: nats:// connects without, and then what is sent can be read on the way"
	case errors.As(err, &unknown) && b.ca != "":
		return "The certificates of --ca do not vouch for the broker's: is it the right file, and the right broker?"
	case errors.As(err, &unknown):
		return "Nobody whom this machine trusts vouches for its certificate: --ca FILE has those who do"
	case errors.As(err, &name), errors.As(err, &invalid):
		return "Its certificate is for another name, or not for now: is it the right broker?"
	case errors.As(err, &dns):
		return "There is no machine of that name: is the URL right?"
	case errors.Is(err, nats.ErrNoServers):
		return "Nothing answers there: is the URL right, and does the broker run?"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "It does not answer as a NATS broker does: is it one, and is that the port for its clients?"
	}
	return ""
}
