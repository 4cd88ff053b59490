package driver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// Serve does jobs until standard input ends, and returns the exit status.
func Serve(p Peer) int {
	s := &server{peer: p}
	err := s.serve(json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout))
	if err := errors.Join(err, s.close()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// A server does the jobs of a driver, one after the other.
type server struct {
	peer  Peer
	kinds []string // of jobs that it can do
	// worker is the one that is called; nil before the first job that needs it.
	worker Worker
	held   []Worker // of Hold
	called []Worker // of Callers
	// loop is how far the function of pools counts to take 100 µs; 0 if that is not
	// known yet.
	loop int
}

func (s *server) serve(in *json.Decoder, out *json.Encoder) error {
	if o, ok := s.peer.(Only); ok {
		s.kinds = o.Only()
	} else {
		w, err := s.warm()
		if err != nil {
			return err
		}
		s.kinds = kinds(s.peer, w)
	}
	if err := out.Encode(Hello{Kinds: s.kinds, Version: s.peer.Version()}); err != nil {
		return err
	}
	for {
		var job Job
		if err := in.Decode(&job); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		o, err := s.do(job)
		if err != nil {
			o = Outcome{Error: err.Error()}
		}
		if err := out.Encode(o); err != nil {
			return err
		}
	}
}

// kinds returns the jobs that a peer and its workers can do.
func kinds(p Peer, w Worker) []string {
	all := []string{Latency, Start, Hold, Release}
	if _, ok := w.(Single); !ok {
		all = append(all, Calls, Callers)
	}
	if _, ok := w.(Streamer); ok {
		all = append(all, Stream)
	}
	if _, ok := w.(Emitter); ok {
		all = append(all, Events)
	}
	if o, ok := p.(Objects); ok {
		all = append(all, o.Forms()...)
	}
	if _, ok := p.(Sparer); ok {
		all = append(all, Spare)
	}
	if _, ok := p.(Pooler); ok {
		all = append(all, Pool)
	}
	if pairs, ok := p.(Pairer); ok {
		all = append(all, pairs.Pairs()...)
	}
	return all
}

// do does a job of one of s.kinds.
func (s *server) do(job Job) (Outcome, error) {
	if !slices.Contains(s.kinds, job.Kind) {
		return Outcome{}, fmt.Errorf("this driver cannot do jobs of the kind %q", job.Kind)
	}
	span := time.Duration(job.Millis) * time.Millisecond
	switch job.Kind {
	case Start:
		return starts(s.peer, span)
	case Spare:
		return spares(s.peer.(Sparer), span)
	case Hold:
		return s.hold(job.Workers)
	case Release:
		return Outcome{}, s.release()
	case Callers:
		return s.callers(job.Workers, span)
	case ObjectJSON, ObjectBinary:
		return objects(s.peer.(Objects), job.Kind, span)
	case Unused, Scheduling, Codec:
		return pair(s.peer.(Pairer), job.Kind, span)
	case Pool:
		return s.pool(s.peer.(Pooler), job.Workers, span)
	}
	w, err := s.warm()
	if err != nil {
		return Outcome{}, err
	}
	switch job.Kind {
	case Latency:
		return latency(w, job.Size, span)
	case Calls:
		return calls([]Worker{w}, job.Outstanding, job.Size, span)
	case Stream:
		return stream(w.(Streamer), span)
	case Events:
		return events(w.(Emitter), span)
	}
	return Outcome{}, fmt.Errorf("a job of the kind %q is not known", job.Kind)
}

// warm returns the worker that is called, and starts it first if need be.
func (s *server) warm() (Worker, error) {
	if s.worker == nil {
		w, err := s.peer.Start()
		if err != nil {
			return nil, err
		}
		s.worker = w
	}
	return s.worker, nil
}

// hold starts n workers and calls each.
func (s *server) hold(n int) (Outcome, error) {
	var o Outcome
	for i := range n {
		w, err := s.peer.Start()
		if err != nil {
			return o, err
		}
		s.held = append(s.held, w)
		answer, err := w.Call(number(i))
		if err == nil {
			err = right(number(i), answer)
		}
		if err != nil {
			return o, err
		}
		o.PIDs = append(o.PIDs, w.PID())
		o.Done++
		o.Right++
	}
	return o, nil
}

func (s *server) release() error {
	err := errors.Join(closeAll(s.held), closeAll(s.called))
	s.held, s.called = nil, nil
	return err
}

func (s *server) close() error {
	err := s.release()
	if s.worker != nil {
		err = errors.Join(err, s.worker.Close())
	}
	return err
}
