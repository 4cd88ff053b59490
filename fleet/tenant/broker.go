package tenant

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/nats-io/nats-server/v2/server"
)

// Configure has a server trust the operator: only users of its tenants can connect then,
// and of its system account. The server reads of accounts in the operator's folder. It is
// for a broker within this program:
//
//	fleet.Embedded(dir, fleet.BrokerOptions(op.Configure))
func (o *Operator) Configure(opts *server.Options) error {
	claims, _, err := o.claims()
	if err != nil {
		return err
	}
	opts.TrustedOperators = append(opts.TrustedOperators, claims)
	opts.SystemAccount = claims.SystemAccount
	opts.AccountResolver = &resolver{operator: o}
	return nil
}

// A resolver finds the JWT of an account in an operator's folder.
type resolver struct {
	operator *Operator

	mu    sync.Mutex
	names map[string]string // of tenants, by the public keys of their accounts
}

var _ server.AccountResolver = (*resolver)(nil)

// Fetch is called when a user of an account connects that the server does not know.
func (r *resolver) Fetch(account string) (string, error) {
	if public, token, err := r.operator.systemJWT(); err != nil || public == account {
		return token, err
	}
	name, err := r.name(account)
	if err != nil {
		return "", err
	}
	claims, err := r.operator.account(name)
	if err != nil {
		return "", err
	}
	if claims.Subject != account {
		return "", fmt.Errorf("account %s: %w", account, ErrNotFound)
	}
	return claims.Encode(r.operator.key)
}

// name is the tenant's whose account it is.
func (r *resolver) name(account string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if name, ok := r.names[account]; ok {
		return name, nil
	}
	names, err := r.operator.names()
	if err != nil {
		return "", err
	}
	known := map[string]string{}
	for _, name := range names {
		claims, err := r.operator.account(name)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNotFound) { // removed meanwhile
			continue
		}
		if err != nil {
			return "", err
		}
		known[claims.Subject] = name
	}
	r.names = known
	if name, ok := known[account]; ok {
		return name, nil
	}
	return "", fmt.Errorf("account %s: %w", account, ErrNotFound)
}

// Store is not called: what is stored is the operator's.
func (r *resolver) Store(string, string) error { return errors.ErrUnsupported }
func (r *resolver) IsReadOnly() bool           { return true }
func (r *resolver) Start(*server.Server) error { return nil }
func (r *resolver) IsTrackingUpdate() bool     { return false }
func (r *resolver) Reload() error              { return nil }
func (r *resolver) Close()                     {}

// ServerConfig is what a nats-server has to have in its configuration to trust the
// operator, with all tenants that there are. It has no secrets. The server keeps what
// [Operator.Push] tells it in dir, which all servers of a cluster need. That there may be
// such servers is noted in the operator's folder: see [Operator.Elsewhere].
func (o *Operator) ServerConfig(dir string) (string, error) {
	claims, token, err := o.claims()
	if err != nil {
		return "", err
	}
	accounts, err := o.accounts()
	if err != nil {
		return "", err
	}
	if err := writeFile(filepath.Join(o.dir, elsewhereFile), nil); err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "operator: %s\nsystem_account: %s\n", token, claims.SystemAccount)
	fmt.Fprintf(&b, "resolver: { type: full, dir: %q, allow_delete: false, interval: \"2m\" }\nresolver_preload: {\n", dir)
	for _, a := range accounts {
		fmt.Fprintf(&b, "  # %s\n  %s: %s\n", a.name, a.public, a.token)
	}
	b.WriteString("}\n")
	return b.String(), nil
}

// elsewhereFile is there once somebody has had ServerConfig's configuration.
const elsewhereFile = "elsewhere"

// Elsewhere says whether brokers may trust the operator that do not have its folder, and so
// have to be told by [Operator.Push].
func (o *Operator) Elsewhere() (bool, error) {
	_, err := os.Stat(filepath.Join(o.dir, elsewhereFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// An accountJWT is an account as the broker is told of it.
type accountJWT struct{ name, public, token string }

// accounts are all accounts, the system's first.
func (o *Operator) accounts() ([]accountJWT, error) {
	public, token, err := o.systemJWT()
	if err != nil {
		return nil, err
	}
	accounts := []accountJWT{{"system", public, token}}
	names, err := o.names()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		claims, err := o.account(name)
		if err != nil {
			return nil, err
		}
		token, err := claims.Encode(o.key)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, accountJWT{name, claims.Subject, token})
	}
	return accounts, nil
}
