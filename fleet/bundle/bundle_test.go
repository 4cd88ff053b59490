package bundle

import (
	"archive/tar"
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"scripthost.example/host"
)

func contents() Contents {
	return Contents{
		Plugin: "tidy", Script: "worker.lua",
		Files: map[string][]byte{
			"worker.lua":       []byte("local l = require('lib.names')\nfunction run() return l.name end\n"),
			"lib/names.lua":    []byte("return { name = 'Ada' }\n"),
			"lib/empty.json":   nil,
			"lib-more/b.lua":   []byte("return 1"),
			"größe/" + long(9): []byte("return 2"), // takes more than the oldest header has
		},
		Settings: []byte("[limits]\ntimeout = \"5s\"\n"),
	}
}

func long(n int) string { return strings.Repeat("folder-of-some-length/", n) + "x.lua" }

func makeBundle(t testing.TB, c Contents) *Bundle {
	t.Helper()
	b, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The bytes are what bundles are known by: another version of Go, or of this package,
// has to make the same.
func TestBytesStayTheSame(t *testing.T) {
	t.Parallel()
	const want = "5ada1a0c442488d97869b7100fb256dc8529a45e24aecf45552cc5c3bf00c76e"
	if got := makeBundle(t, contents()).Hash(); got != want {
		t.Errorf("the SHA-256 is %s, and was %s: bundles that were signed before cannot be opened any more", got, want)
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	c := contents()
	b := makeBundle(t, c)
	c.Files["worker.lua"][0] = 'X' // which is the caller's
	again, err := Open(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if again.Hash() != b.Hash() || again.Plugin() != "tidy" || again.ScriptName() != "worker.lua" || !slices.Equal(again.Files(), b.Files()) {
		t.Errorf("%+v, want %+v", again, b)
	}
	if text, ok := again.File("lib/names.lua"); !ok || string(text) != "return { name = 'Ada' }\n" {
		t.Errorf("%q, %v", text, ok)
	}
	if _, ok := again.File("lib"); ok {
		t.Error("a folder is a file")
	}
	if string(again.Settings().Raw()) != "[limits]\ntimeout = \"5s\"\n" {
		t.Errorf("%q", again.Settings().Raw())
	}
	s, err := again.Script()
	if err != nil {
		t.Fatal(err)
	}
	if s.Language() != host.Lua || s.Name() != "worker.lua" || !strings.HasPrefix(s.Source(), "local l") {
		t.Errorf("%s %s %q", s.Language(), s.Name(), s.Source())
	}
	if _, err := fs.ReadFile(fileSystem(again.files), "../x"); !errors.Is(err, fs.ErrInvalid) {
		t.Error(err)
	}
	for _, name := range again.Files() {
		want, _ := again.File(name)
		if got, err := fs.ReadFile(fileSystem(again.files), name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestSettingsThatAreThereAndEmpty(t *testing.T) {
	t.Parallel()
	c := contents()
	c.Settings = nil
	none := makeBundle(t, c)
	c.Settings = []byte{}
	empty := makeBundle(t, c)
	if none.Hash() == empty.Hash() {
		t.Error("a file of settings that is empty is none")
	}
	for _, b := range []*Bundle{none, empty} {
		again, err := Open(b.Bytes())
		if err != nil || (again.Settings().Raw() == nil) != (b.Settings().Raw() == nil) {
			t.Error(err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*Contents)
		kind   error
		want   string
	}{
		"no plugin":        {func(c *Contents) { c.Plugin = "" }, ErrMalformed, "needs a name"},
		"a bad plugin":     {func(c *Contents) { c.Plugin = "a.b" }, ErrMalformed, `"a.b"`},
		"no script":        {func(c *Contents) { c.Script = "other.lua" }, ErrMalformed, "other.lua"},
		"a script below":   {func(c *Contents) { c.Script = "lib/names.lua" }, ErrMalformed, "folder"},
		"no language":      {func(c *Contents) { c.Script = "x.pl"; c.Files["x.pl"] = nil }, ErrFile, ".pl"},
		"up":               {func(c *Contents) { c.Files["../x.lua"] = nil }, ErrFile, "../x.lua"},
		"up, later":        {func(c *Contents) { c.Files["lib/../../x.lua"] = nil }, ErrFile, "no path below"},
		"absolute":         {func(c *Contents) { c.Files["/etc/x.lua"] = nil }, ErrFile, "no path below"},
		"a dot":            {func(c *Contents) { c.Files["./x.lua"] = nil }, ErrFile, "no path below"},
		"a folder":         {func(c *Contents) { c.Files["x.lua/"] = nil }, ErrFile, "no path below"},
		"empty":            {func(c *Contents) { c.Files[""] = nil }, ErrFile, "no path below"},
		"the root":         {func(c *Contents) { c.Files["."] = nil }, ErrFile, "no path below"},
		"a backslash":      {func(c *Contents) { c.Files[`lib\x.lua`] = nil }, ErrFile, "backslash"},
		"a NUL":            {func(c *Contents) { c.Files["a\x00.lua"] = nil }, ErrFile, "control"},
		"no UTF-8":         {func(c *Contents) { c.Files["a\xff.lua"] = nil }, ErrFile, "UTF-8"},
		"a long name":      {func(c *Contents) { c.Files[long(50)] = nil }, ErrFile, "1024"},
		"a file as folder": {func(c *Contents) { c.Files["worker.lua/x.lua"] = nil }, ErrFile, "worker.lua is a file"},
		"too much":         {func(c *Contents) { c.Files["x.lua"] = make([]byte, MaxBytes) }, ErrTooLarge, "64 MiB"},
		"too much with its headers": {func(c *Contents) {
			c.Files = map[string][]byte{c.Script: make([]byte, MaxBytes-1024)}
		}, ErrTooLarge, "64 MiB"},
		"too many": {func(c *Contents) {
			c.Files = maps.Clone(c.Files)
			for i := range MaxFiles {
				c.Files[strings.Repeat("x", 1+i%200)+"/"+strings.Repeat("y", 1+i/200)] = nil
			}
		}, ErrTooLarge, "20000 files"},
		"bad settings": {func(c *Contents) { c.Settings = []byte("tiemout = 1") }, ErrSettings, "runner.toml:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := contents()
			test.change(&c)
			_, err := New(c)
			checkError(t, err, test.kind, test.want)
		})
	}
}

// checkError wants an *Error of a kind that says something.
func checkError(t *testing.T, err, kind error, want string) {
	t.Helper()
	var e *Error
	if !errors.Is(err, kind) || !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %v with %q", err, kind, want)
	}
}

// An archive of others is refused, whatever is odd about it.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	manifest := `{"format":1,"plugin":"p","script":"w.lua"}` + "\n"
	file := func(name, text string) *tar.Header {
		return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(text)), Mode: 0o644, PAXRecords: nil, Linkname: ""}
	}
	type item struct {
		h    *tar.Header
		text string
	}
	of := func(name, text string) item { return item{file(name, text), text} }
	about, worker := of(manifestName, manifest), of("files/w.lua", "x")
	odd := func(f func(*tar.Header)) item {
		i := of("files/w.lua", "x")
		f(i.h)
		return i
	}
	link := func(kind byte) item {
		return item{&tar.Header{Typeflag: kind, Name: "files/a.lua", Linkname: "/etc/passwd"}, ""}
	}
	for name, test := range map[string]struct {
		items []item
		kind  error
		want  string
	}{
		"nothing":                  {nil, ErrMalformed, "empty"},
		"no manifest":              {[]item{worker}, ErrMalformed, "begins with it"},
		"a manifest later":         {[]item{worker, about}, ErrMalformed, "begins with it"},
		"two manifests":            {[]item{about, about, worker}, ErrMalformed, "twice"},
		"two of a file":            {[]item{about, worker, worker}, ErrMalformed, "twice"},
		"two of settings":          {[]item{about, of(settingsName, ""), of(settingsName, "x"), worker}, ErrMalformed, "twice"},
		"something else":           {[]item{about, worker, of("x.lua", "")}, ErrMalformed, "no place"},
		"another order":            {[]item{about, worker, of("files/a.lua", "")}, ErrMalformed, "another order"},
		"settings last":            {[]item{about, worker, of(settingsName, "")}, ErrMalformed, "another order"},
		"no JSON":                  {[]item{of(manifestName, "x"), worker}, ErrMalformed, manifestName},
		"another format":           {[]item{of(manifestName, `{"format":2,"plugin":"p","script":"w.lua"}`), worker}, ErrMalformed, "update the older"},
		"a manifest with more":     {[]item{of(manifestName, `{"format":1,"plugin":"p","script":"w.lua","x":1}`+"\n"), worker}, ErrMalformed, "another order"},
		"a symbolic link":          {[]item{about, link(tar.TypeSymlink), worker}, ErrFile, "link"},
		"a hard link":              {[]item{about, link(tar.TypeLink), worker}, ErrFile, "link"},
		"a device":                 {[]item{about, link(tar.TypeChar), worker}, ErrFile, "special"},
		"a pipe":                   {[]item{about, link(tar.TypeFifo), worker}, ErrFile, "special"},
		"a folder":                 {[]item{about, {&tar.Header{Typeflag: tar.TypeDir, Name: "files/a/"}, ""}, worker}, ErrFile, "folder"},
		"up":                       {[]item{about, of("files/../../x.lua", ""), worker}, ErrFile, "no path below"},
		"absolute":                 {[]item{about, of("files//etc/x.lua", ""), worker}, ErrFile, "no path below"},
		"an owner":                 {[]item{about, odd(func(h *tar.Header) { h.Uid = 1 })}, ErrMalformed, "owners"},
		"a mode":                   {[]item{about, odd(func(h *tar.Header) { h.Mode = 0o755 })}, ErrMalformed, "owners"},
		"a name of an owner":       {[]item{about, odd(func(h *tar.Header) { h.Uname = "root" })}, ErrMalformed, "owners"},
		"extended headers":         {[]item{about, odd(func(h *tar.Header) { h.PAXRecords = map[string]string{"A.b": "c"} })}, ErrMalformed, "owners"},
		"another kind of archives": {[]item{about, odd(func(h *tar.Header) { h.Format = tar.FormatGNU })}, ErrMalformed, "owners"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			w := tar.NewWriter(&out)
			for _, i := range test.items {
				if err := w.WriteHeader(i.h); err != nil {
					t.Fatal(err)
				}
				if _, err := w.Write([]byte(i.text)); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			_, err := Open(out.Bytes())
			checkError(t, err, test.kind, test.want)
		})
	}
	good := makeBundle(t, contents()).Bytes()
	for name, raw := range map[string][]byte{
		"text":                  []byte("function run() end"),
		"cut":                   good[:len(good)-512],
		"cut in a file":         good[:700],
		"with more behind":      append(slices.Clone(good), make([]byte, 512)...),
		"with a script behind":  append(slices.Clone(good), good...),
		"with a padding of its": flip(good, 512+200),
	} {
		if _, err := Open(raw); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(make([]byte, MaxBytes+1)); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

func flip(b []byte, at int) []byte {
	c := slices.Clone(b)
	c[at] ^= 1
	return c
}

// What is put into a bundle comes out of it, and its bytes say so.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	word := rapid.StringMatching(`[a-zäß_ +-][a-z0-9äß. _-]{0,40}`)
	name := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(word, 1, 6).Draw(t, "parts"), "/") + ".lua"
	})
	rapid.Check(t, func(t *rapid.T) {
		c := Contents{
			Plugin: rapid.StringMatching(`[a-z][a-z0-9_-]{0,20}`).Draw(t, "plugin"), Script: "main.lua",
			Files: rapid.MapOfN(name, rapid.SliceOf(rapid.Byte()), 0, 8).Draw(t, "files"),
		}
		c.Files["main.lua"] = []byte("x")
		b, err := New(c)
		if errors.Is(err, ErrFile) {
			t.Skip("a file is a folder, too")
		}
		if err != nil {
			t.Fatal(err)
		}
		again, err := Open(bytes.Clone(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if again.Hash() != b.Hash() || again.Plugin() != c.Plugin || !maps.EqualFunc(again.files, c.Files, bytes.Equal) {
			t.Fatalf("%+v, want %+v", again, c)
		}
		// One more octet in any file is another bundle.
		c.Files["main.lua"] = []byte("xy")
		if other, err := New(c); err != nil || other.Hash() == b.Hash() {
			t.Fatalf("%v: another bundle has the same hash", err)
		}
	})
}

// Whatever the bytes are, what Open opens is what New makes of it, byte for byte, and has
// no names that lead out of it.
func FuzzOpen(f *testing.F) {
	b := makeBundle(f, contents())
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:1024])
	f.Add(flip(b.Bytes(), 700))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := Open(raw)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		again, err := New(Contents{Plugin: b.Plugin(), Script: b.ScriptName(), Files: b.files, Settings: b.Settings().Raw()})
		if err != nil || !bytes.Equal(again.Bytes(), raw) {
			t.Fatalf("%v: it comes out otherwise", err)
		}
		for name := range b.files {
			if !fs.ValidPath(name) || !filepath.IsLocal(filepath.FromSlash(name)) || strings.ContainsAny(name, "\\\x00") {
				t.Fatalf("it has %q", name)
			}
		}
	})
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"worker.ts": "import './lib/a'", "lib/a.ts": "", "lib/B.JSON": "{}", "node_modules/x/package.json": "{}", "node_modules/x/x.cjs": "",
		".env.json": "secret", ".git/a.lua": "x", "lib/.hidden.lua": "x", "data.csv": "1", "README.md": "x", "runner.toml": `function = "go"`,
		"other.toml": `function = "other"`,
	})
	read := func(o ReadOptions) *Bundle {
		t.Helper()
		o.Plugin = "p"
		b, err := Read(filepath.Join(dir, "worker.ts"), o)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := read(ReadOptions{})
	want := []string{"lib/B.JSON", "lib/a.ts", "node_modules/x/package.json", "node_modules/x/x.cjs", "worker.ts"}
	if !slices.Equal(b.Files(), want) || b.ScriptName() != "worker.ts" || b.Settings().Function != "go" {
		t.Errorf("%q, %+v", b.Files(), b.Settings())
	}
	if b := read(ReadOptions{NoSettings: true}); b.Settings().Raw() != nil {
		t.Errorf("%+v", b.Settings())
	}
	if b := read(ReadOptions{Settings: filepath.Join(dir, "other.toml")}); b.Settings().Function != "other" {
		t.Errorf("%+v", b.Settings())
	}
	// Times and modes of files are of no meaning.
	if err := os.Chmod(filepath.Join(dir, "lib/a.ts"), 0o644); err != nil {
		t.Fatal(err)
	}
	if read(ReadOptions{}).Hash() != b.Hash() {
		t.Error("it is another bundle")
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		make func(t *testing.T, dir string)
		o    ReadOptions
		kind error
		want string
	}{
		"no script": {func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "w.lua")) }, ReadOptions{}, fs.ErrNotExist, "w.lua: the file cannot be in a bundle: it cannot be read: "},
		"no folder": {func(t *testing.T, dir string) { os.RemoveAll(dir) }, ReadOptions{}, fs.ErrNotExist, "w.lua: the file cannot be in a bundle: it cannot be read: "},
		"the script is a folder": {func(t *testing.T, dir string) {
			os.Remove(filepath.Join(dir, "w.lua"))
			write(t, dir, map[string]string{"w.lua/x.lua": ""})
		}, ReadOptions{}, ErrFile, "it is a folder (name the script in it)"},
		"a link": {func(t *testing.T, dir string) {
			symlink(t, "w.lua", filepath.Join(dir, "a.lua"))
		}, ReadOptions{}, ErrFile, "a.lua: the file cannot be in a bundle: it is a symbolic link"},
		"a link to nowhere": {func(t *testing.T, dir string) {
			symlink(t, "nowhere", filepath.Join(dir, "a.js"))
		}, ReadOptions{}, ErrFile, "symbolic link"},
		"a folder's link": {func(t *testing.T, dir string) {
			write(t, dir, map[string]string{"lib/x.lua": ""})
			symlink(t, "lib", filepath.Join(dir, "lib2"))
		}, ReadOptions{}, ErrFile, "lib2"},
		"the script is a link": {func(t *testing.T, dir string) {
			os.Rename(filepath.Join(dir, "w.lua"), filepath.Join(dir, "other"))
			symlink(t, "other", filepath.Join(dir, "w.lua"))
		}, ReadOptions{}, ErrFile, "symbolic link"},
		"no such settings": {nil, ReadOptions{Settings: "nowhere.toml"}, ErrSettings, "nowhere.toml"},
		"settings twice":   {nil, ReadOptions{Settings: "x.toml", NoSettings: true}, ErrSettings, "none is to be read"},
		"settings that are a folder": {func(t *testing.T, dir string) {
			os.Mkdir(filepath.Join(dir, "runner.toml"), 0o700)
		}, ReadOptions{}, ErrSettings, "regular"},
		"much": {func(t *testing.T, dir string) {
			f, err := os.Create(filepath.Join(dir, "big.lua"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := f.Truncate(MaxBytes * 4); err != nil {
				t.Fatal(err)
			}
		}, ReadOptions{}, ErrTooLarge, "64 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, map[string]string{"w.lua": "x"})
			if test.make != nil {
				test.make(t, dir)
			}
			test.o.Plugin = "p"
			_, err := Read(filepath.Join(dir, "w.lua"), test.o)
			checkError(t, err, test.kind, test.want)
		})
	}
}

func symlink(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Skip("there are no symbolic links here:", err)
	}
}

// What is no file of a script is left alone, links among them.
// The folder of what is no script is not even looked at: what is in it would be told of first.
func TestReadNoScript(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{"notes.txt": "x"})
	symlink(t, "nowhere", filepath.Join(dir, "a.lua"))
	for script, want := range map[string]string{"notes.txt": "ending .txt", "": "it is a folder", ".": "it is a folder"} {
		if _, err := Read(dir+string(filepath.Separator)+script, ReadOptions{Plugin: "p"}); !errors.Is(err, ErrFile) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", script, err)
		}
	}
}

func TestReadLeavesOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{"w.lua": "x", "data.txt": "x"})
	symlink(t, "data.txt", filepath.Join(dir, "latest"))
	symlink(t, "nowhere", filepath.Join(dir, "broken"))
	symlink(t, "/", filepath.Join(dir, ".hidden"))
	b, err := Read(filepath.Join(dir, "w.lua"), ReadOptions{Plugin: "p"})
	if err != nil || !slices.Equal(b.Files(), []string{"w.lua"}) {
		t.Fatal(b, err)
	}
}
