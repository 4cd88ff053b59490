package host

import (
	"errors"
	"slices"

	"scripthost.example/wire"
)

// Bounds of what a worker can say of a line.
const (
	maxLineFile   = 32 << 10   // bytes of the name of a file
	maxLineNumber = 10_000_000 // of a line
)

// toolLines is the tool of BOOT that has a worker tell of lines.
const toolLines = "lines"

// A Line is a line of a script that is about to be run. All of it is the worker's
// claim.
type Line struct {
	// Call is the number of the call that runs it, as in Event; 0 is none: the script
	// is loaded, say.
	Call uint64
	// File is what positions of errors call the file; of TypeScript and the like it is
	// the one that was written, and not what was made of it. It is not empty, and may
	// be no file at all: of code that a script has made of text it is what that is
	// called.
	File string
	// Number is the line's, from 1 to 10,000,000. There need not be such a line.
	Number int
	// Worker and Generation are those of Event.
	Worker     int
	Generation string
}

// ErrNoLines is what Start says of a worker that cannot tell of lines, for
// Options.OnLine.
var ErrNoLines = errors.New("the worker does not tell which lines it runs (Options.OnLine, --trace lines): its program is another one, or of another version")

// onLine takes a LOG that tells of a line. Nothing in it has been checked.
func (w *Worker) onLine(l *wire.Log) error {
	switch {
	case l.Line < 1 || l.Line > maxLineNumber:
		return wire.Protocolf("a LOG of the line %d: lines are 1 to %d", l.Line, maxLineNumber)
	case l.File == "":
		return wire.Protocolf("a LOG of a line without a file")
	case len(l.File) > maxLineFile:
		return wire.Protocolf("a LOG of a line in a file whose name has %d bytes; it may have %d at most", len(l.File), maxLineFile)
	}
	w.mu.Lock()
	var number uint64
	if c := w.slotLocked(l.Call); c != nil {
		number = c.number
	}
	w.mu.Unlock()
	w.cb.add(callback{kind: lineCallback, size: len(l.File), what: &Line{
		Call: number, File: l.File, Number: l.Line, Worker: w.number(), Generation: w.version(),
	}})
	return nil
}

// checkTools refuses a worker that has not what it needs to tell of lines.
func (w *Worker) checkTools(r *wire.Ready) error {
	if w.opts.OnLine != nil && !slices.Contains(r.Tools, toolLines) {
		return ErrNoLines
	}
	return nil
}
