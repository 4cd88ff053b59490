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
	calls  answeredCalls
	held   map[uint64][]byte // lines that have not been written
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
	if h.calls.add(number, uint32(sum)) {
		h.count++
	}
	h.last = max(h.last, number)
	return true
}

// has tells whether a call was answered; without a history none was.
func (h *history) has(number uint64) bool { return h != nil && h.calls.has(number) }

// A comparison compares the lines of calls with those that were answered in the runs
// before.
type comparison struct {
	h   *history // nil if there is none
	sum uint64   // of the page of the last call
}

// line takes in the next line. Lines are compared by the page: of many answers that is
// all that a history knows.
func (c *comparison) line(number uint64, sum uint32) error {
	if c.h == nil || number > c.h.last {
		return nil
	}
	if c.h.has(number) {
		c.sum += mixed(number, sum)
	}
	if number%pageCalls < pageCalls-1 && number < c.h.last {
		return nil
	}
	first := max(1, number/pageCalls*pageCalls)
	if c.sum != c.h.calls.sum(number) {
		return c.h.otherCalls(fmt.Sprintf("of those that were answered one is not what it was, from line %d to line %d", first, number))
	}
	c.sum = 0
	return nil
}

// end is told how many lines there are.
func (c *comparison) end(lines uint64) error {
	if c.h == nil || lines >= c.h.last {
		return nil
	}
	return c.h.otherCalls(fmt.Sprintf("there are %d of them, and it knows the answer of call %d", lines, c.h.last))
}

func (h *history) otherCalls(why string) error {
	return usagef(anotherJournal, "the journal %s is one of other calls: %s", quoted(h.name), why)
}

// anotherJournal is the hint where a journal is not the right one.
const anotherJournal = "Name another file for these, or remove it to make all calls anew"

// answeredCalls are the numbers of calls, most of which are there, and sums of their
// lines: a bit for each call, and a sum for each page.
type answeredCalls struct {
	pages map[uint64]*answeredPage
}

type answeredPage struct {
	calls [pageCalls / 64]uint64
	sum   uint64
}

// pageCalls is how many calls a page is for.
const pageCalls = 1 << 10

// add reports whether the call is new.
func (a *answeredCalls) add(number uint64, sum uint32) bool {
	page := a.pages[number/pageCalls]
	if page == nil {
		if a.pages == nil {
			a.pages = make(map[uint64]*answeredPage)
		}
		page = new(answeredPage)
		a.pages[number/pageCalls] = page
	}
	word, bit := &page.calls[number%pageCalls/64], uint64(1)<<(number%64)
	if *word&bit != 0 {
		return false
	}
	*word |= bit
	page.sum += mixed(number, sum)
	return true
}

func (a *answeredCalls) has(number uint64) bool {
	page := a.pages[number/pageCalls]
	return page != nil && page.calls[number%pageCalls/64]&(1<<(number%64)) != 0
}

// sum is that of all lines in the page of a call.
func (a *answeredCalls) sum(number uint64) uint64 {
	if page := a.pages[number/pageCalls]; page != nil {
		return page.sum
	}
	return 0
}

// mixed makes of the sum of a line one that can be added to those of others.
func mixed(number uint64, sum uint32) uint64 {
	x := number<<32 ^ uint64(sum)
	x = (x ^ x>>31) * 0x9e3779b97f4a7c15 // any odd number, with bits everywhere
	return x ^ x>>29
}
