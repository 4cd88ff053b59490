package jobs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ackSubjects is what the subjects begin with by which the broker is told of deliveries.
const ackSubjects = "$JS.ACK."

// noteSpare is how much sooner than ackTime a note is too old: the broker may have counted
// from a moment before.
const noteSpare = 5 * time.Second

// noLeaderTime is the pause before a job is taken back again that nobody leads.
const noLeaderTime = 100 * time.Millisecond

// note notes in Options.Notes that a worker has a job, by the subject that the broker is told
// at what becomes of it, and returns the file.
func (q *Queue) note(m jetstream.Msg) string {
	meta, err := m.Metadata()
	if q.notes == "" || err != nil {
		return ""
	}
	file := filepath.Join(q.notes, fmt.Sprint(meta.Sequence.Stream))
	if err := os.WriteFile(file, []byte(m.Reply()), 0o600); err != nil {
		return "" // if this process is killed the job comes again later
	}
	return file
}

// takeBack has the broker give those jobs to somebody that were with workers of a process
// that was killed, by its notes. What is too old was given to somebody already.
func (q *Queue) takeBack(now time.Time) error {
	if err := os.MkdirAll(q.notes, 0o700); err != nil {
		return err
	}
	notes, err := os.ReadDir(q.notes)
	if err != nil {
		return err
	}
	var taken []takenBack
	for _, note := range notes {
		file := filepath.Join(q.notes, note.Name())
		info, err := note.Info()
		if err != nil {
			return err
		}
		subject, err := os.ReadFile(file)
		if err == nil {
			err = os.Remove(file)
		}
		if err != nil {
			return err
		}
		age := now.Sub(info.ModTime())
		if age < 0 || age > q.noteTime || !strings.HasPrefix(string(subject), ackSubjects) {
			continue
		}
		taken = append(taken, takenBack{string(subject), info.ModTime().Add(q.noteTime)})
	}
	return q.giveBack(taken)
}

// A takenBack is a job that the broker is to give to somebody.
type takenBack struct {
	subject string    // where it is told so
	until   time.Time // after that it gives the job to somebody by itself
}

// giveBack tells the broker, and where nobody hears that, as in a cluster that has no leader
// for these jobs yet, tells it again in the background. Only then it is: who had been given
// the job meanwhile would lose it again.
func (q *Queue) giveBack(jobs []takenBack) error {
	if len(jobs) == 0 {
		return nil
	}
	prefix := q.nc.NewInbox() + "."
	answers := make(chan *nats.Msg, len(jobs))
	sub, err := q.nc.ChanSubscribe(prefix+"*", answers)
	if err != nil {
		return err
	}
	tell := func(i int) error {
		return q.nc.PublishRequest(jobs[i].subject, prefix+strconv.Itoa(i), []byte("-NAK"))
	}
	for i := range jobs {
		if err := tell(i); err != nil {
			return errors.Join(err, sub.Unsubscribe())
		}
	}
	go q.tellAgain(jobs, prefix, sub, answers, tell)
	return nil
}

// tellAgain tells the broker of those jobs again of which the answer is that nobody has heard
// it, until they are too old.
func (q *Queue) tellAgain(jobs []takenBack, prefix string, sub *nats.Subscription, answers <-chan *nats.Msg, tell func(i int) error) {
	defer sub.Unsubscribe() // which fails where the connection has ended
	closed := q.nc.StatusChanged(nats.CLOSED)
	defer q.nc.RemoveStatusListener(closed)
	late := time.NewTimer(q.noteTime)
	defer late.Stop()
	pauses := time.NewTicker(noLeaderTime)
	defer pauses.Stop()
	var again []int
	for left := len(jobs); left > 0 && !q.nc.IsClosed(); {
		select {
		case m := <-answers:
			i, err := strconv.Atoi(strings.TrimPrefix(m.Subject, prefix))
			if err == nil && 0 <= i && i < len(jobs) && len(m.Data) == 0 && m.Header.Get("Status") == "503" {
				again = append(again, i)
			} else {
				left-- // whoever leads has it
			}
		case <-pauses.C:
			for _, i := range again {
				if time.Now().After(jobs[i].until) || tell(i) != nil {
					left--
				}
			}
			again = again[:0]
		case <-late.C:
			return
		case <-closed:
			return
		}
	}
}
