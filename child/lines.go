package child

import (
	"scripthost.example/child/engine"
	"scripthost.example/wire"
)

// toolLines has the worker tell of each line that it runs.
const toolLines = "lines"

// maxLineFile is how much is told of the name of a file, in bytes: that of code made
// of text is the script's to choose.
const maxLineFile = 4 << 10

// A lineTracer tells the parent of the lines that the script runs.
type lineTracer struct {
	w *worker
	// What was told last, or belonged to it.
	call *engine.Call
	at   *engine.Line
	turn uint64
}

// reached tells of a line that is about to be run, unless it is the one that was told
// last and the script has not gone back in it. It has been written when this returns:
// what the line does may be the end of the process.
func (t *lineTracer) reached(ec *engine.Call, at *engine.Line) {
	w, c := t.w, callOf(ec)
	l := wire.Log{Level: string(engine.LevelDebug), File: shortText(at.File, maxLineFile), Line: at.Line}
	w.mu.Lock()
	turn := w.turns
	if c != nil && !c.answered { // else the id may be another call's by now
		l.Call = c.ID
	}
	w.mu.Unlock()
	last := t.at
	goesOn := last != nil && t.call == ec && t.turn == turn && last.Line == at.Line && last.Order < at.Order && last.File == at.File
	t.call, t.at, t.turn = ec, at, turn
	if goesOn {
		return
	}
	w.control(wire.KindLog, 0, &l)
	w.out.flush()
}
