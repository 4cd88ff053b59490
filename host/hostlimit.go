package host

import (
	"context"
	"fmt"
	"strings"

	"scripthost.example/wire"
)

const (
	// maxRefusals is how many bytes of refusals of host calls may wait to be
	// written before the worker is taken for one that does not read them.
	maxRefusals = 16 << 20
	// fileOperations and wholeFiles are how many operations on files run at a
	// time, and how many of those that hand over all of a file or folder: what
	// these hold is not known until they have it.
	fileOperations = 16
	wholeFiles     = 2
)

// A hostUse is what host calls hold. Worker.mu guards it.
type hostUse struct {
	calls    int   // that run, or whose answers are not written
	bytes    int64 // of the arguments of those, or of their answers
	refusals int64 // bytes of refusals that are not written
}

func (u *hostUse) add(v hostUse) {
	u.calls += v.calls
	u.bytes += v.bytes
	u.refusals += v.refusals
}

func (u *hostUse) subtract(v hostUse) {
	u.calls -= v.calls
	u.bytes -= v.bytes
	u.refusals -= v.refusals
}

// maxHostBytes is what the arguments and answers of host calls may take.
func (w *Worker) maxHostBytes() int64 { return 2 * w.opts.Limits.Payload }

// admitHostCallLocked counts a host call with arguments of so many bytes, or
// returns why there is no room for it.
func (w *Worker) admitHostCallLocked(size int64) error {
	if max := w.opts.Limits.HostCalls; w.hostUse.calls >= max {
		return &LimitError{
			Limit: "host calls", Size: uint64(w.hostUse.calls) + 1, Max: uint64(max),
			Message: fmt.Sprintf("there are %d outstanding calls of the parent's functions, the most that a worker can have: wait for some of them first", max),
		}
	}
	if err := w.hostBytesLocked(size); err != nil {
		return err
	}
	w.hostUse.add(hostUse{calls: 1, bytes: size})
	return nil
}

// hostBytesLocked returns why so many bytes more are too many.
func (w *Worker) hostBytesLocked(size int64) error {
	total, max := w.hostUse.bytes+size, w.maxHostBytes()
	if total <= max {
		return nil
	}
	return &LimitError{
		Limit: "host call bytes", Size: uint64(total), Max: uint64(max),
		Message: fmt.Sprintf("the outstanding calls of the parent's functions take more than %d bytes, arguments and results: make fewer of them at a time, or raise the payload limit", max),
	}
}

// refuseHostCallLocked answers a host call that was not admitted.
func (w *Worker) refuseHostCallLocked(id, hostID uint32, why error) error {
	frame := throwFrame(hostID, why)
	wire.PutHeader(frame, wire.ControlID(wire.KindThrow, id))
	use := hostUse{refusals: int64(len(frame))}
	if w.hostUse.refusals+use.refusals > maxRefusals {
		return wire.Protocolf("host calls without end: %v, and the worker does not read that", why)
	}
	w.hostUse.add(use)
	w.addAnswerLocked(frame, use)
	return nil
}

// answerHostCallLocked has the answer of an admitted host call written, or a
// refusal instead if too much is waiting. size is that of its arguments.
func (w *Worker) answerHostCallLocked(id, hostID uint32, size int64, frame []byte, kind wire.Kind) {
	w.hostUse.bytes -= size
	if err := w.hostBytesLocked(int64(len(frame))); err != nil && kind == wire.KindReturn {
		frame, kind = throwFrame(hostID, err), wire.KindThrow
	}
	wire.PutHeader(frame, wire.ControlID(kind, id))
	w.hostUse.bytes += int64(len(frame))
	w.addAnswerLocked(frame, hostUse{calls: 1, bytes: int64(len(frame))})
}

// addAnswerLocked adds a frame that stands for what use counts, until it is
// written.
func (w *Worker) addAnswerLocked(frame []byte, use hostUse) {
	if w.ended || w.out.failed { // nothing is written any more
		w.hostUse.subtract(use)
		return
	}
	w.addControlLocked(frame)
	w.out.answers.add(use)
}

// fileSlots bounds the operations on files that run at a time.
type fileSlots struct{ whole, other chan struct{} }

func newFileSlots() fileSlots {
	return fileSlots{make(chan struct{}, wholeFiles), make(chan struct{}, fileOperations)}
}

// take waits until a built-in function may run, and returns what is to be called
// when it has.
func (s fileSlots) take(ctx context.Context, name string) (done func(), err error) {
	var slot chan struct{}
	switch {
	case name == "runner.fs.readfile", name == "runner.fs.readdir", name == "runner.module.first":
		slot = s.whole
	case strings.HasPrefix(name, "runner.fs."):
		slot = s.other
	default:
		return func() {}, nil
	}
	select {
	case slot <- struct{}{}:
		return func() { <-slot }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
