package broker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func firstModule(b *Broker, names ...any) ([]any, error) {
	return b.Call(context.Background(), "runner.module.first", names)
}

// ownFiles is the option for a script in a folder of the system's.
func ownFiles(name, dir string) Option { return WithScript(ScriptRoot{Name: name, Dir: dir}) }

// The first that exists is handed over, under the name that it was asked for by.
func TestModules(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"app/main.lua": "main", "app/a.lua": "a", "app/empty.lua": "", "app/lib/b.lua": "b", "app/lib/b/x": "x", "app/link.lua": "->lib/b.lua", "app/linked": "->lib",
		"app/absolute.lua": "", "app/to-lib": "->../lib", "lib/c.lua": "c", "lib/a.lua": "lib's a", "secret.lua": "s", "app/locked/x.lua": "x",
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.Remove(at("app/absolute.lua")); err != nil {
		t.Fatal(err)
	}
	link(t, at("app/a.lua"), at("app/absolute.lua"))
	lib := ModuleName(at("lib"))
	for _, root := range []string{".", "app", "/somewhere/else", "..", "../x", ModuleName(at("app"))} {
		b := newBroker(t, Grants{Modules: []string{at("lib")}, DenyRead: []string{at("app/locked")}}, ownFiles(root, at("app")))
		in := func(name string) string {
			if root == "." {
				return name
			}
			return root + "/" + name
		}
		for _, tt := range []struct {
			names []any
			want  string // of those, with its contents
		}{
			{[]any{in("a.lua")}, in("a.lua") + "=a"},
			{[]any{in("none.lua"), in("lib"), in("no/no.lua"), in("a.lua/x"), in("lib/b.lua"), in("a.lua")}, in("lib/b.lua") + "=b"},
			{[]any{in("empty.lua"), in("a.lua")}, in("empty.lua") + "="},
			{[]any{in("link.lua")}, in("link.lua") + "=b"},
			{[]any{in("linked/b.lua")}, in("linked/b.lua") + "=b"},
			{[]any{in("absolute.lua")}, in("absolute.lua") + "=a"},
			{[]any{in("to-lib/c.lua")}, in("to-lib/c.lua") + "=c"}, // which is granted, too
			{[]any{lib + "/a.lua"}, lib + "/a.lua=lib's a"},
			{[]any{in("c.lua"), lib + "/c.lua"}, lib + "/c.lua=c"},
			{[]any{in("none.lua"), lib + "/none.lua"}, ""},
			{[]any{in(strings.Repeat("x", 300) + ".lua"), in("a.lua")}, "ENAMETOOLONG"},
			{nil, ""},
		} {
			out, err := firstModule(b, tt.names...)
			got := ""
			if f := (*FileError)(nil); errors.As(err, &f) {
				got = f.Code()
			} else if err != nil {
				t.Errorf("%s: %v: %v", root, tt.names, err)
			}
			if len(out) == 2 {
				got = fmt.Sprintf("%s=%s", out[0], out[1])
			}
			if got != tt.want {
				t.Errorf("%s: %v: %q, want %q", root, tt.names, got, tt.want)
			}
		}
	}
}

