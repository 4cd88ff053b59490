package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"scripthost.example/fleet/tenant"
)

// tenantLimits are the flags with what a tenant may take; zero is what was not said.
type tenantLimits struct{ tenant.Limits }

// A limit is one of them.
type limit struct {
	name, usage string
	bytes       bool
	of          func(*tenant.Limits) *int64
}

var limits = []limit{
	{"storage", "what JetStream stores for it, with all replicas: a `SIZE` in bytes, or with K, M, G, T; 1G if not said", true, func(l *tenant.Limits) *int64 { return &l.Storage }},
	{"streams", "up to `N` streams, buckets included; 32 if not said", false, func(l *tenant.Limits) *int64 { return &l.Streams }},
	{"consumers", "up to `N` consumers of each stream; 10000 if not said", false, func(l *tenant.Limits) *int64 { return &l.Consumers }},
	{"connections", "up to `N` connections at a time; 1024 if not said", false, func(l *tenant.Limits) *int64 { return &l.Connections }},
	{"subscriptions", "up to `N` subscriptions at a time on each broker; 100000 if not said", false, func(l *tenant.Limits) *int64 { return &l.Subscriptions }},
	{"payload", "a message may have this `SIZE`; 1M if not said", true, func(l *tenant.Limits) *int64 { return &l.Payload }},
}

func (t *tenantLimits) add(f *pflag.FlagSet) {
	for _, l := range limits {
		f.Var(&amount{l.of(&t.Limits), l.bytes}, l.name, l.usage)
	}
}

// over are other limits with what was said.
func (t *tenantLimits) over(other tenant.Limits) tenant.Limits {
	for _, l := range limits {
		if said := *l.of(&t.Limits); said != 0 {
			*l.of(&other) = said
		}
	}
	return other
}

// An amount is a flag's number of something, or of bytes.
type amount struct {
	value *int64
	bytes bool
}

var _ pflag.Value = new(amount)

// String implements pflag.Value; "" is what was not said.
func (a *amount) String() string {
	if a.value == nil || *a.value == 0 {
		return ""
	}
	return strconv.FormatInt(*a.value, 10)
}

// Type implements pflag.Value.
func (a *amount) Type() string { return "amount" }

// Set implements pflag.Value.
func (a *amount) Set(text string) error {
	digits, shift, what := text, 0, "it is a number from 1 on"
	if a.bytes {
		what = "it is a number of bytes from 1 on, or with K, M, G or T, like 512M"
		if n := len(text) - 1; n > 0 {
			if i := strings.IndexByte("KMGT", text[n]&^0x20); i >= 0 {
				digits, shift = text[:n], 10*(i+1)
			}
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 1 || n<<shift>>shift != n {
		return fmt.Errorf("%s", what)
	}
	*a.value = n << shift
	return nil
}

// limitsOf are the limits of a tenant.
func limitsOf(op *tenant.Operator, name string) (tenant.Limits, error) {
	all, err := op.List()
	if err != nil {
		return tenant.Limits{}, err
	}
	for _, t := range all {
		if t.Name == name {
			return t.Limits, nil
		}
	}
	return tenant.Limits{}, fmt.Errorf("tenant %s: %w", name, tenant.ErrNotFound)
}

// run changes the limits of a tenant to what was said, or prints them.
func (t *tenantLimits) run(ctx context.Context, a *app, op *tenant.Operator, name string) error {
	now, err := limitsOf(op, name)
	if err != nil {
		return &failure{exitFailed, err, ""}
	}
	if t.Limits == (tenant.Limits{}) {
		lines := [][]string{{"LIMIT", "VALUE"}}
		for _, l := range limits {
			lines = append(lines, []string{l.name, fmt.Sprint(*l.of(&now))})
		}
		table(a.out, lines)
		return nil
	}
	if err := op.SetLimits(name, t.over(now)); err != nil {
		return &failure{exitFailed, err, ""}
	}
	return a.tell(ctx, op)
}
