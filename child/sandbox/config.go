package sandbox

import (
	"fmt"
	"time"
)

// A Mode says what happens where a protection is not to be had.
type Mode string

const (
	// Strict has Apply fail if one is missing.
	Strict Mode = "strict"
	// BestEffort has Apply go on without it.
	BestEffort Mode = "best-effort"
	// Off leaves all protections out. The limits that a Config names are set as
	// far as they can be.
	Off Mode = "off"
)

// DefaultStack is how far one goroutine's stack may grow, in bytes, where
// Config does not say: an eighth of what the Go runtime would allow.
const DefaultStack = 128 << 20

// How far the kernel's limits lie above what a Config says, in bytes. They are
// there for what the runtime needs beside the heap and for what a garbage
// collector cannot help: it frees what is unused only after it became so.
const (
	// DataHeadroom is for memory that is mapped and can be written: freed
	// memory that has not been used again yet, goroutines' stacks, and the
	// collector's own records.
	DataHeadroom = 32 << 20

	// AddressHeadroom is for memory that is reserved only: the runtime reserves
	// 64 MiB at a time. It also bounds what a child that was taken over can have
	// beyond DataHeadroom, by mapping over what it reserved: the kernel does not
	// count what a mapping replaces. From the runtime, which grows its heap like
	// that, seccomp keeps what is beyond DataHeadroom.
	AddressHeadroom = DataHeadroom + 64<<20

	// CPUHeadroom is how much later than Config.CPU the kernel kills, beside
	// the rounding up to a second: what the start took, and a margin for the
	// parent, who can say why it kills.
	CPUHeadroom = 2 * time.Second
)

// maxMemory is beyond any address space that there is: more is a mistake, and
// less cannot overflow.
const maxMemory = 1 << 52

// Config says what Apply does. It is a plain value.
type Config struct {
	// Mode is Strict, BestEffort or Off; anything else is an error.
	Mode Mode

	// Memory is how many bytes the script may use; 0: no limit. The garbage
	// collector keeps to it if it can (soft-memory). The kernel refuses memory
	// beyond what the process has mapped when Apply is called plus Memory plus
	// headroom: DataHeadroom for what can be written (rlimit-data),
	// AddressHeadroom for all (rlimit-as), and in a build with cgo, where each
	// thread has a C stack, ThreadHeadroom on top of either. Builds with the
	// race detector, which takes terabytes of addresses, set neither.
	// rlimit-data is the limit that counts; rlimit-as stops what it does not
	// count, such as shared mappings. Either exists on Linux only.
	Memory uint64

	// Stack is how many bytes one goroutine's stack may have, for 0
	// DefaultStack. What is beyond ends the process.
	Stack uint64

	// CPU is how much processor time the process may use; 0: no limit. The
	// kernel kills it when that, rounded up to seconds, and CPUHeadroom are
	// used up.
	CPU time.Duration

	// Profile allows the timer of the process's own processor time, which a profile of
	// that takes (setitimer with ITIMER_PROF).
	Profile bool

	// Keep are the descriptors that stay open beside 0, 1 and 2. One that is
	// not open is an error.
	Keep []int

	// Without names layers to leave out, in all modes: for tests that show
	// what a layer stops, by what happens without it. An unknown name is an
	// error.
	Without []string
}

// A MissingError says which protection is not to be had. Strict mode ends with
// it.
type MissingError struct {
	Layer string // its name, as in READY
	Err   error  // why
	Hint  string // how to get it
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("the protection %q is not to be had: %v. %s, or do without what is missing: mode %q", e.Layer, e.Err, e.Hint, BestEffort)
}

func (e *MissingError) Unwrap() error { return e.Err }

// A Layer is what a machine offers of one protection.
type Layer struct {
	Name      string
	Available bool
	Detail    string // "ABI 7", or why it is not available; may be empty
	Hint      string // how to get it
}