// What is not the script's is refused, and told of.
func TestModulesRefused(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"app/a.lua": "a", "app/out.lua": "->../secret.lua", "app/outside": "->..", "app/denied/x.lua": "x", "app/to-denied.lua": "->denied/x.lua",
		"app/loop": "->loop", "secret.lua": "s", "application/x.lua": "x", "lib/x.lua": "x", "lib/out.lua": "->../secret.lua",
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	link(t, "/etc/passwd", at("app/passwd"))
	far, err := filepath.Rel(dir, "/usr/none/x.lua") // as the script would say it
	if err != nil {
		t.Fatal(err)
	}
	var uses []Use
	b := newBroker(t, Grants{Modules: []string{at("lib"), "/usr/none"}, DenyRead: []string{at("app/denied"), at("lib/secret")}}, ownFiles("app", at("app")),
		WithAudit(func(_ context.Context, u Use) { uses = append(uses, u) }))
	for _, tt := range []struct{ name, path, says, missing string }{
		{"secret.lua", at("secret.lua"), "is not granted: a script can require files of its own folder, and those of module paths (add one with --module-path=" + dir + ")", dir},
		{"../../etc/passwd", filepath.Join(dir, "../../etc/passwd"), "is not granted", filepath.Join(dir, "../../etc")},
		{"/etc/passwd", "/etc/passwd", "is not granted: a script can require files of its own folder, and those of module paths (add one with --module-path=/etc)", "/etc"},
		{"application/x.lua", at("application/x.lua"), "is not granted", at("application")},
		{far, "/usr/none/x.lua", "is refused: it is in the module path /usr/none, whose files are required by their names there, and not by a path from the script: \"x.lua\"", ""},
		{"lib", at("lib"), "is not granted", dir},
		{"lib/secret/x.lua", at("lib/secret/x.lua"), "it is denied by --deny-read=" + at("lib/secret"), ""},
		{"lib/out.lua", at("lib/out.lua"), "a symbolic link on its way leads to a place that is not granted", ""},
		{"app", at("app"), "is not granted", dir},
		{ModuleName(at("app/a.lua")), at("app/a.lua"), "is not granted", at("app")}, // the name is not the folder's own
		{"app/out.lua", at("app/out.lua"), "a symbolic link on its way leads to a place that is not granted", ""},
		{"app/outside/secret.lua", at("app/outside/secret.lua"), "a symbolic link on its way leads to a place that is not granted", ""},
		{"app/passwd", at("app/passwd"), "a symbolic link on its way leads to a place that is not granted", ""},
		{"app/denied/x.lua", at("app/denied/x.lua"), "it is denied by --deny-read=" + at("app/denied"), ""},
		{"app/denied/none.lua", at("app/denied/none.lua"), "it is denied by --deny-read=" + at("app/denied"), ""},
		{"app/to-denied.lua", at("app/to-denied.lua"), "is refused", ""},
		{ModuleName(at("lib/secret/x.lua")), at("lib/secret/x.lua"), "it is denied by --deny-read=" + at("lib/secret"), ""},
	} {
		uses = nil
		out, err := firstModule(b, "app/none.lua", tt.name, "app/a.lua")
		var d *DeniedError
		if !errors.As(err, &d) || d.Grant != "modules" || d.Path != tt.path || !strings.Contains(d.Error(), tt.says) || !strings.HasPrefix(d.Error(), `loading the file "`) {
			t.Errorf("%s: %v, %v", tt.name, out, err)
		}
		if len(uses) != 1 || uses[0].Allowed || uses[0].Grant != "modules" || uses[0].Operation != "require" || uses[0].Target != tt.path || uses[0].Missing != tt.missing {
			t.Errorf("%s: the audit has %+v", tt.name, uses)
		}
	}
	for name, code := range map[string]string{
		"app/loop": "ELOOP", "app/a\x00.lua": "EINVAL", "app/" + strings.Repeat("x/", 300) + "y": "ENAMETOOLONG", strings.Repeat("x", 5000): "ENAMETOOLONG",
	} {
		var f *FileError
		if out, err := firstModule(b, name); !errors.As(err, &f) || f.Code() != code || len(f.Path) > maxPath {
			t.Errorf("%.40q: %v, %v", name, out, err)
		}
	}
	for _, bad := range []any{"", ".", "..", "app/", "./app/a.lua", "app/../secret.lua", "app//a.lua", "app/./a.lua", []byte("app/a.lua"), int64(5), nil, []any{"app/a.lua"}, "/", "//etc/passwd"} {
		out, err := firstModule(b, bad)
		if a, d := (*ArgumentError)(nil), (*DeniedError)(nil); !errors.As(err, &a) && !errors.As(err, &d) {
			t.Errorf("%v: %v, %v", bad, out, err)
		}
	}
	many := make([]any, 5000)
	for i := range many {
		many[i] = "app/a.lua"
	}
	var l *LimitError
	if out, err := firstModule(b, many...); !errors.As(err, &l) || l.Size != 5000 || l.Max != 4096 || !strings.Contains(l.Error(), "4096") {
		t.Errorf("5000 paths: %v, %v", out, err)
	}
	if out, err := firstModule(b, many[:4096]...); err != nil || len(out) != 2 {
		t.Errorf("4096 paths: %v, %v", out, err)
	}
	uses = nil
	// The script's own files are no grant; those of module paths are.
	for _, name := range []string{"app/a.lua", ModuleName(at("lib/x.lua"))} {
		if _, err := firstModule(b, name); err != nil {
			t.Error(err)
		}
	}
	want := Use{Grant: "modules", Operation: "require", Target: at("lib/x.lua"), Allowed: true, Folder: at("lib")}
	if len(uses) != 1 || uses[0] != want {
		t.Errorf("the audit has %+v", uses)
	}
	b.Close()
	if _, err := firstModule(b, "app/a.lua"); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestModulesWithoutFolder(t *testing.T) {
	t.Parallel()
	b := newBroker(t, Grants{Read: []string{"/"}})
	for _, name := range []string{"x.lua", "../x.lua"} {
		var d *DeniedError
		if _, err := firstModule(b, name); !errors.As(err, &d) || !strings.HasSuffix(d.Error(), "of module paths (--module-path), and this one has no folder of its own") || d.missing() != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestModuleSize(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"x.lua": strings.Repeat("x", 1000)})
	for _, opt := range []Option{WithMaxModule(999), WithMaxRead(999)} {
		for _, root := range []ScriptRoot{{Name: ".", Dir: dir}, {Name: ".", Dir: ".", FS: os.DirFS(dir)}} {
			b := newBroker(t, Grants{}, WithScript(root), opt)
			var l *LimitError
			if _, err := firstModule(b, "x.lua"); !errors.As(err, &l) || l.Limit != "module size" || l.Max != 999 || !strings.Contains(l.Error(), `"x.lua" has 1000 bytes, more than the 999`) {
				t.Errorf("%v", err)
			}
		}
	}
	b := newBroker(t, Grants{}, ownFiles(".", dir), WithMaxModule(1000))
	if out, err := firstModule(b, "x.lua"); err != nil || len(out) != 2 {
		t.Error(out, err)
	}
	if _, err := New(Grants{}, WithMaxModule(0)); err == nil {
		t.Error("a limit of 0 was taken")
	}
}

// Scripts in a file system of the program's: links are followed inside of it.
func TestModulesInFS(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"fs/app/a.lua": "a", "fs/app/up.lua": "->../b.lua", "fs/b.lua": "b", "fs/app/out.lua": "->../../secret.lua", "fs/app/out": "->../..", "fs/app/same": "->.",
		"fs/app/loop": "->loop", "secret.lua": "s",
	})
	link(t, filepath.Join(dir, "fs/b.lua"), filepath.Join(dir, "fs/app/absolute.lua"))
	root, err := os.OpenRoot(filepath.Join(dir, "fs"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	memory := fstest.MapFS{
		"app/a.lua": {Data: []byte("a")}, "b.lua": {Data: []byte("b")}, "app/up.lua": {Data: []byte("../b.lua"), Mode: fs.ModeSymlink | 0o777},
		"app/out.lua": {Data: []byte("../../secret.lua"), Mode: fs.ModeSymlink | 0o777}, "app/out": {Data: []byte("../.."), Mode: fs.ModeSymlink | 0o777},
		"app/absolute.lua": {Data: []byte("/b.lua"), Mode: fs.ModeSymlink | 0o777}, "app/same": {Data: []byte("."), Mode: fs.ModeSymlink | 0o777},
		"app/loop": {Data: []byte("loop"), Mode: fs.ModeSymlink | 0o777}, "app/pipe.lua": {Mode: fs.ModeNamedPipe | 0o666},
	}
	for name, fsys := range map[string]fs.FS{"os.DirFS": os.DirFS(filepath.Join(dir, "fs")), "os.Root": root.FS(), "memory": memory} {
		b := newBroker(t, Grants{}, WithScript(ScriptRoot{Name: "scripts", Dir: "app", FS: fsys}))
		for file, want := range map[string]string{
			"scripts/a.lua": "a", "scripts/up.lua": "b", "scripts/same/a.lua": "a", "scripts/same/same/same/up.lua": "b", "scripts/none.lua": "", "scripts/a.lua/x": "", "scripts/same": "",
			"scripts/out.lua": "denied", "scripts/out/secret.lua": "denied", "scripts/absolute.lua": "denied", "b.lua": "denied", "../b.lua": "denied", "app/a.lua": "denied", "scripts/loop": "ELOOP",
		} {
			out, err := firstModule(b, file)
			got := ""
			if d, f := (*DeniedError)(nil), (*FileError)(nil); errors.As(err, &d) {
				got = "denied"
			} else if errors.As(err, &f) {
				got = f.Code()
			} else if err != nil {
				t.Errorf("%s: %s: %v", name, file, err)
			}
			if len(out) == 2 {
				got = string(out[1].([]byte))
			}
			if got != want {
				t.Errorf("%s: %s is %q (%v), want %q", name, file, got, err, want)
			}
		}
		if name == "memory" {
			if out, err := firstModule(b, "scripts/pipe.lua"); err == nil || !strings.Contains(err.Error(), "it is a fifo") {
				t.Errorf("a pipe: %v, %v", out, err)
			}
		}
	}
}

// Somebody swaps a file, a folder and the script's folder itself for links that
// lead out, all the time.
func TestModuleSwaps(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"app/folder/file": "inside", "app/file": "inside", "out/file": "OUTSIDE", "out/folder/file": "OUTSIDE",
		"links/folder": "->../../out", "links/file": "->../../out/file", "links/app": "->out",
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	b := newBroker(t, Grants{}, ownFiles(".", at("app")))
	for _, name := range []string{"app/folder", "app/file", "app"} {
		with := "links/" + filepath.Base(name)
		stop := swapping(func(int) {
			if os.Rename(at(name), at("aside")) != nil {
				return
			}
			if os.Rename(at(with), at(name)) == nil {
				os.Rename(at(name), at(with))
			}
			os.Rename(at("aside"), at(name))
		})
		for range 200 {
			out, err := firstModule(b, "folder/file", "file")
			if len(out) == 2 && string(out[1].([]byte)) != "inside" {
				t.Errorf("%s: %s is from outside", name, out[0])
			}
			if d, f := (*DeniedError)(nil), (*FileError)(nil); err != nil && !errors.As(err, &d) && !errors.As(err, &f) {
				t.Errorf("%s: %v", name, err)
			}
		}
		stop()
	}
}

// A granted folder that has a folder in common with the script's is reached by
// paths from there, too; its files are under both names.
func TestModulesNearby(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"p/src/a.lua": "a", "p/shared/x.lua": "x", "p/y.lua": "y", "z.lua": "z"})
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, tt := range []struct{ root, granted, name, want string }{
		{"src", "p/shared", "shared/x.lua", "x"},
		{"src", "p/shared", ModuleName(at("p/shared/x.lua")), "x"},
		{"src", "p/shared", "y.lua", ""},
		{"src", "p/shared", "shared/../y.lua", ""},
		{"src", "p", "shared/x.lua", "x"},
		{"src", "p", "y.lua", "y"},
		{"src", "p", "src/a.lua", "a"},
		{"src", "p", "../z.lua", ""},
		{".", "p/shared", "../shared/x.lua", "x"},
		{".", "p", "../y.lua", "y"},
		{".", "p", "../../z.lua", ""},
		{"..", "p", "../../y.lua", "y"},
		{"..", "p", "../../../z.lua", ""},
	} {
		b := newBroker(t, Grants{Modules: []string{at(tt.granted)}}, ownFiles(tt.root, at("p/src")))
		out, err := firstModule(b, tt.name)
		if got := fmt.Sprintf("%s", out); tt.want == "" && err == nil || tt.want != "" && got != fmt.Sprintf("[%s %s]", tt.name, tt.want) {
			t.Errorf("root %s, granted %s: %s is %s, %v", tt.root, tt.granted, tt.name, got, err)
		}
	}
}

