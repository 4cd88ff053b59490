//go:build unix

package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a script does with files is done by the parent, under its grants, in the
// manner of each language.
func TestGrants(t *testing.T) {
	t.Parallel()
	source{
		Lua: `
			function run(what, path, text)
				if what == "write" then
					local f = assert(io.open(path, "w"))
					f:write(text)
					return f:close()
				elseif what == "read" then
					local f, message, errno = io.open(path)
					if not f then return message, errno end
					return f:read("*a")
				elseif what == "list" then
					local names = {}
					for name in lfs.dir(path) do if name ~= "." and name ~= ".." then names[#names + 1] = name end end
					table.sort(names)
					return table.concat(names, " ")
				elseif what == "remove" then
					return os.remove(path)
				elseif what == "caught" then
					local ok, err = pcall(io.open, path)
					return ok, err.kind
				end
			end`,
		JS: `
			const fs = require('fs');
			async function run(what, path, text) {
				switch (what) {
				case 'write': await fs.promises.writeFile(path, text); return true;
				case 'read':
					try { return fs.readFileSync(path, 'utf8') } catch (e) {
						if (e.kind === 'denied') throw e;
						return results(path + ': ' + e.code, 2);
					}
				case 'list': return fs.readdirSync(path).join(' ');
				case 'remove': fs.unlinkSync(path); return true;
				case 'caught': try { fs.readFileSync(path) } catch (e) { return results(false, e.kind) }
				}
			}`,
	}.each(t, func(t *testing.T, script *Script) {
		dir, secret := t.TempDir(), t.TempDir()
		if err := os.WriteFile(filepath.Join(secret, "key"), []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(secret, "key"), filepath.Join(dir, "link")); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(dir, "private"), 0o700); err != nil {
			t.Fatal(err)
		}
		w := start(t, script, &Options{Grants: Grants{
			Read: []string{dir}, Write: []string{dir}, DenyRead: []string{filepath.Join(dir, "private")},
		}})
		file := filepath.Join(dir, "file")
		const text = "some text\x00with everything\n"
		mustCall(t, w, "write", file, text)
		if b, err := os.ReadFile(file); err != nil || string(b) != text {
			t.Errorf("the file holds %q, %v", b, err)
		}
		if out := mustCall(t, w, "read", file); out[0] != text {
			t.Errorf("read: %q", out)
		}
		if out := mustCall(t, w, "list", dir); out[0] != "file link private" {
			t.Errorf("list: %v", out)
		}
		out := mustCall(t, w, "read", filepath.Join(dir, "missing"))
		if s := fmt.Sprint(out); !strings.Contains(s, "No such file") && !strings.Contains(s, "ENOENT") {
			t.Errorf("missing: %v", out)
		}
		for _, call := range [][]any{
			{"read", filepath.Join(secret, "key")},
			{"read", filepath.Join(dir, "link")},
			{"read", filepath.Join(dir, "..", filepath.Base(secret), "key")},
			{"read", filepath.Join(dir, "private", "x")},
			{"read", "/proc/self/environ"},
			{"write", filepath.Join(secret, "new"), "x"},
			{"write", filepath.Join(dir, "link"), "x"},
			{"list", secret},
			{"remove", filepath.Join(secret, "key")},
		} {
			_, err := w.Call(testContext(t), call...)
			var de *DeniedError
			if !errors.As(err, &de) || de.Grant != "read" && de.Grant != "write" || de.Target == "" || len(de.Stack) == 0 {
				t.Errorf("%v: %#v: %v", call, err, err)
			}
		}
		if got := fmt.Sprint(mustCall(t, w, "caught", filepath.Join(secret, "key"))); got != "[false denied]" {
			t.Errorf("caught: %s", got)
		}
		mustCall(t, w, "remove", file)
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the file is still there: %v", err)
		}
		if b, err := os.ReadFile(filepath.Join(secret, "key")); err != nil || string(b) != "secret" {
			t.Errorf("the secret holds %q, %v", b, err)
		}
		mustClose(t, w)

		none := start(t, script, nil)
		_, err := none.Call(testContext(t), "read", file)
		if err == nil || !strings.Contains(err.Error(), "--allow-read="+file) {
			t.Errorf("without a grant: %v", err)
		}
		mustClose(t, none)
	})
}

// A script that prints without end loses nothing and hangs nothing.
func TestPrints100MB(t *testing.T) {
	t.Parallel()
	const size = 64 << 10
	lines := 1600
	if raceDetector { // which makes it ten times slower
		lines /= 10
	}
	source{
		Lua: fmt.Sprintf(`local line = string.rep("x", %d) function run() for i = 1, %d do print(line) end return "done" end`, size, lines),
		JS:  fmt.Sprintf(`const line = "x".repeat(%d); function run() { for (let i = 0; i < %d; i++) console.log(line); return "done" }`, size, lines),
	}.each(t, func(t *testing.T, script *Script) {
		got := 0
		w := start(t, script, &Options{OnLog: func(l LogRecord) { got += len(l.Message) }})
		if out := mustCall(t, w); out[0] != "done" {
			t.Errorf("got %v", out)
		}
		mustClose(t, w)
		if got != lines*size {
			t.Errorf("%d of %d bytes arrived", got, lines*size)
		}
	})
}
