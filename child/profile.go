package child

import (
	"fmt"
	"runtime"
	"sync"

	"scripthost.example/child/engine"
)

// A StartProfile begins a profile of this process, or of what the VM runs, which it
// may not use otherwise, and returns what ends it, and hands it over in the format of
// pprof. Both are called by the holder of the VM.
type StartProfile func(vm engine.VM) (stop func() ([]byte, error), err error)

var profilers struct {
	mu     sync.Mutex
	byKind map[string]StartProfile
}

// RegisterProfiler has workers of this program make profiles of a kind when their
// parents want them to. It is for packages that do that; programs import
// [scripthost.example/child/profile]. It may be called by any goroutine.
func RegisterProfiler(kind string, start StartProfile) {
	profilers.mu.Lock()
	defer profilers.mu.Unlock()
	if profilers.byKind == nil {
		profilers.byKind = make(map[string]StartProfile)
	}
	profilers.byKind[kind] = start
}

// profileFunction is the host function that takes a profile, in parts, each with
// whether it is the last.
const profileFunction = "runner.profile"

// profilePart is how large a part is at most.
const profilePart = 256 << 10

// startProfile begins the profile that BOOT asks for.
func (w *worker) startProfile(vm engine.VM) (err error) {
	kind := w.boots.Profile
	if kind == "" {
		return nil
	}
	if w.exit == nil { // it would be of other people's work, too
		return &engine.Error{Kind: engine.KindScript, Message: "a worker that shares its process with the program that called Serve makes no profiles"}
	}
	profilers.mu.Lock()
	start := profilers.byKind[kind]
	profilers.mu.Unlock()
	if start == nil {
		return &engine.Error{Kind: engine.KindScript, Message: fmt.Sprintf("the worker's program makes no profiles of the kind %q: it imports scripthost.example/child/profile for that", kind)}
	}
	w.stopProfile, err = start(vm)
	return err
}

// sendProfile ends the profile and hands it to the parent, as the last that the worker
// does.
func (w *worker) sendProfile(stop func() ([]byte, error)) {
	data, err := stop()
	size := int(min(profilePart, max(1, w.maxPayload/2)))
	for last := false; err == nil && !last; {
		part := data[:min(size, len(data))]
		data = data[len(part):]
		last = len(data) == 0
		waitErr := w.Wait(nil, func(wake func()) {
			w.HostCall(nil, profileFunction, []any{part, last}, func(_ []any, callErr error) {
				err = callErr
				wake()
			})
		})
		if waitErr != nil {
			return // the parent is gone
		}
	}
	if err != nil {
		w.Log(nil, engine.LevelError, "there is no profile: "+err.Error(), nil)
	}
}

// profileNothing turns off what the runtime would do in advance for a profile of the
// heap, in programs that can make one.
func profileNothing() { runtime.MemProfileRate = 0 }
