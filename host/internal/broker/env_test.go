package broker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// It changes the environment, so it does not run beside others.
func TestEnv(t *testing.T) {
	for name, value := range map[string]string{"RUNNER_A": "a", "RUNNER_B": "", "RUNNER_BYTES": "\xff", "RUNNER_SECRET": "s", "OTHER_X": "x"} {
		t.Setenv(name, value)
	}
	for _, tt := range []struct {
		g           Grants
		name        string
		want        any
		list        string // of names that start with RUNNER_ or OTHER_
		allowed     bool
		refusedWith string
	}{
		{Grants{}, "RUNNER_A", nil, "", false, "not granted"},
		{Grants{Env: []string{"RUNNER_A"}}, "RUNNER_A", "a", "RUNNER_A", true, ""},
		{Grants{Env: []string{"RUNNER_A"}}, "RUNNER_AB", nil, "RUNNER_A", false, "not granted"},
		{Grants{Env: []string{"RUNNER_B"}}, "RUNNER_B", "", "RUNNER_B", true, ""},
		{Grants{Env: []string{"RUNNER_NONE"}}, "RUNNER_NONE", nil, "", true, ""},
		{Grants{Env: []string{"RUNNER_B*"}}, "RUNNER_BYTES", []byte("\xff"), "RUNNER_B RUNNER_BYTES", true, ""},
		{Grants{Env: []string{"*"}}, "OTHER_X", "x", "OTHER_X RUNNER_A RUNNER_B RUNNER_BYTES RUNNER_SECRET", true, ""},
		{Grants{Env: []string{"*"}, DenyEnv: []string{"RUNNER_S*", "OTHER_X"}}, "RUNNER_SECRET", nil, "RUNNER_A RUNNER_B RUNNER_BYTES", false, "--deny-env=RUNNER_S*"},
		{Grants{Env: []string{"RUNNER_A"}, DenyEnv: []string{"*"}}, "RUNNER_A", nil, "", false, "--deny-env=*"},
	} {
		var uses []Use
		b := newBroker(t, tt.g, WithAudit(func(_ context.Context, u Use) { uses = append(uses, u) }))
		out, err := b.Call(context.Background(), "runner.env.get", []any{tt.name})
		if err != nil || len(out) != 1 || fmt.Sprintf("%#v", out[0]) != fmt.Sprintf("%#v", tt.want) {
			t.Errorf("%+v: %s is %#v, %v", tt.g, tt.name, out, err)
		}
		if len(uses) != 1 || uses[0].Grant != "env" || uses[0].Operation != "getenv" || uses[0].Target != tt.name ||
			uses[0].Allowed != tt.allowed || !strings.Contains(uses[0].Reason, tt.refusedWith) || (uses[0].Reason == "") != tt.allowed {
			t.Errorf("%+v: %s: audited as %+v", tt.g, tt.name, uses)
		}
		out, err = b.Call(context.Background(), "runner.env.list", nil)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, name := range out[0].([]any) {
			if name := fmt.Sprint(name); strings.HasPrefix(name, "RUNNER_") || strings.HasPrefix(name, "OTHER_") {
				names = append(names, name)
			}
		}
		if got := strings.Join(names, " "); got != tt.list {
			t.Errorf("%+v: listed %q", tt.g, got)
		}
	}
	b := newBroker(t, Grants{Env: []string{"*"}})
	for _, name := range []any{"", "A=B", "A\x00", "RUNNER_A=a", strings.Repeat("x", 5000), []byte("\xff")} {
		if out, err := b.Call(context.Background(), "runner.env.get", []any{name}); err != nil || out[0] != nil {
			t.Errorf("%.20q is %v, %v", name, out, err)
		}
	}
	for _, bad := range []any{nil, int64(1), []any{}} {
		if _, err := b.Call(context.Background(), "runner.env.get", []any{bad}); !errors.As(err, new(*ArgumentError)) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestEnvNames(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "A=B", "A\x00B", "*A", "A*B", "A**"} {
		for _, g := range []Grants{{Env: []string{"OK", bad}}, {DenyEnv: []string{bad}}} {
			if _, err := New(g); err == nil || !strings.Contains(err.Error(), "-env: ") {
				t.Errorf("%q: %v", bad, err)
			}
		}
	}
}
