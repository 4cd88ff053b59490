package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"
)

// maxStoreMemory is how much of a store is kept in memory: what is larger goes to a
// temporary file, which a small one does without.
const maxStoreMemory = 4 << 20

// A store is a file without a name, or a piece of memory while it is small. What was
// not written reads as zeros, to any offset. Its zero value is empty. It is not safe
// for concurrent use.
type store struct {
	memory []byte
	file   *os.File // nil while it is in memory
	size   int64    // to the end of what was written
}

// WriteAt implements io.WriterAt.
func (s *store) WriteAt(p []byte, offset int64) (int, error) {
	end := offset + int64(len(p))
	if s.file == nil && end > maxStoreMemory {
		if err := s.spill(); err != nil {
			return 0, storeError(err)
		}
	}
	s.size = max(s.size, end)
	if s.file != nil {
		n, err := s.file.WriteAt(p, offset)
		return n, storeError(err)
	}
	if end > int64(len(s.memory)) {
		s.memory = append(s.memory, make([]byte, end-int64(len(s.memory)))...)
	}
	return copy(s.memory[offset:], p), nil
}

// spill moves what there is to a file.
func (s *store) spill() error {
	file, err := os.CreateTemp("", "runner-replay-*") // for its owner only
	if err != nil {
		return err
	}
	if runtime.GOOS != "windows" {
		_ = os.Remove(file.Name()) // it ends with us, whatever we die of
	}
	if _, err := file.WriteAt(s.memory, 0); err != nil {
		closeTemporary(file)
		return err
	}
	s.file, s.memory = file, nil
	return nil
}

// ReadAt implements io.ReaderAt.
func (s *store) ReadAt(p []byte, offset int64) (int, error) {
	if offset >= s.size {
		return 0, io.EOF
	}
	if s.file != nil {
		n, err := s.file.ReadAt(p, offset)
		if err != io.EOF {
			err = storeError(err)
		}
		return n, err
	}
	n := copy(p, s.memory[offset:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// clear makes it empty.
func (s *store) clear() {
	if s.file != nil {
		closeTemporary(s.file)
	}
	*s = store{}
}

func closeTemporary(file *os.File) {
	file.Close()
	if runtime.GOOS == "windows" {
		_ = os.Remove(file.Name())
	}
}

// storeError says where there was no room.
func storeError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("cannot write what is to be found again in the record to the folder for temporary files, %s (TMPDIR names another one): %w", os.TempDir(), plainError(err))
}

// A table is rows of numbers, by their number; a row that was not put is zeros. Row is
// a struct of a fixed size. Its zero value is empty. It is not safe for concurrent use.
type table[Row any] struct {
	store store
	buf   []byte // for a row that is written
	block []byte // rows that were read together
	first int64  // the offset of block
}

// maxRow is the greatest number of a row.
const maxRow = 1 << 32

// rowsRead is how many rows are read at a time.
const rowsRead = 256

func (t *table[Row]) width() int64 { return int64(binary.Size(*new(Row))) }

func (t *table[Row]) put(n uint64, row Row) error {
	if n > maxRow {
		return fmt.Errorf("the number %d is too great: it can be %d at most", n, uint64(maxRow))
	}
	t.buf, _ = binary.Append(t.buf[:0], binary.LittleEndian, row) // its size is fixed
	offset := int64(n) * t.width()
	if at := offset - t.first; at >= 0 && at < int64(len(t.block)) {
		copy(t.block[at:], t.buf)
	}
	_, err := t.store.WriteAt(t.buf, offset)
	return err
}

func (t *table[Row]) get(n uint64) (row Row, err error) {
	width := t.width()
	offset := int64(n) * width
	if n > maxRow || offset >= t.store.size {
		return row, nil
	}
	octets := t.block
	at := offset - t.first
	switch {
	case t.store.file == nil:
		octets, at = t.store.memory, offset
	case at < 0 || at >= int64(len(t.block)):
		if t.block == nil {
			t.block = make([]byte, rowsRead*width)
		}
		read, err := t.store.ReadAt(t.block, offset)
		if err != nil && err != io.EOF {
			t.block = nil
			return row, err
		}
		clear(t.block[read:])
		octets, t.first, at = t.block, offset, 0
	}
	_, err = binary.Decode(octets[at:at+width], binary.LittleEndian, &row)
	return row, err
}

func (t *table[Row]) clear() {
	t.store.clear()
	t.block, t.first = nil, 0
}