// What a worker is told of where its script is.
func TestNearby(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(string(filepath.Separator))
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(root, filepath.FromSlash(name)) }
	for _, tt := range []struct{ name, dir, granted, want string }{
		{".", "p/src", "p/shared", "../shared"},
		{"src", "p/src", "p/shared", "shared"},
		{"src", "p/src", "p", "."},
		{".", "p/src", "p", ".."},
		{"a/b", "p/a/b", "p/c/d", "c/d"},
		{"..", "p/src", "p/shared", "../../shared"},
		{".", "p/a/b", "p/c", "../../c"},
		{".", "p/src", "p/src", ""},                 // it is the script's own
		{".", "p/src", "p/src/lib", ""},             // and so is this
		{".", "p/src", "lib", ""},                   // they share the root folder only
		{".", "p", "lib", ""},                       //
		{".", "p/src", "", ""},                      //
		{"/elsewhere/src", "p/src", "p/shared", ""}, // paths lead to its absolute name
	} {
		r := ScriptRoot{Name: tt.name, Dir: at(tt.dir)}
		if got := r.Nearby(at(tt.granted)); got != tt.want {
			t.Errorf("%s in %s: %s is %q, want %q", tt.name, tt.dir, tt.granted, got, tt.want)
		}
	}
	if got := (&ScriptRoot{Name: ".", Dir: "src", FS: fstest.MapFS{}}).Nearby(at("src/x")); got != "" {
		t.Errorf("in a file system that is none of the machine's: %q", got)
	}
}
