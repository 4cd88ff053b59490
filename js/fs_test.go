package js

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"scripthost.example/child/engine"
)

// files carries out the file operations of a script in a folder, as the parent
// does after it has checked the grant. Paths below /denied are not granted.
type files string

func (root files) call(name string, args []any) ([]any, error) {
	path := args[0].(string)
	if strings.HasPrefix(path, "/denied") {
		return nil, &engine.Error{
			Kind: engine.KindDenied, Message: "read access to \"" + path + "\" is not granted",
			Value: map[string]any{"grant": "read", "path": path}, HasValue: true,
		}
	}
	full := filepath.Join(string(root), path)
	switch name {
	case "runner.fs.readfile":
		b, err := os.ReadFile(full)
		return []any{b}, failed(err, "open")
	case "runner.fs.writefile":
		flags := map[string]int{
			"w": os.O_TRUNC, "a": os.O_APPEND, "wx": os.O_TRUNC | os.O_EXCL, "ax": os.O_APPEND | os.O_EXCL,
		}[args[2].(string)]
		f, err := os.OpenFile(full, os.O_WRONLY|os.O_CREATE|flags, fs.FileMode(args[3].(int64)))
		if err != nil {
			return nil, failed(err, "open")
		}
		defer f.Close()
		_, err = f.Write(args[1].([]byte))
		return nil, failed(err, "write")
	case "runner.fs.stat", "runner.fs.lstat":
		stat := map[string]func(string) (fs.FileInfo, error){"runner.fs.stat": os.Stat, "runner.fs.lstat": os.Lstat}[name]
		info, err := stat(full)
		if err != nil {
			return nil, failed(err, "stat")
		}
		return []any{map[string]any{
			"type": kindOf(info.Mode()), "size": info.Size(), "mode": uint64(info.Mode().Perm()),
			"mtime": 1.5, "atime": 2.25, "ctime": float64(3),
		}}, nil
	case "runner.fs.readdir":
		entries, err := os.ReadDir(full)
		if err != nil {
			return nil, failed(err, "open")
		}
		list := []any{}
		for _, e := range entries {
			list = append(list, []any{e.Name(), kindOf(e.Type())})
		}
		return []any{list}, nil
	case "runner.fs.mkdir":
		if args[1].(bool) {
			return nil, failed(os.MkdirAll(full, fs.FileMode(args[2].(int64))), "mkdir")
		}
		return nil, failed(os.Mkdir(full, fs.FileMode(args[2].(int64))), "mkdir")
	case "runner.fs.rmdir":
		return nil, failed(syscall.Rmdir(full), "rmdir")
	case "runner.fs.unlink":
		return nil, failed(syscall.Unlink(full), "unlink")
	case "runner.fs.rename":
		return nil, failed(os.Rename(full, filepath.Join(string(root), args[1].(string))), "rename")
	}
	return nil, &engine.Error{Kind: engine.KindScript, Message: "unknown " + name}
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "directory"
	case mode&fs.ModeSymlink != 0:
		return "link"
	}
	return "file"
}

