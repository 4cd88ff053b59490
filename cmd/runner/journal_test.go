//go:build unix

package main

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
)

const testHeader = headerStart + `1,"script":"/x.lua","json":false,"output":"text"}` + "\n"

// What of a journal counts, and what is torn off or damaged.
func TestReadJournal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in    string
		calls []uint64
		held  map[uint64]string
		end   int // of what was not torn off; -1 is the end of in
		err   string
	}{
		{in: ""},
		{in: "{"},
		{in: headerStart},
		{in: strings.TrimSuffix(testHeader, "\n")},
		{in: testHeader, end: -1},
		{in: testHeader + "answered 1 00000000\nanswered 3 0000000a\n", calls: []uint64{1, 3}, end: -1},
		{in: testHeader + "answered 1 00000000\nanswered 3 0000000a", calls: []uint64{1}, end: len(testHeader) + 20},
		{in: testHeader + "\x00\x00\x00\x00", end: len(testHeader)},
		{in: testHeader + "held 2 00000000 YWIK\nheld 3 00000000 Cg==\n", calls: []uint64{2, 3}, held: map[uint64]string{2: "ab\n", 3: "\n"}, end: -1},
		{in: testHeader + "held 2 00000000 YWIK\nheld 4 00000000 Cg==\nanswered 1 00000000\nwritten 2\n", calls: []uint64{1, 2, 4}, held: map[uint64]string{4: "\n"}, end: -1},
		{in: "a\nb\n", err: errNoJournal.Error()},
		{in: "a", err: errNoJournal.Error()},
		{in: "{}\n", err: errNoJournal.Error()},
		{in: headerStart + "x\n", err: errNoJournal.Error()},
		{in: strings.Repeat(" ", maxHeader+1), err: errNoJournal.Error()},
		{in: headerStart + "0}\n", err: "version 0"},
		{in: testHeader + "\n", err: "line 2 of it is no record"},
		{in: testHeader + "answered 1 00000000\nanswered\n", err: "line 3"},
		{in: testHeader + "answered 0 00000000\n", err: "line 2"},
		{in: testHeader + "answered -1 00000000\n", err: "line 2"},
		{in: testHeader + "answered 1 0\n", err: "line 2"},
		{in: testHeader + "answered 1 0000000g\n", err: "line 2"},
		{in: testHeader + "answered 1 00000000 Cg==\n", err: "line 2"},
		{in: testHeader + "held 1 00000000\n", err: "line 2"},
		{in: testHeader + "held 1 00000000 !\n", err: "line 2"},
		{in: testHeader + "written 1 00000000\n", err: "line 2"},
		{in: testHeader + "seen 1 00000000\n", err: "line 2"},
		{in: testHeader + "answered 99999999999999999999 00000000\n", err: "line 2"},
	} {
		h, err := readJournal("j", strings.NewReader(test.in))
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q: %v, want %s", test.in, err, test.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", test.in, err)
			continue
		}
		if test.end < 0 {
			test.end = len(test.in)
		}
		var calls []uint64
		for n := range uint64(10) {
			if h.has(n) {
				calls = append(calls, n)
			}
		}
		held := make(map[uint64]string)
		for n, line := range h.held {
			held[n] = string(line)
		}
		if !slices.Equal(calls, test.calls) || h.count != uint64(len(calls)) || !maps.Equal(held, test.held) || h.end != int64(test.end) {
			t.Errorf("%q: calls %v (%d), held %v, end %d; want %v, %v, %d", test.in, calls, h.count, held, h.end, test.calls, test.held, test.end)
		}
	}
}

