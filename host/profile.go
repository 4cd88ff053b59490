package host

import (
	"bytes"
	"errors"
	"fmt"
)

// A Profile is a kind of profile that a worker can make of itself.
type Profile string

// The kinds of profiles. A worker's program has to import
// scripthost.example/child/profile for them.
const (
	// ProfileCPU is of the processor time of the worker's process: of the functions of
	// its program, in Go.
	ProfileCPU Profile = "cpu"
	// ProfileHeap is of the memory that the worker's process has in use at its end, and
	// of all that it has allocated, by functions of its program.
	ProfileHeap Profile = "heap"
	// ProfileScript is of the time that functions and lines of the script take.
	ProfileScript Profile = "script"
)

// MaxProfile is the greatest size of a profile, in bytes.
const MaxProfile = 64 << 20

// A WorkerProfile is the profile of one worker.
type WorkerProfile struct {
	Kind Profile
	// Worker and Generation are those of Event.
	Worker     int
	Generation string
	// Data is the profile as the worker has made it, in the format that "go tool pprof"
	// reads. What it says is the worker's claim.
	Data []byte
}

// checkProfile refuses what makes no profile.
func (o *Options) checkProfile() error {
	switch o.Profile {
	case "":
		if o.OnProfile != nil {
			return errors.New("Options.OnProfile is set without Options.Profile: there will be no profile")
		}
		return nil
	case ProfileCPU, ProfileHeap, ProfileScript:
	default:
		return fmt.Errorf("Options.Profile is %q: there are %q, %q and %q", o.Profile, ProfileCPU, ProfileHeap, ProfileScript)
	}
	if o.OnProfile == nil {
		return errors.New("Options.Profile is set without Options.OnProfile: nobody would get the profile")
	}
	return nil
}

// profileFunction is the built-in function that takes a profile in parts.
const profileFunction = "runner.profile"

// gzipMagic is what a profile begins with.
var gzipMagic = []byte{0x1f, 0x8b}

// takeProfile takes a part of the worker's profile, and whether it is the last one.
func (w *Worker) takeProfile(args []any) error {
	if w.opts.Profile == "" {
		return errors.New("nobody wants a profile of this worker")
	}
	if len(args) != 2 {
		return fmt.Errorf("%s takes 2 arguments, not %d", profileFunction, len(args))
	}
	part, isBytes := args[0].([]byte)
	last, isBool := args[1].(bool)
	if !isBytes || !isBool {
		return fmt.Errorf("%s takes bytes and a boolean", profileFunction)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch size := len(w.profile) + len(part); {
	case w.profiled:
		return errors.New("the worker has sent its profile already")
	case size > MaxProfile:
		return &LimitError{Limit: "profile", Size: uint64(size), Max: MaxProfile, Message: fmt.Sprintf("the profile is larger than %d MiB", MaxProfile>>20)}
	}
	w.profile = append(w.profile, part...)
	if !last {
		return nil
	}
	data := w.profile
	w.profile, w.profiled = nil, true
	if !bytes.HasPrefix(data, gzipMagic) {
		return errors.New("that is no profile")
	}
	p := WorkerProfile{Kind: w.opts.Profile, Worker: w.number(), Generation: w.version(), Data: data}
	w.cb.add(callback{kind: exitCallback, size: len(data), what: func() { w.opts.OnProfile(p) }})
	return nil
}
