package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"

	"scripthost.example/bench/driver"
)

// patience is how long a driver may take to start, for a job beside the time that it
// measures, and to end.
const patience = time.Minute

// A session is a driver that runs.
type session struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *json.Decoder
	stderr *strings.Builder
	hello  driver.Hello
}

// open starts a driver and waits until it can be given jobs.
func open(ctx context.Context, command []string, pinned bool) (*session, error) {
	s := &session{cmd: exec.CommandContext(ctx, command[0], command[1:]...), stderr: new(strings.Builder)}
	s.cmd.Stderr = s.stderr
	ownGroup(s.cmd)
	s.cmd.Cancel = s.kill // when ctx ends
	// A child of a driver that was killed could hold on to its standard error.
	s.cmd.WaitDelay = time.Second
	var err error
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = json.NewDecoder(stdout)
	if pinned {
		err = startPinned(s.cmd)
	} else {
		err = s.cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	if err := s.next(&s.hello, patience); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// next reads what the driver says.
func (s *session) next(v any, within time.Duration) error {
	late := time.AfterFunc(within, func() { s.kill() })
	err := s.out.Decode(v)
	if !late.Stop() {
		return fmt.Errorf("%s did not answer within %v", s.cmd, within)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.cmd, err)
	}
	return nil
}

// can reports whether the driver can do jobs of a kind.
func (s *session) can(kind string) bool { return slices.Contains(s.hello.Kinds, kind) }

// do has the driver do a job. That an answer was wrong is an error.
func (s *session) do(job driver.Job) (driver.Outcome, error) {
	var o driver.Outcome
	if err := json.NewEncoder(s.in).Encode(job); err != nil {
		return o, fmt.Errorf("%s has ended: %w", s.cmd, err)
	}
	if err := s.next(&o, patience+10*time.Duration(job.Millis)*time.Millisecond); err != nil {
		return o, err
	}
	switch {
	case o.Error != "":
		return o, errors.New(o.Error)
	case o.Done != o.Right:
		return o, fmt.Errorf("of %d answers %d are known to be right", o.Done, o.Right)
	case o.Done == 0 && job.Kind != driver.Release:
		return o, errors.New("no call was answered")
	}
	return o, nil
}

func (s *session) pid() int { return s.cmd.Process.Pid }

// kill ends the driver and its workers at once.
func (s *session) kill() error { return killGroup(s.cmd) }

// close ends the driver, and returns an error if it did not end well.
func (s *session) close() error {
	s.in.Close()
	late := time.AfterFunc(patience, func() { s.kill() })
	defer late.Stop()
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(s.cmd.Args, " "), err, strings.TrimSpace(s.stderr.String()))
	}
	return nil
}