// What is written is what is read.
func TestJournalRecords(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	j := &journal{file: file, name: path, sums: make(map[uint64]uint32)}
	header := journalHeader{Version: journalVersion, Script: "/x.lua", Output: "text"}
	if err := j.begin(header); err != nil {
		t.Fatal(err)
	}
	for n := range uint64(6) {
		j.taken(n, uint32(n)<<28)
	}
	j.held(2, []byte("two\xff\n"))
	j.held(5, []byte("\n"))
	j.failed(3)
	j.answered(1)
	j.written(2)
	j.flush()
	j.answered(4)
	j.flush()
	j.close()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := readJournal(path, strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if h.header != header || h.count != 4 || h.last != 5 || h.has(3) || !h.has(4) ||
		!reflect.DeepEqual(h.held, map[uint64][]byte{5: []byte("\n")}) || h.calls.sum(5) != mixed(1, 1<<28)+mixed(2, 2<<28)+mixed(4, 4<<28)+mixed(5, 5<<28) {
		t.Errorf("%q is read as %+v", text, h)
	}
	if len(j.sums) != 1 {
		t.Errorf("%d calls are outstanding, want 1", len(j.sums))
	}
}

// A journal that cannot be written tells so, once.
func TestJournalFull(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	var told []error
	j := &journal{file: full, name: "j", sums: make(map[uint64]uint32), fail: func(err error) { told = append(told, err) }}
	for n := range uint64(3) {
		j.answered(n + 1)
		j.flush()
	}
	j.close()
	if len(told) != 1 || !errors.Is(told[0], syscall.ENOSPC) {
		t.Errorf("it tells %v", told)
	}
}

// Two runs cannot have one journal.
func TestLockJournal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	var files [2]*os.File
	for i := range files {
		var err error
		if files[i], err = os.Create(path); err != nil {
			t.Fatal(err)
		}
		defer files[i].Close()
	}
	if err := lockJournal(files[0]); err != nil {
		t.Fatal(err)
	}
	if err := lockJournal(files[1]); err == nil || err.Error() != "another run is using it" {
		t.Error(err)
	}
	files[0].Close()
	if err := lockJournal(files[1]); err != nil {
		t.Error(err)
	}
}

// Calls of which one that was answered has changed are found, however many there are,
// and all others pass.
func TestComparison(t *testing.T) {
	t.Parallel()
	for _, count := range []int{1, 2, pageCalls - 2, pageCalls - 1, pageCalls, pageCalls + 1, 10*pageCalls + 5} {
		lines := make([]string, count)
		for i := range lines {
			lines[i] = fmt.Sprintf("call %d", i)
		}
		h := &history{}
		for _, i := range rand.Perm(count) {
			if i%10 != 3 { // the others were not answered
				sum := crc32.Checksum([]byte(lines[i]), sums)
				h.calls.add(uint64(i+1), sum)
				h.calls.add(uint64(i+1), sum) // nothing new
				h.last = max(h.last, uint64(i+1))
			}
		}
		same := func() bool {
			compare := comparison{h: h}
			r := newLineReader(strings.NewReader(strings.Join(lines, "\n")), lineLimits{})
			for number := uint64(1); ; number++ {
				if _, err := r.next(); err == io.EOF {
					return compare.end(number-1) == nil
				}
				if compare.line(number, r.sum) != nil {
					return false
				}
			}
		}
		if !same() {
			t.Errorf("%d: the calls are not taken for the same", count)
		}
		for range 30 {
			at := rand.IntN(count)
			before := lines[at]
			lines[at] += "x"
			if same() == h.has(uint64(at+1)) {
				t.Errorf("%d: with line %d changed the calls are taken for the same: %v", count, at+1, same())
			}
			lines[at] = before
		}
		if count > 4 {
			lines[0], lines[1] = lines[1], lines[0]
			if same() {
				t.Errorf("%d: with two lines in each other's place the calls are taken for the same", count)
			}
		}
		if lines = lines[:h.last-1]; same() {
			t.Errorf("%d: %d are taken for the same", count, len(lines))
		}
	}
}

func TestAnsweredCalls(t *testing.T) {
	t.Parallel()
	var a answeredCalls
	for _, n := range []uint64{0, 1, 63, 64, pageCalls - 1, pageCalls, 5 * pageCalls, 1<<64 - 1} {
		if a.has(n) || !a.add(n, 7) || a.add(n, 7) || !a.has(n) || a.has(n^2) {
			t.Errorf("%d", n)
		}
	}
}
