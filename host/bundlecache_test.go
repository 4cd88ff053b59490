package host

import (
	"strings"
	"testing"
)

// What is kept is bounded, in number and in size, and what was used last stays.
func TestBundleCache(t *testing.T) {
	t.Parallel()
	c := newBundleCache()
	put := func(n byte, size int) {
		t.Helper()
		if made, wait := c.find(bundleKey{n}); made != nil || wait != nil {
			t.Fatalf("%d is there: %v, %v", n, made, wait)
		}
		_, wait := c.find(bundleKey{n})
		c.made(bundleKey{n}, &bundled{size: size})
		<-wait // which would be for ever
	}
	has := func(n byte) bool {
		e := c.entries[bundleKey{n}]
		return e != nil
	}
	for n := range byte(maxBundles) {
		put(n, 1)
	}
	c.find(bundleKey{0})
	put(100, 1)
	if !has(0) || has(1) || !has(2) || len(c.entries) != maxBundles {
		t.Errorf("%d are kept: %v %v %v", len(c.entries), has(0), has(1), has(2))
	}
	put(101, maxBundleSize+1)
	if has(101) {
		t.Error("what is too large is kept")
	}
	put(102, maxBundleSize-1)
	if !has(102) || len(c.entries) != 2 || c.size != maxBundleSize { // and what was put before
		t.Errorf("%d are kept, of %d bytes", len(c.entries), c.size)
	}
	made, _ := c.find(bundleKey{102})
	c.forget(bundleKey{102}, new(bundled)) // another one
	if !has(102) {
		t.Error("another one was forgotten")
	}
	c.forget(bundleKey{102}, made)
	if has(102) || c.size != 1 || c.used.Len() != 1 {
		t.Errorf("%d bytes, %d are left", c.size, c.used.Len())
	}
	c.find(bundleKey{103})
	c.made(bundleKey{103}, nil) // it failed
	if has(103) || len(c.underWay) != 0 {
		t.Error("a failure is kept")
	}
}

// A bundler that asks for more than can be kept does not fill the parent.
func TestBundleRecord(t *testing.T) {
	t.Parallel()
	b := new(bundled)
	paths := []any{strings.Repeat("x", 1<<20)}
	for range 100 {
		b.record(paths, nil)
	}
	if b.asked != nil || b.size < maxBundleSize {
		t.Errorf("%d records, %d bytes", len(b.asked), b.size)
	}
	b = new(bundled)
	b.record(paths, []any{"a", []byte("b")})
	b.seal()
	sealed := b.size
	b.record(paths, nil)
	if b.size != sealed { // the cache takes off what it has added
		t.Errorf("%d bytes are counted, %d once it was sealed", b.size, sealed)
	}
	if len(b.asked) != 1 || b.asked[0].path != "a" {
		t.Errorf("%v", b.asked)
	}
}

// What is not a script is not taken for one.
func TestBundleAnswer(t *testing.T) {
	t.Parallel()
	for _, out := range [][]any{nil, {[]byte("x")}, {"x", []any{}}, {[]byte("x"), "y"}, {[]byte("x"), []any{}, nil}} {
		if err := new(bundled).take(out); err == nil {
			t.Errorf("%v was taken", out)
		}
	}
	b := new(bundled)
	if err := b.take([]any{[]byte("x"), []any{"w", 1}}); err != nil || string(b.code) != "x" || len(b.warnings) != 1 {
		t.Errorf("%v, %+v", err, b)
	}
}
