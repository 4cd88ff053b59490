package main

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"scripthost.example/host"
	"scripthost.example/wire"
)

// A recorder writes what the worker of a run is given and what it answers. It is an
// observer.
type recorder struct {
	file *os.File
	fail func(error) // told once that it cannot be written
	dead bool
}

var _ observer = (*recorder)(nil)

// recordPath is the absolute path of the file of --record, or "".
func (f *runFlags) recordPath() string {
	path, err := filepath.Abs(f.record)
	if f.record == "" || err != nil {
		return "" // and the file cannot be opened either
	}
	return path
}

// checkRecord refuses what cannot be recorded. given tells which flags there are.
func (f *runFlags) checkRecord(given func(string) bool) error {
	if !given("record") {
		return nil
	}
	switch {
	case f.record == "":
		return usagef("", "--record is empty: it is the name of a file")
	case f.record == stdin:
		return usagef(dashHint, "--record - names no file: standard output has the results")
	case f.wire.value == string(host.Classic):
		return usagef("", "--record is given with --wire classic: what a classic worker asks for is not known here")
	case f.jobs.value > 1:
		return usagef("Leave --jobs out", "--record is given with --jobs %d: a record is of one worker at a time", f.jobs.value)
	case f.watch:
		return usagef("Leave one of them out", "--record is given with --watch: a record is of one version of a script")
	case f.idempotent:
		return usagef("Leave one of them out", "--record is given with --idempotent: a record has each call once")
	}
	return nil
}

// openRecorder begins the record of a session whose options are set, but for
// observers. It fixes the random numbers: they are part of what a run is given.
func (f *runFlags) openRecorder(s *session) (*recorder, error) {
	refuse := func(err error) (*recorder, error) {
		return nil, usagef("", "--record %s: %v", quoted(f.record), plainError(err))
	}
	if s.opts.Seed == nil {
		var b [8]byte
		_, _ = rand.Read(b[:]) // it never fails
		s.opts.Seed = new(binary.BigEndian.Uint64(b[:]))
	}
	h := recordHeader{
		Version: recordVersion, Protocol: wire.Version, Runner: version(), Time: time.Now().UTC().Truncate(time.Millisecond),
		Script:   recordScript{Name: s.script.Name(), Language: s.script.Language(), Source: octetText(s.script.Source())},
		Function: s.opts.Function, Async: s.opts.Async, Init: s.opts.Init, InitArgs: recordValues(s.opts.InitArgs),
		Serialiser: recordSerialiser{Name: s.opts.Serialiser.Name()}, JSON: f.json,
		Seed: s.opts.Seed, Modules: s.opts.Grants.Modules,
		Limits: recordLimits{
			Memory: s.opts.Limits.Memory, Payload: s.opts.Limits.Payload,
			CPU: s.opts.Limits.CPU.Milliseconds(), Time: s.opts.Limits.CallTime.Milliseconds(),
		},
	}
	if !s.opts.Clock.IsZero() {
		h.Clock = new(s.opts.Clock.UTC())
	}
	if s.custom != nil {
		h.Serialiser.Source = octetText(s.custom.text)
	}
	if f.script != "" && f.script != stdin {
		path, err := filepath.Abs(f.script)
		if err != nil {
			return refuse(err)
		}
		h.Script.File = path
	}
	file, err := openRecordFile(f.record)
	if err != nil {
		return refuse(err)
	}
	r := &recorder{file: file, fail: s.recordFailed}
	if err := r.write(h); err != nil {
		file.Close()
		return refuse(err)
	}
	s.reload.open = func() (*host.Script, error) { return s.script, nil } // it is the one that is recorded
	return r, nil
}

func (r *recorder) write(line any) error {
	text, err := json.Marshal(line)
	if err == nil {
		_, err = r.file.Write(append(text, '\n')) // at once: what was begun can be torn off at any time
	}
	return err
}

func (r *recorder) add(l recordLine) {
	if r.dead {
		return
	}
	if err := r.write(l); err != nil {
		r.dead = true
		r.fail(fmt.Errorf("cannot write the record, so no more calls are made: %w", plainError(err)))
	}
}

func (r *recorder) sent(number uint64, worker int, args []any) {
	list := recordValues(args)
	r.add(recordLine{Call: number, Worker: worker, Args: &list})
}

func (r *recorder) hostCall(number uint64, c host.HostCall, results []any, err error, _ time.Duration) {
	l := recordLine{Call: number, Worker: c.Worker, Host: c.Name, Number: c.Number, Given: recordValues(c.Args)}
	if l.Thrown = host.ThrownBy(err); err == nil {
		list := recordValues(results)
		l.Results = &list
	}
	r.add(l)
}

func (r *recorder) line(uint64, host.Line) {}
func (r *recorder) event(uint64, []any)    {}

func (r *recorder) answered(number uint64, results []any, err error, _ time.Duration) {
	l := recordLine{Call: number}
	if err != nil {
		l.Error = newReport(err)
	} else {
		list := recordValues(results)
		l.Result = &list
	}
	r.add(l)
}

// recordFailed ends the run: it was to be recorded. It is called by an observer, and
// must not wait for the session.
func (s *session) recordFailed(err error) {
	go func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.diag.note(err.Error())
		s.status = max(s.status, exitFailed)
		s.stopCalls()
	}()
}
