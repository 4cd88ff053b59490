package broker

import (
	"os"
	"path/filepath"
	"sync"
)

// A grant is one granted path, with its folder held open once it has been used.
// It is safe for concurrent use.
type grant struct {
	at spot

	mu     sync.RWMutex
	root   *os.Root    // nil until used, if it is a folder
	info   os.FileInfo // of root
	closed bool
}

// open opens a folder below the granted one, or "." for itself.
func (g *grant) open(rel string) (*os.Root, error) {
	if r, err, ok := g.openHeld(rel); ok {
		return r, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, ErrClosed
	}
	if !g.currentLocked() {
		if err := g.replaceLocked(); err != nil {
			return nil, err
		}
	}
	return openFolderIn(g.root, rel)
}

// openHeld is open with the folder that is held, if it is still the one that
// the path names: scripts and others may have removed it and made another.
func (g *grant) openHeld(rel string) (r *os.Root, err error, ok bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if !g.currentLocked() {
		return nil, nil, false
	}
	r, err = openFolderIn(g.root, rel)
	return r, err, true
}

func (g *grant) currentLocked() bool {
	if g.root == nil {
		return false
	}
	info, err := os.Stat(g.at.real)
	return err == nil && os.SameFile(info, g.info)
}

func (g *grant) replaceLocked() error {
	g.dropLocked()
	root, err := openFolder(g.at.real)
	if err != nil {
		return err
	}
	info, err := root.Stat(".")
	if err != nil {
		root.Close()
		return err
	}
	g.root, g.info = root, info
	return nil
}

func (g *grant) dropLocked() {
	if g.root != nil {
		g.root.Close()
		g.root, g.info = nil, nil
	}
}

func (g *grant) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	g.dropLocked()
}

// inFolder makes opening fail for anything but a folder before it is opened:
// opening a pipe would wait for its other end, and opening a device can do
// things.
const inFolder = string(filepath.Separator) + "."

func openFolder(path string) (*os.Root, error) { return os.OpenRoot(path + inFolder) }

func openFolderIn(root *os.Root, rel string) (*os.Root, error) {
	return root.OpenRoot(rel + inFolder)
}
