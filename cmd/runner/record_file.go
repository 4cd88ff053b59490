package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"scripthost.example/host"
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
	case l.Worker < 0 || l.Worker == 0 && l.Args != nil:
		return errors.New("it does not say which worker the call was sent to")
	case l.Host != "" && l.Host != moduleFunction && l.Number == 0:
		return errors.New("it does not say which host call of its worker it is")
	case l.Call > maxRow || l.Number > maxRow:
		return fmt.Errorf("the number %d is too great: it can be %d at most", max(l.Call, l.Number), uint64(maxRow))
	case l.Host != "" && (l.Results == nil) == (l.Thrown == nil):
		return errors.New("it does not say what the host call was answered")
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
