package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"scripthost.example/host"
	"scripthost.example/wire"
)

// recordVersion is that of the format that is written here.
const recordVersion = 1

// recordStart is how a record begins, whatever its version.
const recordStart = `{"record":`

// A recordHeader is the first line of a record: all that a run needs that is not an
// answer of the parent's. New keys may be added.
type recordHeader struct {
	Version    int              `json:"record"`
	Protocol   int              `json:"protocol"`
	Runner     string           `json:"runner"`
	Time       time.Time        `json:"time"`
	Script     recordScript     `json:"script"`
	Function   string           `json:"function"`
	Async      bool             `json:"async"`
	Init       string           `json:"init,omitempty"`
	InitArgs   []recordValue    `json:"init_args,omitempty"`
	Serialiser recordSerialiser `json:"serialiser"`
	JSON       bool             `json:"json"`
	Seed       *uint64          `json:"seed"`
	Clock      *time.Time       `json:"clock,omitempty"`
	Modules    []string         `json:"modules,omitempty"`
	Limits     recordLimits     `json:"limits"`
}

// A recordScript is the script itself. File is its absolute path; empty if it has
// none.
type recordScript struct {
	Name     string        `json:"name"`
	Language host.Language `json:"language"`
	File     string        `json:"file,omitempty"`
	Source   octetText     `json:"source"`
}

// A recordSerialiser has a source if it is from a file.
type recordSerialiser struct {
	Name   string    `json:"name"`
	Source octetText `json:"source,omitempty"`
}

// recordLimits are numbers of bytes, and of milliseconds; 0 is none.
type recordLimits struct {
	Memory  int64 `json:"memory,omitempty"`
	Payload int64 `json:"payload,omitempty"`
	CPU     int64 `json:"cpu_ms,omitempty"`
	Time    int64 `json:"call_ms,omitempty"`
}

// A recordLine is each other line: one of a call that was sent to a worker, of a host
// call that was answered, of a call that was answered.
type recordLine struct {
	Call   uint64 `json:"call,omitempty"` // 0: of no call
	Worker int    `json:"worker,omitempty"`
	// Of a call.
	Args *[]recordValue `json:"args,omitempty"`
	// Of a host call; Number is its place among those of its worker.
	Host    string         `json:"host,omitempty"`
	Number  uint64         `json:"n,omitempty"`
	Given   []recordValue  `json:"given,omitempty"`
	Results *[]recordValue `json:"results,omitempty"`
	Thrown  *host.Thrown   `json:"thrown,omitempty"`
	// Of an answer.
	Result *[]recordValue `json:"result,omitempty"`
	Error  *report        `json:"error,omitempty"`
}

// check refuses a line that is none of the three.
func (l *recordLine) check() error {
	kinds := 0
	for _, is := range []bool{l.Args != nil, l.Host != "", l.Result != nil, l.Error != nil} {
		if is {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return errors.New("it is neither a call, nor a host call, nor an answer")
	case l.Host == "" && l.Call == 0:
		return errors.New("it does not say which call it is about")
	case l.Host != "" && (l.Results == nil) == (l.Thrown == nil):
		return errors.New("it does not say what the host call was answered")
	}
	return nil
}

// A record is one that was read.
type record struct {
	name   string
	header recordHeader
	lines  []recordLine
	torn   bool // its last line was not written to its end
}

// readRecord reads a record. Its errors are for the user.
func readRecord(name string, in io.Reader) (*record, error) {
	r := &record{name: name}
	lines := bufio.NewReaderSize(in, 64<<10)
	if start, _ := lines.Peek(len(recordStart)); string(start) != recordStart {
		return nil, replayUsage("It has to be what 'runner --record FILE' has written", "%s is not a record", quoted(name))
	}
	for number := 1; ; number++ {
		text, err := lines.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return nil, replayUsage("", "cannot read the record %s: %v", quoted(name), plainError(err))
		}
		if err == io.EOF {
			r.torn = len(text) > 0
			if number == 1 {
				return nil, replayUsage("The run was ended before it began", "the record %s has not even its first line as a whole", quoted(name))
			}
			return r, nil
		}
		if number == 1 {
			if err := r.readHeader(text); err != nil {
				return nil, err
			}
			continue
		}
		var l recordLine
		if err = json.Unmarshal(text, &l); err == nil {
			err = l.check()
		}
		if err != nil {
			return nil, replayUsage("", "line %d of the record %s cannot be used: %v", number, quoted(name), err)
		}
		r.lines = append(r.lines, l)
	}
}

func (r *record) readHeader(text []byte) error {
	var version struct {
		Version  int `json:"record"`
		Protocol int `json:"protocol"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return replayUsage("", "line 1 of the record %s cannot be used: %v", quoted(r.name), err)
	}
	switch {
	case version.Version != recordVersion:
		return replayUsage("Replay it with the runner that has recorded it, or record it anew", "the record %s is of version %d, and this runner replays version %d", quoted(r.name), version.Version, recordVersion)
	case version.Protocol != wire.Version:
		return replayUsage("Replay it with the runner that has recorded it, or record it anew", "the record %s is of version %d of the protocol, and this runner speaks version %d", quoted(r.name), version.Protocol, wire.Version)
	}
	if err := json.Unmarshal(text, &r.header); err != nil {
		return replayUsage("", "line 1 of the record %s cannot be used: %v", quoted(r.name), err)
	}
	return nil
}

// openRecordFile opens the file of --record for writing, and empties it, unless there
// is something else in it than a record.
func openRecordFile(name string) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, plainError(err)
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		start := make([]byte, len(recordStart))
		n, readErr := io.ReadFull(file, start)
		switch {
		case n > 0 && !bytes.Equal(start[:n], []byte(recordStart)):
			err = errors.New("there is something else in it than a record, which would be lost")
		case readErr != nil && n == 0 && readErr != io.EOF:
			err = readErr
		default:
			if err = file.Chmod(0o600); err == nil { // it holds what the script was given
				if err = file.Truncate(0); err == nil {
					_, err = file.Seek(0, io.SeekStart)
				}
			}
		}
	}
	if err != nil {
		file.Close()
		return nil, plainError(err)
	}
	return file, nil
}

func replayUsage(hint, format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...), hint: hint, help: "runner replay"}
}
