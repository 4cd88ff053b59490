package tenant

import (
	"fmt"

	"github.com/nats-io/jwt/v2"
)

// Limits are what a tenant may take of a broker. The zero value has the defaults.
type Limits struct {
	// Storage is how many bytes JetStream stores for the tenant at most, with all
	// replicas. 0 is 1 GiB.
	Storage int64
	// Streams is how many streams, buckets included, there may be at most. 0 is 32.
	Streams int64
	// Consumers is how many consumers there may be of each stream. 0 is 10,000, since
	// each instance watches the scripts with one or two.
	Consumers int64
	// Connections is how many there may be at a time. 0 is 1024.
	Connections int64
	// Subscriptions is how many there may be at a time over all connections, on one
	// broker. 0 is 100,000.
	Subscriptions int64
	// Payload is how many bytes a message may have. 0 is 1 MiB. The broker's own limit
	// applies beside it.
	Payload int64
}

// withDefaults returns the limits with all of them said.
func (l Limits) withDefaults() (Limits, error) {
	for _, f := range []struct {
		name  string
		value *int64
		or    int64
	}{
		{"storage", &l.Storage, 1 << 30},
		{"streams", &l.Streams, 32},
		{"consumers", &l.Consumers, 10_000},
		{"connections", &l.Connections, 1024},
		{"subscriptions", &l.Subscriptions, 100_000},
		{"payload", &l.Payload, 1 << 20},
	} {
		if *f.value < 0 {
			return l, fmt.Errorf("the limit of %s is %d; it cannot be negative", f.name, *f.value)
		}
		if *f.value == 0 {
			*f.value = f.or
		}
	}
	return l, nil
}

// set puts the limits into the claims of an account. What a tenant does not need it does
// not get: what would connect it to other accounts or brokers, and memory.
func (l Limits) set(claims *jwt.AccountClaims) {
	claims.Limits = jwt.OperatorLimits{
		NatsLimits:    jwt.NatsLimits{Subs: l.Subscriptions, Data: jwt.NoLimit, Payload: l.Payload},
		AccountLimits: jwt.AccountLimits{Conn: l.Connections, DisallowBearer: true},
		JetStreamLimits: jwt.JetStreamLimits{
			DiskStorage: l.Storage,
			Streams:     l.Streams,
			Consumer:    l.Consumers,
		},
	}
}

// limitsOf reads the limits from the claims of an account.
func limitsOf(claims *jwt.AccountClaims) Limits {
	return Limits{
		Storage:       claims.Limits.DiskStorage,
		Streams:       claims.Limits.Streams,
		Consumers:     claims.Limits.Consumer,
		Connections:   claims.Limits.Conn,
		Subscriptions: claims.Limits.Subs,
		Payload:       claims.Limits.Payload,
	}
}
