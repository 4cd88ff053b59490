package host

import (
	"container/list"
	"crypto/sha256"
	"encoding/binary"
	"sync"
)

// Bounds of what is kept of bundled scripts.
const (
	maxBundles    = 64
	maxBundleSize = 64 << 20 // of all together, in bytes
)

// moduleFirst is the host function that serves files of a script.
const moduleFirst = "runner.module.first"

// bundles are the scripts that this process has bundled.
var bundles = newBundleCache()

// A bundleKey is the hash of all that is known of a script before it is bundled.
type bundleKey [sha256.Size]byte

// An askedFile is one host call of a bundler's, and what came of it.
type askedFile struct {
	paths []any
	path  string // of the file that was found; empty if there was none
	hash  [sha256.Size]byte
}

// record keeps what a bundler asked for, unless that is more than can be kept. It
// is called by one goroutine of many.
func (b *bundled) record(paths, results []any) error {
	asked := askedFile{paths: paths}
	asked.path, asked.hash = foundFile(results)
	if asked.path != "" {
		if err := b.files.add(asked.path, asked.hash); err != nil {
			return err
		}
	}
	size := 128
	for _, p := range paths {
		text, _ := p.(string)
		size += 32 + len(text)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sealed {
		return nil // its size, too, is what the cache has counted
	}
	switch b.size += size; {
	case b.size > maxBundleSize:
		b.asked = nil
	default:
		b.asked = append(b.asked, asked)
	}
	return nil
}

// seal ends the recording: a child may ask for more than it needs.
func (b *bundled) seal() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sealed = true
	b.files.seal()
	b.size += len(b.code) + b.files.size
}

// handOver notes which file a child is about to get. A bundler's are those of the
// script that it bundles.
func (w *Worker) handOver(paths, results []any) error {
	if w.opts.onModule != nil {
		return w.opts.onModule(paths, results)
	}
	if w.handed.isSealed() {
		return nil
	}
	if name, hash := foundFile(results); name != "" {
		return w.handed.add(name, hash)
	}
	return nil
}

// foundFile is which file the results of runner.module.first are, and its hash.
func foundFile(results []any) (path string, hash [sha256.Size]byte) {
	if len(results) != 2 {
		return "", hash
	}
	path, _ = results[0].(string)
	data, _ := results[1].([]byte)
	return path, sha256.Sum256(data)
}

// stillHolds reports whether every file that went into made is what it was, and
// every one that was looked for in vain is still not there.
func (w *Worker) stillHolds(made *bundled) bool {
	for _, asked := range made.asked {
		results, err := w.broker.Call(w.ctx, moduleFirst, asked.paths)
		if err != nil {
			return false
		}
		if path, hash := foundFile(results); path != asked.path || hash != asked.hash {
			return false
		}
	}
	return true
}

// bundleKey is the key of the script in this worker.
func (w *Worker) bundleKey(script *Script) bundleKey {
	h := sha256.New()
	texts := append([]string{script.name, script.folder, string(script.source)}, w.moduleNames(script)...)
	for _, text := range append(texts, w.nearbyNames(script)...) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
		h.Write([]byte(text))
	}
	return bundleKey(h.Sum(nil))
}

// A bundleCache keeps bundled scripts, those that were used last. It is safe for
// concurrent use.
type bundleCache struct {
	mu       sync.Mutex // guards what follows
	entries  map[bundleKey]*list.Element
	used     list.List // of *bundleEntry, the last used first
	size     int
	underWay map[bundleKey]chan struct{} // closed when it is over
}

func newBundleCache() *bundleCache {
	return &bundleCache{entries: make(map[bundleKey]*list.Element), underWay: make(map[bundleKey]chan struct{})}
}

type bundleEntry struct {
	key  bundleKey
	made *bundled
}

// find returns what was made, or what tells that it has been, if somebody is at
// it; or neither: then the caller makes it, and calls made.
func (c *bundleCache) find(key bundleKey) (*bundled, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[key]; e != nil {
		c.used.MoveToFront(e)
		return e.Value.(*bundleEntry).made, nil
	}
	if wait := c.underWay[key]; wait != nil {
		return nil, wait
	}
	c.underWay[key] = make(chan struct{})
	return nil, nil
}

// made takes what find has had made; nil if that failed.
func (c *bundleCache) made(key bundleKey, made *bundled) {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.underWay[key])
	delete(c.underWay, key)
	if made == nil || made.size > maxBundleSize {
		return
	}
	if e := c.entries[key]; e != nil {
		c.dropLocked(e)
	}
	c.entries[key] = c.used.PushFront(&bundleEntry{key, made})
	c.size += made.size
	for c.used.Len() > maxBundles || c.size > maxBundleSize {
		c.dropLocked(c.used.Back())
	}
}

// forget drops what does not hold any more.
func (c *bundleCache) forget(key bundleKey, made *bundled) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[key]; e != nil && e.Value.(*bundleEntry).made == made {
		c.dropLocked(e)
	}
}

func (c *bundleCache) dropLocked(e *list.Element) {
	entry := e.Value.(*bundleEntry)
	c.used.Remove(e)
	delete(c.entries, entry.key)
	c.size -= entry.made.size
}
