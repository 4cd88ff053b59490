package instance

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"scripthost.example/fleet"
)

// The standard tool of NATS, github.com/nats-io/natscli, sees plugins as it sees any other
// service, calls them, and lists what the registry has.
func TestStandardTool(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("nats")
	if err != nil {
		t.Skipf("the standard tool is not here: %v", err)
	}
	s := newStage(t)
	s.start(Options{})
	s.push("function run(...) return ... end", "", "4f2c", fleet.Stable) // which is no semantic version
	if err := s.moved("4f2c", fleet.Stable); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir() // where it looks for its own settings
	for _, x := range []struct {
		args, want string // want: texts that it prints, with spaces between
	}{
		{"micro ls", "tidy 0.0.0+4f2c"},
		{"micro info tidy", "tidy 0.0.0+4f2c version: 4f2c track: stable rpc.tidy.stable Problem"},
		{"micro stats tidy", "tidy stable"},
		{"micro ping tidy", "tidy"},
		{`request rpc.tidy.stable ["rmdir","/x"]`, `["rmdir","/x"]`},
		{"kv ls rpc_scripts", "tidy.t.stable tidy.v.4f2c"},
	} {
		cmd := exec.CommandContext(t.Context(), tool, append([]string{"--server", s.url, "--no-context"}, strings.Fields(x.args)...)...)
		cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "NATS_CONTEXT=", "NATS_URL=", "NATS_CREDS=", "NATS_NKEY=", "NO_COLOR=1", "COLUMNS=200")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("nats %s: %v\n%s", x.args, err, out)
			continue
		}
		for want := range strings.FieldsSeq(x.want) {
			if !strings.Contains(string(out), want) {
				t.Errorf("nats %s: no %s in\n%s", x.args, want, out)
			}
		}
	}
}
