package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"scripthost.example/host"
)

// resumePath is the absolute path of the file of --resume, or "".
func (f *jobFlags) resumePath() string {
	path, err := filepath.Abs(f.resume)
	if f.resume == "" || err != nil {
		return "" // and the file cannot be opened either
	}
	return path
}

// openJournal opens the journal of --resume, and reads what is in it.
func (f *runFlags) openJournal(script *host.Script, calls *os.File) (*journal, *history, error) {
	refuse := func(err error) (*journal, *history, error) {
		if usage := (*usageError)(nil); errors.As(err, &usage) {
			return nil, nil, err
		}
		return nil, nil, usagef("", "--resume %s: %v", quoted(f.resume), plainError(err))
	}
	file, err := os.OpenFile(f.resume, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return refuse(err)
	}
	header := f.journalHeader(script)
	h := &history{name: f.resume}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() { // anything else can only be written
		if err = lockJournal(file); err == nil {
			h, err = readJournal(f.resume, file)
		}
		if other, e := calls.Stat(); err == nil && e == nil && os.SameFile(info, other) {
			err = errors.New("it is the file of the calls")
		}
		if err == nil && h.begun {
			err = h.header.check(header, f.resume)
		}
		if err == nil {
			err = file.Truncate(h.end) // what is behind that was torn off
		}
	}
	j := &journal{file: file, name: f.resume, sums: make(map[uint64]uint32)}
	if err == nil && !h.begun {
		err = j.begin(header)
	}
	if err != nil {
		file.Close()
		return refuse(err)
	}
	return j, h, nil
}

// journalHeader says what the calls of this run are calls of.
func (f *runFlags) journalHeader(script *host.Script) journalHeader {
	h := journalHeader{Version: journalVersion, JSON: f.json, Output: f.output.value}
	if script == nil {
		h.Command = f.exec.text
		return h
	}
	h.Function = f.function
	text := []byte(f.eval)
	switch {
	case f.script == stdin:
		return h
	case f.script != "":
		h.Script = f.script
		if path, err := filepath.Abs(f.script); err == nil {
			h.Script = path
		}
		var err error
		if text, err = os.ReadFile(f.script); err != nil {
			return h // it was read a moment ago, and is told apart by its name
		}
	}
	sum := sha256.Sum256(text)
	h.SHA256 = hex.EncodeToString(sum[:])
	return h
}

// check refuses a journal with the header h for a run that would write now. A script
// that was changed is the same one: the calls that have failed may be why.
func (h journalHeader) check(now journalHeader, name string) error {
	what := ""
	switch {
	case h.Command != now.Command && h.Command == "":
		what = "another worker: one that was sent its script"
	case h.Command != now.Command:
		what = "another worker: --exec " + quoted(h.Command)
	case h.Script != now.Script && (h.SHA256 != now.SHA256 || h.SHA256 == ""), h.Script == "" && h.SHA256 != now.SHA256:
		what = "another script: " + orNone(h.Script)
	case h.Function != now.Function:
		what = "another function: " + h.Function
	case h.JSON && !now.JSON:
		what = "calls in JSON (--json)"
	case h.JSON != now.JSON:
		what = "calls that are not in JSON (no --json)"
	case h.Output != now.Output:
		what = "another output: --output " + h.Output
	default:
		return nil
	}
	return usagef(anotherJournal, "the journal %s is one of %s", quoted(name), what)
}

func orNone(s string) string {
	if s == "" {
		return "one without a file"
	}
	return quoted(s)
}

// edited tells whether the script is the same one with another text.
func (h *history) edited(now journalHeader) bool {
	return h.begun && h.header.SHA256 != now.SHA256
}

// checkCalls compares the calls of a file with those of the runs before, before any
// is made. What is not a regular file is compared as it is read.
func (h *history) checkCalls(file *os.File) error {
	if h.last == 0 {
		return nil
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	offset, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil // it will be told when it is read
	}
	compare := comparison{h: h}
	lines := newLineReader(io.NewSectionReader(file, offset, info.Size()), lineLimits{})
	for number := uint64(1); number <= h.last; number++ {
		switch _, err := lines.next(); {
		case err == io.EOF:
			return compare.end(number - 1)
		case err != nil && err != errLongLine:
			return nil // as above
		}
		if err := compare.line(number, lines.sum); err != nil {
			return err
		}
	}
	return nil
}

// lockTime is how long a journal may be held by a run that has just been killed.
const lockTime = time.Second

// lockJournal keeps others from writing this journal. The lock ends with the
// process.
func lockJournal(file *os.File) error {
	for end := time.Now().Add(lockTime); ; time.Sleep(lockTime / 100) {
		taken, err := tryLock(file)
		if err != nil || taken {
			return err
		}
		if time.Now().After(end) {
			return errors.New("another run is using it")
		}
	}
}