func failed(err error, call string) error {
	if err == nil {
		return nil
	}
	var errno syscall.Errno
	for _, known := range []syscall.Errno{syscall.ENOENT, syscall.EEXIST, syscall.ENOTEMPTY, syscall.ENOTDIR, syscall.EISDIR, syscall.EPERM} {
		if strings.HasSuffix(err.Error(), known.Error()) {
			errno = known
		}
	}
	codes := map[syscall.Errno]string{
		syscall.ENOENT: "ENOENT", syscall.EEXIST: "EEXIST", syscall.ENOTEMPTY: "ENOTEMPTY",
		syscall.ENOTDIR: "ENOTDIR", syscall.EISDIR: "EISDIR", syscall.EPERM: "EPERM",
	}
	if errno == syscall.EISDIR {
		call = "read"
	}
	text := errno.Error()
	return &engine.Error{
		Kind: engine.KindScript, Message: strings.ToUpper(text[:1]) + text[1:], HasValue: true,
		Value: map[string]any{"code": codes[errno], "errno": uint64(errno), "syscall": call},
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	// $ is either the name with Sync behind it, or an await of the promise.
	for script, want := range map[string]any{
		`$writeFile("a", "grüße"); return [$readFile("a", "utf8"), $readFile("a").length]`:                          []any{"grüße", int64(7)},
		`$writeFile("a", "x"); $appendFile("a", new Uint8Array([121])); return $readFile("a", {encoding: "utf-8"})`: "xy",
		`$writeFile("a", new ArrayBuffer(2)); return $readFile("a", null)`:                                          []byte{0, 0},
		`$writeFile("a", "ff00", "hex"); return ["hex", "base64", "base64url", "latin1", "ascii", "utf8"].length && [$readFile("a", "hex"), $readFile("a", "base64"), $readFile("a", "base64url"), $readFile("a", "latin1"), $readFile("a", "ascii"), $readFile("a", "utf8")]`: []any{
			"ff00", "/wA=", "_wA", "ÿ\x00", "\x7f\x00", "\uFFFD\x00"},
		`$writeFile("a", "_wA", "base64url"); $appendFile("a", "ÿ", {encoding: "latin1"}); return $readFile("a")`: []byte{255, 0, 255},
		`$writeFile("a", "x", {mode: 0o600}); return ($stat("a").mode).toString(8)`:                               "100600",
		`$writeFile("a", "x", {mode: "640"}); return ($stat("a").mode & 0o777).toString(8)`:                       "640",
		`$mkdir("d/e/f", {recursive: true}); $writeFile("d/b", ""); $writeFile("d/a", ""); return $readdir("d")`:  []any{"a", "b", "e"},
		`$mkdir("d"); $mkdir("d/e", 0o700); $writeFile("d/a", ""); return $readdir("d", {withFileTypes: true}).map(e => [e.name, e.parentPath, e.isFile(), e.isDirectory(), e.isSymbolicLink(), e.isBlockDevice()])`: []any{
			[]any{"a", "d", true, false, false, false}, []any{"e", "d", false, true, false, false}},
		`$mkdir("d"); $rmdir("d"); return fs.existsSync("d")`:                                      false,
		`$writeFile("a", "x"); $rename("a", "b"); return [fs.existsSync("a"), fs.existsSync("b")]`: []any{false, true},
		`$writeFile("a", "x"); $unlink("a"); return fs.existsSync("a")`:                            false,
		`$writeFile("a", "xyz"); const s = $stat("a"); return [s.isFile(), s.isDirectory(), s.isSymbolicLink(), s.size, s.mtimeMs, s.atimeMs, s.mtime.getTime(), s.atime instanceof Date]`: []any{
			true, false, false, int64(3), int64(1500), int64(2250), int64(1500), true},
		`return [$lstat("link").isSymbolicLink(), $lstat("link").isFile()]`:                                                                                                                               []any{true, false},
		`$writeFile("a", ""); return [$access("a"), fs.constants.R_OK]`:                                                                                                                                   []any{nil, int64(4)},
		`return fs === require("node:fs") && fs.promises === require("fs/promises") && require("node:fs/promises") === require("fs/promises")`:                                                            true,
		`$writeFile("a", "ÿ", {encoding: "latin1", mode: 0o640}); $copyFile("a", "b"); $copyFile("a", "a"); return [$readFile("b", "hex"), ($stat("b").mode & 0o777).toString(8), $readFile("a", "hex")]`: []any{"ff", "640", "ff"},
		`$writeFile("a", "new"); $writeFile("b", "old"); $copyFile("a", "b", 0); return $readFile("b", "utf8")`:                                                                                           "new",
		`$writeFile("a", ""); $copyFile("a", "b"); $rm("a"); return [fs.existsSync("a"), $readFile("b").length]`:                                                                                          []any{false, int64(0)},
		`$rm("none", {force: true}); $rm("link"); return $readdir(".")`:                                                                                                                                   []any{},
		`$mkdir("d/e/f", {recursive: true}); $writeFile("d/a", ""); $writeFile("d/e/f/a", ""); $rename("link", "d/e/link"); $writeFile("keep", ""); $rm("d", {recursive: true}); return $readdir(".")`:    []any{"keep"},
		`$mkdir("d"); $rm("d/", {recursive: true, force: true}); return $rm("d", {recursive: true, force: true}) === undefined && $readdir(".").length`:                                                   int64(1),
		`return fs.statSync("none", {throwIfNoEntry: false}) === undefined`:                                                                                                                               true,
	} {
		for how, script := range fsVariants(script) {
			t.Run(how+" "+script, func(t *testing.T) {
				t.Parallel()
				w := withFiles(t, script)
				got, err := w.call()
				if err != nil {
					t.Fatal(err)
				}
				equal(t, got, []any{want})
			})
		}
	}
}

func fsVariants(script string) map[string]string {
	variants := map[string]string{"sync": script, "promise": script}
	for name := range fileFunctions {
		variants["sync"] = strings.ReplaceAll(variants["sync"], "$"+name+"(", "fs."+name+"Sync(")
	}
	// (await f(x)).y: the parentheses go around the call, which has none inside
	// but where the table says so.
	for {
		i := strings.IndexByte(variants["promise"], '$')
		if i < 0 {
			return variants
		}
		s := variants["promise"]
		depth, end := 0, i
		for end = i; end < len(s); end++ {
			if s[end] == '(' {
				depth++
			} else if s[end] == ')' {
				if depth--; depth == 0 {
					break
				}
			}
		}
		variants["promise"] = s[:i] + "(await fs.promises." + s[i+1:end+1] + ")" + s[end+1:]
	}
}

func withFiles(t *testing.T, script string) *world {
	t.Helper()
	root := t.TempDir()
	if err := os.Symlink("nowhere", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	w := loaded(t, syncConfig, "const fs = require('fs'); async function run() { "+script+" }")
	w.host = files(root).call
	return w
}

func TestFileErrors(t *testing.T) {
	t.Parallel()
	type details = map[string]any
	for script, c := range map[string]struct {
		message string
		own     details
	}{
		`$readFile("none")`: {"ENOENT: no such file or directory, open 'none'",
			details{"code": "ENOENT", "errno": int64(-2), "syscall": "open", "path": "none"}},
		`$readFile(".")`: {"EISDIR: illegal operation on a directory, read '.'",
			details{"code": "EISDIR", "errno": int64(-21), "syscall": "read", "path": "."}},
		`$readdir("none")`: {"ENOENT: no such file or directory, scandir 'none'",
			details{"code": "ENOENT", "errno": int64(-2), "syscall": "scandir", "path": "none"}},
		`$writeFile("none/a", "")`: {"ENOENT: no such file or directory, open 'none/a'",
			details{"code": "ENOENT", "errno": int64(-2), "syscall": "open", "path": "none/a"}},
		`$writeFile("x", "", {flag: "wx"}); $writeFile("x", "", {flag: "wx"})`: {"EEXIST: file already exists, open 'x'",
			details{"code": "EEXIST", "errno": int64(-17), "syscall": "open", "path": "x"}},
		`$rename("none", "other")`: {"ENOENT: no such file or directory, rename 'none' -> 'other'",
			details{"code": "ENOENT", "errno": int64(-2), "syscall": "rename", "path": "none", "dest": "other"}},
		`$mkdir("x"); $writeFile("x/y", ""); $rmdir("x")`: {"ENOTEMPTY: directory not empty, rmdir 'x'",
			details{"code": "ENOTEMPTY", "errno": int64(-39), "syscall": "rmdir", "path": "x"}},
		`$stat("link")`: {"ENOENT: no such file or directory, stat 'link'",
			details{"code": "ENOENT", "errno": int64(-2), "syscall": "stat", "path": "link"}},
		`$access("none")`: {"ENOENT: no such file or directory, access 'none'",
			details{"code": "ENOENT", "errno": int64(-2), "syscall": "access", "path": "none"}},
		`$rm("none")`: {"ENOENT: no such file or directory, lstat 'none'",
			details{"code": "ENOENT", "errno": int64(-2), "syscall": "lstat", "path": "none"}},
		`$mkdir("d"); $rm("d", {force: true})`: {"Path is a directory: rm returned EISDIR (is a directory) d",
			details{"code": "ERR_FS_EISDIR", "errno": int64(21), "syscall": "rm", "path": "d"}},
		`$copyFile("none", "x")`: {"ENOENT: no such file or directory, copyfile 'none' -> 'x'",
			details{"code": "ENOENT", "errno": int64(-2), "syscall": "copyfile", "path": "none", "dest": "x"}},
		`$copyFile(".", "x")`: {"EISDIR: illegal operation on a directory, copyfile '.' -> 'x'",
			details{"code": "EISDIR", "errno": int64(-21), "syscall": "copyfile", "path": ".", "dest": "x"}},
		`$writeFile("x", ""); $copyFile("x", "x", fs.constants.COPYFILE_EXCL)`: {"EEXIST: file already exists, copyfile 'x' -> 'x'",
			details{"code": "EEXIST", "errno": int64(-17), "syscall": "copyfile", "path": "x", "dest": "x"}},
		`$writeFile("x", ""); $copyFile("x", "none/y")`: {"ENOENT: no such file or directory, copyfile 'x' -> 'none/y'",
			details{"code": "ENOENT", "errno": int64(-2), "syscall": "copyfile", "path": "x", "dest": "none/y"}},
		`$writeFile("x", ""); $copyFile("x", "/denied/x")`: {`read access to "/denied/x" is not granted`,
			details{"code": "ERR_ACCESS_DENIED", "path": "x"}},
		`$rm("/denied/x", {recursive: true, force: true})`: {`read access to "/denied/x" is not granted`,
			details{"code": "ERR_ACCESS_DENIED", "path": "/denied/x"}},
		`$readFile("/denied/x")`: {`read access to "/denied/x" is not granted`,
			details{"code": "ERR_ACCESS_DENIED", "path": "/denied/x"}},
	} {
		for how, script := range fsVariants(script) {
			t.Run(how+" "+script, func(t *testing.T) {
				t.Parallel()
				w := withFiles(t, `try { `+script+` } catch (e) { return [e.message, e.kind, (delete e.kind, delete e.value, {...e})] }`)
				got, err := w.call()
				if err != nil {
					t.Fatal(err)
				}
				kind := engine.KindScript
				if c.own["code"] == "ERR_ACCESS_DENIED" {
					kind = engine.KindDenied
				}
				equal(t, got, []any{[]any{c.message, kind, c.own}})

				// Uncaught, they are errors with the parent's details.
				w = withFiles(t, "\n"+script)
				_, err = w.call()
				e := scriptError(t, err, kind, c.message)
				equal(t, e.HasValue, true)
				equal(t, e.Stack[0].Line, 2)
				if kind == engine.KindDenied {
					equal(t, e.Value, any(details{"grant": "read", "path": "/denied/x"}))
				}
			})
		}
	}
	w := withFiles(t, `fs.existsSync("/denied/x")`)
	_, err := w.call()
	scriptError(t, err, engine.KindDenied, `read access to "/denied/x" is not granted`)
}

func TestFileArguments(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		`$readFile(5)`:                     `TypeError: The "path" argument must be of type string. Received 5`,
		`$readFile("a", 5)`:                `TypeError: The "options" argument must be of type string or an object. Received 5`,
		`$readFile("a", "ebcdic")`:         `TypeError: The encoding 'ebcdic' is not supported: there are utf8, utf16le, latin1, ascii, hex, base64 and base64url`,
		`$writeFile("a", {})`:              `TypeError: The "data" argument must be of type string or an instance of Uint8Array or ArrayBuffer. Received {}`,
		`$writeFile("a", "", {mode: "9"})`: `TypeError: The "mode" argument must be a number or a string of octal digits. Received '9'`,
		`$mkdir("a", {mode: {}})`:          `TypeError: The "mode" argument must be a number or a string of octal digits. Received {}`,
		`$rename("a")`:                     `TypeError: The "newPath" argument must be of type string. Received undefined`,
		`$readdir("a", {recursive: true})`: `TypeError: readdir: the option recursive is not supported: read the folders one by one`,
	} {
		for how, script := range fsVariants(script) {
			t.Run(how+" "+script, func(t *testing.T) {
				t.Parallel()
				_, err := withFiles(t, script).call()
				scriptError(t, err, engine.KindScript, want)
			})
		}
	}
}

// A promise of fs rejects where its sync twin throws.
func TestFilePromisesReject(t *testing.T) {
	t.Parallel()
	w := withFiles(t, `return fs.promises.readFile(5).catch(e => e.code)`)
	got, err := w.call()
	equal(t, err, nil)
	equal(t, got, []any{"ERR_INVALID_ARG_TYPE"})
}

func TestFileModuleIsComplete(t *testing.T) {
	t.Parallel()
	w := withFiles(t, `return [Object.keys(fs).sort(), Object.keys(fs.promises).sort()]`)
	got, err := w.call()
	equal(t, err, nil)
	want := []any{}
	wantSync := []any{"constants", "existsSync"}
	for name := range fileFunctions {
		want, wantSync = append(want, name), append(wantSync, name+"Sync")
	}
	order := func(a, b any) int { return cmp.Compare(a.(string), b.(string)) }
	want = append(want, "constants")
	slices.SortFunc(want, order)
	slices.SortFunc(wantSync, order)
	equal(t, got, []any{[]any{wantSync, want}})
}
