package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxHeader is how long the first line of a journal can be: what has more in it is
// another file.
const maxHeader = 64 << 10

// A history is what a journal tells of the runs before. It does not change, but for
// held, which belongs to who reads the calls.
type history struct {
	name   string // of the journal
	header journalHeader
	begun  bool  // there is a header
	end    int64 // of its last record; what is behind it was torn off
	count  uint64
	last   uint64 // the call with the greatest number
	calls  numberSet
	held   map[uint64][]byte // lines that have not been written
	sums   sumList
}

// errNoJournal is the error of a file that is something else.
var errNoJournal = errors.New("it is no journal of the runner's")

// readJournal reads a journal; a file that is empty, or that ends in the middle of
// its first line, is one that has not begun.
func readJournal(name string, file io.Reader) (*history, error) {
	h := &history{name: name, held: make(map[uint64][]byte)}
	r := bufio.NewReaderSize(file, maxHeader)
	line, err := r.ReadSlice('\n')
	switch {
	case err == io.EOF && bytes.HasPrefix(line, []byte(headerStart)[:min(len(line), len(headerStart))]):
		return h, nil
	case err == io.EOF || err == bufio.ErrBufferFull:
		return nil, errNoJournal
	case err != nil:
		return nil, err
	}
	if !bytes.HasPrefix(line, []byte(headerStart)) || json.Unmarshal(line, &h.header) != nil {
		return nil, errNoJournal
	}
	if h.header.Version != journalVersion {
		return nil, fmt.Errorf("it is a journal of version %d, and this is version %d", h.header.Version, journalVersion)
	}
	h.begun, h.end = true, int64(len(line))
	for number := 2; ; number++ {
		record, err := r.ReadBytes('\n')
		switch {
		case err == io.EOF:
			return h, nil
		case err != nil:
			return nil, err
		case !h.add(strings.TrimSuffix(string(record), "\n")):
			return nil, fmt.Errorf("line %d of it is no record: it is damaged", number)
		}
		h.end += int64(len(record))
	}
}

// headerStart is how a journal starts.
const headerStart = `{"runner_journal":`

// add takes a record in, and reports whether it is one.
func (h *history) add(record string) bool {
	kind, rest, _ := strings.Cut(record, " ")
	digits, rest, hasSum := strings.Cut(rest, " ")
	number, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || number == 0 {
		return false
	}
	if kind == recordWritten {
		for held := range h.held {
			if held <= number {
				delete(h.held, held)
			}
		}
		return !hasSum
	}
	digits, line, hasLine := strings.Cut(rest, " ")
	sum, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || len(digits) != 8 || hasLine != (kind == recordHeld) {
		return false
	}
	switch kind {
	case recordAnswered:
	case recordHeld:
		if h.held[number], err = base64.StdEncoding.DecodeString(line); err != nil {
			return false
		}
	default:
		return false
	}
	if h.calls.add(number) {
		h.count++
	}
	h.last = max(h.last, number)
	h.sums.add(number, uint32(sum))
	return true
}

// has tells whether a call was answered; without a history none was.
func (h *history) has(number uint64) bool { return h != nil && h.calls.has(number) }

// check compares the sum of the calls up to one with what it was in the runs
// before.
func (h *history) check(number uint64, sum uint32) error {
	if h == nil || h.sums.match(number, sum) {
		return nil
	}
	return h.otherCalls(fmt.Sprintf("line %d of them, or one before it, is not what it was", number))
}

// checkEnd is told that there are no more calls than these.
func (h *history) checkEnd(calls uint64) error {
	if h == nil || calls >= h.last {
		return nil
	}
	return h.otherCalls(fmt.Sprintf("there are %d of them, and it knows the answer of call %d", calls, h.last))
}

func (h *history) otherCalls(why string) error {
	return usagef(anotherJournal, "the journal %s is one of other calls: %s", quoted(h.name), why)
}

// anotherJournal is the hint where a journal is not the right one.
const anotherJournal = "Name another file for these, or remove it to make all calls anew"

// A numberSet is a set of numbers that are mostly all there, a bit for each.
type numberSet struct {
	pages map[uint64]*[pageBits / 64]uint64
}

// pageBits is how many numbers a page is for.
const pageBits = 1 << 16

// add reports whether the number is new.
func (s *numberSet) add(number uint64) bool {
	page := s.pages[number/pageBits]
	if page == nil {
		if s.pages == nil {
			s.pages = make(map[uint64]*[pageBits / 64]uint64)
		}
		page = new([pageBits / 64]uint64)
		s.pages[number/pageBits] = page
	}
	word, bit := &page[number%pageBits/64], uint64(1)<<(number%64)
	isNew := *word&bit == 0
	*word |= bit
	return isNew
}

func (s *numberSet) has(number uint64) bool {
	page := s.pages[number/pageBits]
	return page != nil && page[number%pageBits/64]&(1<<(number%64)) != 0
}

// maxSums is how many sums a sumList has at most.
const maxSums = 1024

// A sumList has sums of a journal, as many as there are to some number, and then
// fewer: the first, the last, and some in between, in the order of their calls.
type sumList struct {
	list   []callSum
	last   callSum
	stride uint64
}

type callSum struct {
	number uint64
	sum    uint32
}

func (l *sumList) add(number uint64, sum uint32) {
	if number <= l.last.number {
		return
	}
	l.last = callSum{number, sum}
	if n := len(l.list); n > 0 && number-l.list[n-1].number < l.stride {
		return
	}
	l.list = append(l.list, l.last)
	if len(l.list) == maxSums {
		for i := range maxSums / 2 {
			l.list[i] = l.list[2*i]
		}
		l.list = l.list[:maxSums/2]
		l.stride = max(1, 2*l.stride)
	}
}

// match compares the sum of a call with the one that the list has of it, if it
// does. It is called with rising numbers, and drops what was compared.
func (l *sumList) match(number uint64, sum uint32) bool {
	for len(l.list) > 0 && l.list[0].number < number {
		l.list = l.list[1:]
	}
	if len(l.list) > 0 && l.list[0].number == number {
		return l.list[0].sum == sum
	}
	return l.last.number != number || l.last.sum == sum
}
