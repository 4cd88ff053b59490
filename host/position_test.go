//go:build unix

package host

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// A record of an audit says from which line of the script it came, in a function
// and in a coroutine or behind an await, for files and for host functions.
func TestAuditPositions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	source{
		Lua: `function helper(p)
	io.open(p)
end
function run(p)
	helper(p)
	host.note("x")
	coroutine.wrap(function()

		helper(p)
	end)()
end`,
		JS: `function helper(p) {
	require("fs").readFileSync(p);
}
async function run(p) {
	helper(p);
	await host.note("x");

	await null;
	helper(p);
}`,
	}.each(t, func(t *testing.T, script *Script) {
		var mu sync.Mutex
		var got []string
		w := start(t, script, &Options{
			Grants: Grants{Read: []string{dir}},
			Host:   map[string]any{"note": func(string) {}},
			Audit: func(r AuditRecord) {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, fmt.Sprintf("%s %s:%d", r.Grant, r.File, r.Line))
			},
		})
		mustCall(t, w, path)
		mustClose(t, w)
		name := script.Name()
		want := fmt.Sprintf("[read %s:2 host %s:6 read %s:2]", name, name, name)
		if fmt.Sprint(got) != want {
			t.Errorf("got %v, want %s", got, want)
		}
	})
}

// What a child says of positions is not trusted to be well formed.
func TestHostCallName(t *testing.T) {
	t.Parallel()
	for _, v := range []any{nil, int64(1), []any{}, []any{"a"}, []any{"a", "b"}, []any{int64(1), "f", int64(2)}, []any{"a", int64(1), int64(2)}, []any{"a", "f", "2"}, []any{"a", "f", int64(2), "x"}} {
		if name, _, ok := hostCallName(v); ok {
			t.Errorf("%v is taken for the name %q", v, name)
		}
	}
	if name, at, ok := hostCallName([]any{"a", "f", int64(2)}); !ok || name != "a" || at.File != "f" || at.Line != 2 {
		t.Errorf("got %q, %v, %v", name, at, ok)
	}
}
