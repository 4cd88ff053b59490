package broker

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
)

// foldEnv: Windows does not tell letters of either case apart in the names of
// variables.
const foldEnv = runtime.GOOS == "windows"

// maxEnvName bounds the names that a script may ask for, in bytes.
const maxEnvName = 4096

// checkEnvName returns why name cannot be one of a grant.
func checkEnvName(name string) error {
	switch i := strings.IndexByte(name, '*'); {
	case name == "":
		return fmt.Errorf(`a name is empty: name a variable, or "*" for all`)
	case i >= 0 && i < len(name)-1:
		return fmt.Errorf("the name %q has a * that is not at its end: write all that it stands for, or a prefix like AWS_*", name)
	case strings.ContainsAny(name, "=\x00"):
		return fmt.Errorf("the name %q has a character in it that no name of a variable can have", name)
	}
	return nil
}

// An envPolicy is the granted and denied names of variables.
type envPolicy struct{ allowed, denied []string }

// matchEnv returns the first of the patterns that name is, or begins with.
func matchEnv(patterns []string, name string) (string, bool) {
	if foldEnv {
		name = strings.ToUpper(name)
	}
	for _, p := range patterns {
		q := p
		if foldEnv {
			q = strings.ToUpper(p)
		}
		prefix, isPrefix := strings.CutSuffix(q, "*")
		if q == name || isPrefix && strings.HasPrefix(name, prefix) {
			return p, true
		}
	}
	return "", false
}

// refusal returns why name cannot be read; it is empty if it can.
func (p *envPolicy) refusal(name string) string {
	if d, ok := matchEnv(p.denied, name); ok {
		return "it is denied by --deny-env=" + d
	}
	if _, ok := matchEnv(p.allowed, name); !ok {
		return notGranted
	}
	return ""
}

// getEnv returns the value of a variable, or nil. That a variable was not
// granted is no error: programs look for variables that they can do without.
func (b *Broker) getEnv(ctx context.Context, a *arguments) ([]any, error) {
	name, err := a.text(0)
	if err != nil {
		return nil, err
	}
	if name == "" || len(name) > maxEnvName || strings.ContainsAny(name, "=\x00") {
		return []any{nil}, nil // there can be no such variable
	}
	reason := b.env.refusal(name)
	if b.audit != nil {
		u := Use{Grant: "env", Operation: "getenv", Target: name, Allowed: reason == "", Reason: reason}
		if reason == notGranted {
			u.Missing = name
		}
		b.audit(ctx, u)
	}
	if reason != "" {
		return []any{nil}, nil
	}
	value, ok := os.LookupEnv(name)
	if !ok {
		return []any{nil}, nil
	}
	return []any{octets(value)}, nil
}

// listEnv returns the sorted names of the variables that are granted and set.
func (b *Broker) listEnv(ctx context.Context, _ *arguments) ([]any, error) {
	if b.audit != nil {
		b.audit(ctx, Use{Grant: "env", Operation: "listenv", Allowed: true})
	}
	names := []string{}
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if name != "" && b.env.refusal(name) == "" { // Windows has some that begin with "="
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	list := make([]any, len(names))
	for i, name := range names {
		list[i] = octets(name)
	}
	return []any{list}, nil
}
