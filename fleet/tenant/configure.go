package tenant

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/conf"
	"github.com/nats-io/nats-server/v2/server"
)

const (
	// accountsFolder is where an embedded broker keeps what it is told of tenants.
	accountsFolder = "accounts"
	// accountsSync is how often brokers of a cluster compare what they know of tenants: one
	// that was away is behind for so long.
	accountsSync = 10 * time.Second
)

// Configure has a server trust the operator whose [Operator.ServerConfig] is in a file. So
// the machine of a broker within a program needs no keys of the operator, and the brokers
// of a cluster learn of tenants from one another. What is told by [Operator.Push] is kept
// beside what the broker stores, and is older than nothing in the file:
//
//	fleet.Embedded(dir, fleet.BrokerOptions(tenant.Configure("tenants.conf")))
func Configure(file string) func(*server.Options) error {
	return func(opts *server.Options) error {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := configure(opts, string(text)); err != nil {
			return fmt.Errorf("%s is no configuration for tenants: %w", file, err)
		}
		return nil
	}
}

func configure(opts *server.Options, text string) error {
	parsed, err := conf.Parse(text)
	if err != nil {
		return err
	}
	token, _ := parsed["operator"].(string)
	operator, err := jwt.DecodeOperatorClaims(token)
	if err != nil {
		return fmt.Errorf("it names no operator: %w", err)
	}
	if operator.SystemAccount == "" {
		return fmt.Errorf("its operator has no system account")
	}
	preload, _ := parsed["resolver_preload"].(map[string]any)
	accounts := map[string]string{}
	for account, value := range preload {
		token, _ := value.(string)
		claims, err := jwt.DecodeAccountClaims(token)
		if err != nil || claims.Subject != account || claims.Issuer != operator.Subject {
			return fmt.Errorf("the account %s is none of its operator", account)
		}
		accounts[account] = token
	}
	if accounts[operator.SystemAccount] == "" {
		return fmt.Errorf("the system account is missing")
	}
	resolver, err := server.NewDirAccResolver(filepath.Join(opts.StoreDir, accountsFolder), 0, accountsSync, server.NoDelete)
	if err != nil {
		return err
	}
	for account, token := range accounts {
		if err := resolver.Store(account, token); err != nil { // unless it has a newer one
			return fmt.Errorf("the account %s: %w", account, err)
		}
	}
	opts.TrustedOperators = append(opts.TrustedOperators, operator)
	opts.SystemAccount = operator.SystemAccount
	opts.AccountResolver = resolver
	return nil
}
