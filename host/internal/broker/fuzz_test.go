package broker

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var functions = strings.Fields("open read write seek close readfile writefile stat lstat readdir mkdir rmdir unlink remove rename tmpname cwd nothing")

var pieces = []string{
	"in", "out", "..", ".", "", "file", "folder", "link", "absolute", "dangling", "deny", "new", "secret", "\x00", "/", "one",
	"etc/passwd", "proc/self/environ", "very-long-name-" + strings.Repeat("n", 300), "caf\xe9", "loop", "chain",
}

var words = []string{"r", "w", "a", "r+", "w+", "a+", "wx", "ax", "wx+", "ax+", "set", "cur", "end", "text"}

// A program is calls made of octets; it never ends with an error.
type program struct {
	data []byte
	dir  string
}

func (p *program) next() byte {
	if len(p.data) == 0 {
		return 0
	}
	c := p.data[0]
	p.data = p.data[1:]
	return c
}

func (p *program) path() string {
	var names []string
	for range p.next() % 6 {
		names = append(names, pieces[int(p.next())%len(pieces)])
	}
	path := strings.Join(names, "/")
	switch p.next() % 8 {
	case 0:
		return path
	case 1:
		return "/" + path
	case 2, 3:
		return p.dir + "/" + path
	}
	return p.dir + "/in/" + path
}

func (p *program) value(depth int) any {
	switch p.next() % 16 {
	case 0:
		return nil
	case 1:
		return p.next()%2 == 0
	case 2, 3, 4:
		return int64(p.next() % 8) // handles, counts
	case 5:
		var b [8]byte
		for i := range b {
			b[i] = p.next()
		}
		return int64(binary.LittleEndian.Uint64(b[:]))
	case 6:
		return uint64(math.MaxUint64 - uint64(p.next()))
	case 7:
		return []float64{0, -1, 1.5, math.NaN(), math.Inf(1), 1e300, 3}[p.next()%7]
	case 8:
		return []byte(p.path())
	case 9:
		if depth > 0 {
			return []any{p.value(depth - 1)}
		}
		return map[string]any{"x": int64(1)}
	case 10, 11:
		return words[int(p.next())%len(words)]
	}
	return p.path()
}

// likely returns arguments of the right types, for a function that takes them.
func (p *program) likely(name string) []any {
	word := func() string { return words[int(p.next())%len(words)] }
	number := func() int64 { return int64(int8(p.next())) }
	switch name {
	case "open":
		return []any{p.path(), word(), number()}
	case "read":
		return []any{number() % 8, number()}
	case "write":
		return []any{number() % 8, "written"}
	case "seek":
		return []any{number() % 8, word(), number()}
	case "close":
		return []any{number() % 8}
	case "writefile":
		return []any{p.path(), "written", word(), int64(0o666)}
	case "mkdir":
		return []any{p.path(), p.next()%2 == 0, int64(0o777)}
	case "rename":
		return []any{p.path(), p.path()}
	case "tmpname", "cwd":
		return nil
	}
	return []any{p.path()}
}

// FuzzCall makes calls of whatever octets there are: no panic, and nothing
// outside is read or changed.
func FuzzCall(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		data := make([]byte, 400)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := tree(t, map[string]string{
			"in/file": "inside", "in/folder/file": "inside", "in/folder/link": "->../../out", "in/deny/file": "SECRET", "in/one": "inside",
			"in/link": "->../out/file", "in/chain": "->folder/link/file", "in/dangling": "->../out/new", "in/folder/deny": "->../deny", "in/loop": "->loop",
			"out/file": "SECRET", "out/folder/file": "SECRET",
		})
		in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
		link(t, out, filepath.Join(in, "absolute"))
		b := newBroker(t, Grants{
			Read: []string{in, filepath.Join(in, "folder")}, Write: []string{in, filepath.Join(in, "one")},
			DenyRead: []string{filepath.Join(in, "deny")}, DenyWrite: []string{filepath.Join(in, "deny")},
		}, WithDir(in), WithMaxFiles(4))
		p := &program{data: data, dir: dir}
		for range 60 {
			if len(p.data) == 0 {
				break
			}
			name := functions[int(p.next())%len(functions)]
			if name == "tmpname" {
				continue // it is no matter of arguments
			}
			args := p.likely(name)
			if p.next()%4 == 0 {
				for i := range args {
					args[i] = p.value(3)
				}
			}
			results, err := b.Call(context.Background(), "runner.fs."+name, args)
			if err != nil && err.Error() == "" {
				t.Errorf("%s %v: an empty error", name, args)
			}
			if strings.Contains(fmt.Sprint(results...), "SECRET") {
				t.Errorf("%s %v = %v", name, args, results)
			}
			for _, r := range results {
				if data, ok := r.([]byte); ok && bytes.Contains(data, []byte("SECRET")) {
					t.Errorf("%s %v read what is secret", name, args)
				}
			}
		}
		for _, path := range []string{"out/file", "out/folder/file", "in/deny/file"} {
			hasText(t, filepath.Join(dir, path), "SECRET")
		}
		for path, n := range map[string]int{"out": 2, "out/folder": 1, "in/deny": 1, "": 2} {
			if entries, err := os.ReadDir(filepath.Join(dir, path)); err != nil || len(entries) != n {
				t.Errorf("%s: %v, %v", path, entries, err)
			}
		}
	})
}
