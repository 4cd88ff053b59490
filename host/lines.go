package host

import (
	"fmt"
	"regexp"
	"sync"
	"time"
)

// lines is what is known of the lines that the child's process writes to its
// standard output and standard error. The goroutine that reads them uses it, and
// once that has ended who ends the worker.
type lines struct {
	dying   bool // it has begun to say why it dies
	leaving bool // lines are left out for the moment
	left    int  // lines that were left out and not told of
	bytes   int64
}

// lastLines is how the report of a Go program begins that its runtime ends.
var lastLines = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(fatal error: |runtime: |runtime/cgo: |SIG[A-Z]+: )`)
})

// processLine takes a line that the child's process wrote to its standard
// output or standard error.
func (w *Worker) processLine(line string) {
	l := &w.lines
	if w.opts.Limits.Memory > 0 {
		// What the runtime prints when memory runs out tells of itself only.
		// ExitError.Stderr has it.
		l.dying = l.dying || lastLines().MatchString(line)
		if l.dying {
			return
		}
	}
	if !w.roomForLine() {
		l.left++
		l.bytes += int64(len(line)) + 1
		return
	}
	w.tellLinesLeft()
	w.cb.addLog(LogRecord{Level: "error", Message: line, Process: true}, len(line))
}

// roomForLine reports whether one more line may wait to be told. If there are
// too many it waits a little, which has the process wait too; but not for a
// callback that does not return.
func (w *Worker) roomForLine() bool {
	l := &w.lines
	size := w.backlog.bytes.Load()
	if l.leaving {
		l.leaving = size > backlogHigh/2
		return !l.leaving
	}
	if size <= backlogHigh {
		return true
	}
	patience := time.NewTimer(backlogPatience)
	defer patience.Stop()
	look := time.NewTicker(backlogPatience / 50)
	defer look.Stop()
	for {
		select {
		case <-look.C:
			if w.backlog.bytes.Load() <= backlogHigh {
				return true
			}
		case <-patience.C:
			l.leaving = true
			return false
		case <-w.peer.gone():
			return true // what it left is not much
		}
	}
}

// tellLinesLeft tells how many lines were left out, if any.
func (w *Worker) tellLinesLeft() {
	l := &w.lines
	if l.left == 0 {
		return
	}
	message := fmt.Sprintf("lines of the worker's process that are left out, because they came faster than they were taken here: %d (%d bytes)", l.left, l.bytes)
	l.left, l.bytes = 0, 0
	w.cb.addLog(LogRecord{Level: "warn", Message: message, Process: true}, len(message))
}
