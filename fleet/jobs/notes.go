package jobs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// ackSubjects is what the subjects begin with by which the broker is told of deliveries.
const ackSubjects = "$JS.ACK."

// noteSpare is how much sooner than ackTime a note is too old: the broker may have counted
// from a moment before.
const noteSpare = 5 * time.Second

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
		if age < 0 || age > ackTime-noteSpare || !strings.HasPrefix(string(subject), ackSubjects) {
			continue
		}
		if err := q.nc.Publish(string(subject), []byte("-NAK")); err != nil {
			return err
		}
	}
	return nil
}
