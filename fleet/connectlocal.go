package fleet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// ConnectLocal connects to the broker that another program of this user runs in dir by
// [Embedded]. The error is ErrNoBroker if there is none, and ErrBrokerStarting if it may be about
// to listen.
func ConnectLocal(dir string, opts ...nats.Option) (*nats.Conn, error) {
	url, err := os.ReadFile(filepath.Join(dir, urlFile))
	if errors.Is(err, os.ErrNotExist) && lockHeld(dir) {
		return nil, fmt.Errorf("%s: %w", dir, ErrBrokerStarting)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", dir, ErrNoBroker)
	}
	if err != nil {
		return nil, err
	}
	login, err := nats.NkeyOptionFromSeed(filepath.Join(dir, keyFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if err == nil {
		opts = append([]nats.Option{login}, opts...)
	}
	opts = append([]nats.Option{nats.Timeout(loginTime)}, opts...)
	address := strings.TrimSpace(string(url))
	nc, err := nats.Connect(address, opts...)
	if errors.Is(err, nats.ErrNoServers) {
		return nil, fmt.Errorf("%s: %w: nothing answers at %s", dir, ErrNoBroker, address)
	}
	if err != nil {
		return nil, fmt.Errorf("the broker in %s: %w", dir, err)
	}
	return nc, nil
}

// keyOption has a client log in with a key.
func keyOption(seed []byte) (nats.Option, error) {
	key, err := nkeys.FromSeed(seed)
	if err != nil {
		return nil, err
	}
	public, err := key.PublicKey()
	if err != nil {
		return nil, err
	}
	return nats.Nkey(public, key.Sign), nil
}
