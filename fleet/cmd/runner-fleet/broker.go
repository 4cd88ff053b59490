package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/pflag"

	"scripthost.example/fleet"
	"scripthost.example/fleet/tenant"
)

// brokerFlags say which broker is meant. Where a flag is not given, the variable of
// the environment counts.
type brokerFlags struct {
	url, creds, ca, dir string
}

func (b *brokerFlags) add(f *pflag.FlagSet) {
	f.StringVar(&b.url, "nats", os.Getenv("RUNNER_NATS"), "the `URL` of a NATS broker, or several with commas between; without it that of serve on this machine (RUNNER_NATS)")
	f.StringVar(&b.creds, "creds", os.Getenv("RUNNER_CREDS"), "a `FILE` with the credentials for --nats (RUNNER_CREDS)")
	f.StringVar(&b.ca, "ca", os.Getenv("RUNNER_CA"), "a `FILE` with the certificates that vouch for --nats, in PEM (RUNNER_CA)")
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

// connect connects to the broker. It is tried once: a mistyped URL is told at once.
func (b *brokerFlags) connect(name string, more ...nats.Option) (*nats.Conn, error) {
	opts := append([]nats.Option{
		nats.Name("runner-fleet " + name), nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond),
		// What is refused is an error of whoever asked for it.
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}, more...)
	if b.url == "" {
		dir, err := b.brokerFolder()
		if err != nil {
			return nil, err
		}
		nc, err := fleet.ConnectLocal(dir, opts...)
		if errors.Is(err, fleet.ErrNoBroker) {
			return nil, &failure{exitUsage, fmt.Errorf("there is no broker: none runs in %s, and --nats names none", dir), "'runner-fleet serve' starts one; --nats URL uses another"}
		}
		if err != nil {
			return nil, &failure{exitUsage, err, ""}
		}
		return nc, nil
	}
	if b.creds != "" {
		if _, err := os.Stat(b.creds); err != nil {
			return nil, &failure{exitUsage, fmt.Errorf("the credentials: %w", err), ""}
		}
		opts = append(opts, tenant.Credentials(b.creds))
	}
	if b.ca != "" {
		opts = append(opts, nats.RootCAs(b.ca))
	}
	nc, err := nats.Connect(b.url, opts...)
	if err != nil {
		return nil, &failure{exitUsage, fmt.Errorf("the broker %s: %w", b.url, err), connectHint(err)}
	}
	if err := fleet.CheckBroker(nc); err != nil {
		nc.Close()
		return nil, &failure{exitUsage, err, ""}
	}
	return nc, nil
}

// connectHint is what to do about a broker that cannot be connected to.
func connectHint(err error) string {
	switch {
	case errors.Is(err, nats.ErrAuthorization):
		return "It wants other credentials: --creds FILE"
	case errors.Is(err, nats.ErrNoServers):
		return "Nothing answers there: is the URL right, and does the broker run?"
	}
	return ""
}
