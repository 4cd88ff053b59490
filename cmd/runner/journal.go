package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
)

// journalVersion is that of the format that is written here.
const journalVersion = 1

// A journalHeader is the first line of a journal: what its calls are calls of. A
// line of JSON; new keys may be added.
type journalHeader struct {
	Version  int    `json:"runner_journal"`
	Script   string `json:"script,omitempty"`  // the absolute path of its file
	SHA256   string `json:"sha256,omitempty"`  // of the script's text, where that is known
	Command  string `json:"command,omitempty"` // of a worker that brings its own script
	Function string `json:"function,omitempty"`
	JSON     bool   `json:"json"`
	Output   string `json:"output"`
}

// Each other line of a journal is a record. A sum is that of the call's line, as eight
// hexadecimal digits.
const (
	// recordAnswered is "answered NUMBER SUM": the call was answered, and its results
	// have been written.
	recordAnswered = "answered"
	// recordHeld is "held NUMBER SUM BASE64": it was answered, and this is its line of
	// output, which waits for those of earlier calls.
	recordHeld = "held"
	// recordWritten is "written NUMBER": the lines of all calls up to this one that
	// were held have been written.
	recordWritten = "written"
)

// A journal is the file in which a run notes which of its calls have been answered,
// for another run to go on where this one has ended, however it did. A call that
// failed is not noted: it is made again.
//
// A record is written when the call's results are with the kernel, in one write, and
// so is it itself then: nothing that ends this process loses it. It is not synced to
// the disk before the end of the run, as the results are not either.
//
// The methods of a nil journal do nothing. They are not called concurrently.
type journal struct {
	file *os.File
	name string
	sums map[uint64]uint32 // of calls that have no answer yet
	buf  []byte            // records to be written
	fail func(error)       // told once that a record cannot be written
	dead bool              // it was told
}

// taken notes that a call is to be made.
func (j *journal) taken(number uint64, sum uint32) {
	if j != nil {
		j.sums[number] = sum
	}
}

// answered notes that the results of a call have been written.
func (j *journal) answered(number uint64) {
	if j != nil {
		j.appendRecord(recordAnswered, number)
		j.buf = append(j.buf, '\n')
	}
}

// held notes the line of a call that waits for those of earlier ones.
func (j *journal) held(number uint64, line []byte) {
	if j != nil {
		j.appendRecord(recordHeld, number)
		j.buf = append(j.buf, ' ')
		j.buf = base64.StdEncoding.AppendEncode(j.buf, line)
		j.buf = append(j.buf, '\n')
	}
}

// written notes that all lines up to that of a call have been.
func (j *journal) written(number uint64) {
	if j != nil {
		j.buf = append(j.buf, recordWritten+" "...)
		j.buf = strconv.AppendUint(j.buf, number, 10)
		j.buf = append(j.buf, '\n')
	}
}

// failed notes that a call has no results.
func (j *journal) failed(number uint64) {
	if j != nil {
		delete(j.sums, number)
	}
}

func (j *journal) appendRecord(kind string, number uint64) {
	j.buf = append(j.buf, kind...)
	j.buf = append(j.buf, ' ')
	j.buf = strconv.AppendUint(j.buf, number, 10)
	j.buf = fmt.Appendf(j.buf, " %08x", j.sums[number])
	delete(j.sums, number)
}

// flush writes what was noted.
func (j *journal) flush() {
	if j == nil || len(j.buf) == 0 {
		return
	}
	if !j.dead {
		if _, err := j.file.Write(j.buf); err != nil {
			j.failWith(err)
		}
	}
	if cap(j.buf) > 1<<20 {
		j.buf = nil // of a long line
	}
	j.buf = j.buf[:0]
}

func (j *journal) failWith(err error) {
	if !j.dead {
		j.dead = true
		j.fail(fmt.Errorf("cannot write the journal %s: %w", quoted(j.name), plainError(err)))
	}
}

// begin writes the first line of a new journal.
func (j *journal) begin(h journalHeader) error {
	line, err := json.Marshal(h)
	if err != nil {
		return err
	}
	_, err = j.file.Write(append(line, '\n'))
	return err
}

// close ends the use of the journal. What the disk has to say of it comes here.
func (j *journal) close() {
	if j == nil {
		return
	}
	if info, err := j.file.Stat(); err == nil && info.Mode().IsRegular() && !j.dead {
		if err := j.file.Sync(); err != nil {
			j.failWith(err)
		}
	}
	if err := j.file.Close(); err != nil {
		j.failWith(err)
	}
}
