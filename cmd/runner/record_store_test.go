package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
)

// A store is the same in memory and in a file.
func TestStore(t *testing.T) {
	t.Parallel()
	var s store
	defer s.clear()
	want := make([]byte, maxStoreMemory+1000)
	for _, at := range []int64{0, 100, 50, maxStoreMemory - 3, maxStoreMemory + 990, 7} {
		text := []byte("text")
		if _, err := s.WriteAt(text, at); err != nil {
			t.Fatal(err)
		}
		copy(want[at:], text)
		if inFile := at+4 > maxStoreMemory || s.file != nil; inFile != (s.file != nil) {
			t.Errorf("at %d: in a file is %v", at, !inFile)
		}
	}
	if s.file == nil || s.size != maxStoreMemory+994 {
		t.Errorf("the size is %d", s.size)
	}
	got := make([]byte, len(want))
	n, err := s.ReadAt(got, 0)
	if int64(n) != s.size || err != io.EOF || !bytes.Equal(got[:n], want[:n]) {
		t.Errorf("read %d, %v", n, err)
	}
	if _, err := s.ReadAt(got, s.size); err != io.EOF {
		t.Error(err)
	}
	s.clear()
	if _, err := s.ReadAt(got, 0); err != io.EOF || s.file != nil {
		t.Error("it is not empty", err)
	}
}

// A row is what was put last, wherever the table is.
func TestTable(t *testing.T) {
	t.Parallel()
	var rows table[answerRow]
	defer rows.clear()
	want := make(map[uint64]answerRow)
	for _, n := range []uint64{1, 3, 2, 300, 3, maxRow, 1 << 20, 1<<20 + 1, 1 << 20, 2, maxRow} {
		row := answerRow{Line: n, Call: uint64(len(want)), Before: 1<<64 - 1}
		if err := rows.put(n, row); err != nil {
			if n == maxRow { // a file system may have no files as large
				continue
			}
			t.Fatal(err)
		}
		want[n] = row
		for n, row := range want {
			if got, err := rows.get(n); err != nil || got != row {
				t.Fatalf("row %d is %v, %v; want %v", n, got, err, row)
			}
		}
		for _, n := range []uint64{0, 4, 299, 301, 1<<20 - 1, 1<<20 + 2, maxRow + 1} {
			if got, err := rows.get(n); err != nil || got != (answerRow{}) {
				t.Fatalf("row %d is %v, %v; want none", n, got, err)
			}
		}
	}
	if err := rows.put(maxRow+1, answerRow{}); err == nil {
		t.Error("a row with a number that is too great is put")
	}
}

// Where there is no room for a temporary file the error names the folder.
func TestStoreWithoutFolder(t *testing.T) {
	t.Setenv("TMPDIR", "/nowhere at all")
	var s store
	defer s.clear()
	_, err := s.WriteAt([]byte("x"), maxStoreMemory)
	if !errors.Is(err, os.ErrNotExist) || !bytes.Contains([]byte(err.Error()), []byte("/nowhere at all (TMPDIR names another one)")) {
		t.Error(err)
	}
}
