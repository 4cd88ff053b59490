package host

import (
	"errors"
	"strings"

	"scripthost.example/wire"
)

// What a child that never became ready may need.
const (
	hintStdio   = "; it greeted on its standard output: set Options.Stdio (--stdio) if that is its stream"
	hintClassic = "; if it speaks the classic dialect, set Options.Wire to Classic (--wire classic)"
	hintSocket  = "; if its stream is its descriptor 3, leave Options.Stdio (--stdio) out"
	hintPipes   = "; if its stream is its standard input and output, set Options.Stdio (--stdio)"
	hintBanner  = "; the classic dialect has no greeting, so nothing but frames may be on the stream: no banner, for instance"
)

// hintLocked is what may be wrong with how another program was started as the
// child, given how its stream ended; mostly it is empty.
func (w *Worker) hintLocked(err error, gone exit) string {
	if len(w.opts.Command) == 0 {
		return ""
	}
	classic := w.opts.Wire == Classic
	broken := errors.Is(err, ErrProtocol) || errors.As(err, new(*wire.TooLargeError))
	switch {
	case errors.As(err, new(*wire.GreetingError)), errors.As(err, new(*wire.VersionError)):
		return "" // it says enough
	case !w.opts.Stdio && strings.Contains(gone.output, wire.GreetingStart):
		return hintStdio
	case classic && w.opts.Stdio && broken && !w.heard:
		return hintBanner
	case !classic && !w.isReady && broken:
		return hintClassic
	case classic && !w.rd.Started() && w.outstanding > 0 && gone.code == 0 && w.opts.Stdio:
		return hintSocket
	case classic && !w.rd.Started() && w.outstanding > 0 && gone.code == 0:
		return hintPipes
	}
	return ""
}

// hintLate is what may be wrong with a command that said nothing before the time
// for its start was over.
func (w *Worker) hintLate() string {
	if len(w.opts.Command) == 0 {
		return ""
	}
	return hintClassic
}
