package host

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// maxHanded is how much of the names of the files that a script loads is kept
// until it is loaded, in bytes: of some hundred thousand files.
const maxHanded = 32 << 20

// A handedFile is a file that was handed to a child, by the name that it asked for
// and its content.
type handedFile struct {
	name string
	hash [sha256.Size]byte
}

// handed are the files that a worker has been handed until it was ready: what its
// script is made of, beside its source. It is safe for concurrent use.
type handed struct {
	mu     sync.Mutex // guards what follows
	files  map[handedFile]struct{}
	size   int
	sealed bool // nothing is added any more
}

// add takes a file. A child that asks for more names than can be kept, which are
// not those of different files, gets an error.
func (h *handed) add(name string, hash [sha256.Size]byte) error {
	f := handedFile{name, hash}
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, known := h.files[f]; known || h.sealed {
		return nil
	}
	size := h.size + len(name) + 2*sha256.Size
	if size > maxHanded {
		return &LimitError{
			Limit: "module names", Size: uint64(size), Max: maxHanded,
			Message: fmt.Sprintf("the script loads too many files: the names of %d take more than %d bytes with the next one, and are kept until it is loaded", len(h.files), maxHanded),
		}
	}
	if h.files == nil {
		h.files = make(map[handedFile]struct{})
	}
	h.files[f] = struct{}{}
	h.size = size
	return nil
}

// addAll takes all files of another one.
func (h *handed) addAll(other *handed) error {
	for _, f := range other.list() {
		if err := h.add(f.name, f.hash); err != nil {
			return err
		}
	}
	return nil
}

// list returns the files, in no order.
func (h *handed) list() []handedFile {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]handedFile, 0, len(h.files))
	for f := range h.files {
		list = append(list, f)
	}
	return list
}

// seal has nothing be added any more.
func (h *handed) seal() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sealed = true
}

func (h *handed) isSealed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sealed
}

// generation names the version of a script that is made of its source and of these
// files: the beginning of the SHA-256 of the source, or, if there are files, of the
// list that sha256sum prints of all of them, the source's line first. Files of the
// script's own folder have their names in it: where that is does not matter.
func (s *Script) generation(files []handedFile) string {
	sum := sha256.Sum256(s.source)
	if len(files) > 0 {
		own := ""
		if s.hasRoot() {
			own = s.root().Name + "/"
		}
		files = slices.Clone(files)
		for i := range files {
			files[i].name = strings.TrimPrefix(files[i].name, own)
		}
		slices.SortFunc(files, func(a, b handedFile) int {
			return cmp.Or(strings.Compare(a.name, b.name), slices.Compare(a.hash[:], b.hash[:]))
		})
		var list strings.Builder
		writeSum(&list, sum, path.Base(filepath.ToSlash(s.name)))
		for _, f := range files {
			writeSum(&list, f.hash, f.name)
		}
		sum = sha256.Sum256([]byte(list.String()))
	}
	return fmt.Sprintf("%x", sum[:6])
}

// writeSum writes a line as sha256sum does, names that would end it included.
func writeSum(b *strings.Builder, sum [sha256.Size]byte, name string) {
	safe := strings.NewReplacer("\\", `\\`, "\n", `\n`, "\r", `\r`).Replace(name)
	if safe != name {
		b.WriteByte('\\')
	}
	fmt.Fprintf(b, "%x  %s\n", sum, safe)
}

// version is the worker's generation, as far as it is known.
func (w *Worker) version() string {
	if v := w.generation.Load(); v != nil {
		return *v
	}
	return "" // of a classic worker
}

// nameGeneration sets the worker's generation to what it is made of by now.
func (w *Worker) nameGeneration() {
	name := w.script.generation(w.handed.list())
	w.generation.Store(&name)
}
