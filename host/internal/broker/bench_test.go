package broker

import (
	"path/filepath"
	"testing"
)

func BenchmarkStat(b *testing.B)     { benchmark(b, "stat", "a/b/file") }
func BenchmarkReadFile(b *testing.B) { benchmark(b, "readfile", "a/b/file") }

func benchmark(b *testing.B, name, path string) {
	dir := tree(b, map[string]string{"a/b/file": "text"})
	broker := newBroker(b, all(dir))
	path = filepath.Join(dir, path)
	b.ReportAllocs()
	for b.Loop() {
		must(b, broker, name, path)
	}
}

func BenchmarkRead(b *testing.B) {
	dir := tree(b, map[string]string{"file": "text"})
	broker := newBroker(b, all(dir))
	h := must(b, broker, "open", filepath.Join(dir, "file"), "r", int64(0))[0]
	b.ReportAllocs()
	for b.Loop() {
		must(b, broker, "read", h, int64(100))
	}
}
