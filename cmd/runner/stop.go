package main

import (
	"errors"
	"fmt"

	"scripthost.example/host"
)

// take has a call of the input be made, unless the run is to end.
func (s *session) take(c call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped() {
		return false
	}
	s.next = c.number + 1
	s.out.begin(c.number)
	if c.held != nil {
		s.out.restore(c.number, c.held)
		if s.out.err() != nil {
			s.stopCalls()
		}
		return true
	}
	s.journal.taken(c.number, c.sum)
	return true
}

// failedLocked ends the run if a failure is a reason to.
func (s *session) failedLocked(number uint64, err error) {
	switch {
	case s.strict && notACall(err):
		s.endLocked(fmt.Sprintf("line %d is not a call (--strict)", number))
	case s.maxFailures > 0 && s.failed.Load() >= s.maxFailures:
		s.endLocked(fmt.Sprintf("%s failed (--max-failures)", count1000(s.failed.Load(), "call")))
		s.enough = true
	}
}

// endLocked has no more calls made, for a reason that is told.
func (s *session) endLocked(why string) {
	if s.stopped() {
		return // it ends already
	}
	s.stopCalls()
	s.diag.note(fmt.Sprintf("%s: no calls are made from line %d on", why, s.next))
}

// notACall reports whether the error of a call is about what its line says.
func notACall(err error) bool {
	return errors.As(err, new(*lineError)) ||
		host.OutcomeOf(err) == host.NotSent && (errors.As(err, new(*host.SerialiseError)) || errors.Is(err, host.ErrTooLarge))
}

// journalFailed ends the run: what cannot be noted would be done twice. It is called
// with s.mu held.
func (s *session) journalFailed(err error) {
	s.status = max(s.status, exitFailed)
	if s.finished {
		s.diag.note(err.Error())
		return
	}
	s.endLocked(err.Error())
}

// tellResumed tells that some calls will not be made.
func (s *session) tellResumed(before *history, edited bool) {
	if before.count == 0 {
		return
	}
	verb := "were"
	if before.count == 1 {
		verb = "was"
	}
	s.diag.note(fmt.Sprintf("%s %s answered before, as the journal %s says, and will not be made",
		count1000(before.count, "call"), verb, quoted(before.name)))
	if edited {
		s.diag.note("note: the script has been changed since")
	}
}

// tellResume tells how calls that were not made can be, after a signal or too many
// failures.
func (s *session) tellResume(in *input) {
	signal := s.signal.Load() != 0
	if signal {
		<-s.signaled // which is told first
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !in.many, s.out.err() != nil, !s.enough && (!signal || s.lastCall):
	case s.journal != nil:
		s.diag.note("the same command goes on with the calls that were not answered: the journal " + quoted(s.journal.name) + " has the others")
	case s.answered.Load() > 0:
		s.diag.note("the same command makes all calls again; with --resume FILE it would go on with those that were not answered")
	}
}

// endJournal closes the journal.
func (s *session) endJournal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finished = true
	s.journal.close()
}
