package host

import (
	"fmt"
	"time"
)

// cpuInterval is how often the processor time of a worker that has a limit is
// looked at: how far it can be over it.
const cpuInterval = 25 * time.Millisecond

// watchCPU kills the worker once it has used more processor time than it may. The
// kernel's own limit is in whole seconds, and a Go program does not notice its
// warning.
func (w *Worker) watchCPU() {
	limit := w.opts.Limits.CPU
	t := time.NewTicker(cpuInterval)
	defer t.Stop()
	for {
		select {
		case <-w.peer.gone():
			return
		case <-t.C:
		}
		used, ok := cpuTime(w.peer.pid())
		if !ok {
			return // then the kernel's limit has to do
		}
		if used > limit {
			w.killForLimit(w.cpuError(nil))
			return
		}
	}
}

func (w *Worker) cpuError(cause error) *LimitError {
	limit := w.opts.Limits.CPU
	return &LimitError{
		Limit: "cpu", Max: uint64(limit), Cause: cause,
		Message: fmt.Sprintf("the worker used up the processor time that it may use: %v (Limits.CPU)", limit),
	}
}
