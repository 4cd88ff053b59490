package broker

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// Each operation tells what it used, once for each grant that it takes.
func TestAudit(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"in/a": "a", "in/b": "b", "in/link": "->../out/x", "out/x": "x", "in/no/x": "x", "w/": ""})
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, tt := range []struct {
		name string
		args []any
		want string // "grant allowed|refused operation target, …"
	}{
		{"readfile", []any{at("in/a")}, "read allowed readfile in/a"},
		{"readfile", []any{at("in/none")}, "read allowed readfile in/none"},
		{"readfile", []any{at("out/x")}, "read refused readfile out/x missing out/x"},
		{"readfile", []any{at("in/no/x")}, "read refused readfile in/no/x"},
		{"readfile", []any{at("in/link")}, "read refused readfile in/link"},
		{"open", []any{at("in/a"), "r", int64(0)}, "read allowed open in/a"},
		{"open", []any{at("in/a"), "r+", int64(0)}, "read allowed open in/a, write refused open in/a missing in/a"},
		{"open", []any{at("w/a"), "w+", int64(0)}, "read refused open w/a missing w/a, write allowed open w/a"},
		{"open", []any{at("out/a"), "w+", int64(0)}, "read refused open out/a missing out/a, write refused open out/a missing out/a"},
		{"writefile", []any{at("w/f"), "x", "w", int64(0o600)}, "write allowed writefile w/f"},
		{"stat", []any{at("in/a")}, "read allowed stat in/a"},
		{"lstat", []any{at("in/link")}, "read allowed lstat in/link"},
		{"readdir", []any{at("in")}, "read allowed readdir in"},
		{"mkdir", []any{at("w/x/y"), true, int64(0o700)}, "write allowed mkdir w/x/y"},
		{"rmdir", []any{at("w/x/y")}, "write allowed rmdir w/x/y"},
		{"rename", []any{at("w/f"), at("w/g")}, "write allowed rename w/f, write allowed rename w/g"},
		{"rename", []any{at("w/g"), at("in/g")}, "write allowed rename w/g, write refused rename in/g missing in/g"},
		{"unlink", []any{at("w/g")}, "write allowed unlink w/g"},
		{"remove", []any{at("out/x")}, "write refused remove out/x missing out/x"},
		{"cwd", nil, "read refused cwd . missing ."},
		{"read", []any{int64(99), int64(1)}, ""},
		{"readfile", []any{""}, ""},
	} {
		var uses []string
		b := newBroker(t, Grants{Read: []string{at("in")}, Write: []string{at("w")}, DenyRead: []string{at("in/no")}}, WithDir(dir),
			WithAudit(func(_ context.Context, u Use) {
				short := func(path string) string {
					rel, err := filepath.Rel(dir, path)
					if err != nil {
						t.Errorf("%s: %v", path, err)
					}
					return filepath.ToSlash(rel)
				}
				s := u.Grant + " refused "
				if u.Allowed {
					s = u.Grant + " allowed "
				}
				if u.Allowed == (u.Reason != "") {
					t.Errorf("%+v", u)
				}
				s += u.Operation + " " + short(u.Target)
				if u.Missing != "" {
					s += " missing " + short(u.Missing)
				}
				uses = append(uses, s)
			}))
		_, _ = call(b, tt.name, tt.args...)
		if got := strings.Join(uses, ", "); got != tt.want {
			t.Errorf("%s %s:\n got %s\nwant %s", tt.name, fmt.Sprint(tt.args...), got, tt.want)
		}
	}
}

// A grant of hosts that nothing could use is an error that says what to do.
func TestNoHTTPClient(t *testing.T) {
	t.Parallel()
	if _, err := New(Grants{Net: []string{"*"}}); err == nil || !strings.Contains(err.Error(), `import _ "scripthost.example/host/nethttp"`) {
		t.Errorf("New: %v", err)
	}
	b := newBroker(t, Grants{DenyNet: []string{"*"}})
	_, err := b.Call(context.Background(), "runner.http.open", []any{map[string]any{"handle": int64(1), "url": "http://example.com/"}})
	if err == nil || !strings.Contains(err.Error(), `network access to "example.com:80" is refused: it is denied by --deny-net=*`) {
		t.Errorf("open: %v", err)
	}
}
