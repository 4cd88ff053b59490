package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

var (
	dataSize     = implementation{apply: applyDataSize, probe: probeMemory}
	addressSpace = implementation{apply: applyAddressSpace, probe: probeMemory}
)

var errRace = fmt.Errorf("%w: the race detector takes terabytes of addresses", errLeftOut)

func applyDataSize(p *process) error {
	if raceEnabled {
		return errRace
	}
	if err := shrinkStacks(); err != nil {
		return err
	}
	_, data, err := sizes()
	if err != nil {
		return err
	}
	end, err := heapEnd()
	if err != nil {
		return err
	}
	if err := limitMemory(unix.RLIMIT_DATA, data+p.Memory+DataHeadroom+ThreadHeadroom()); err != nil {
		return err
	}
	p.heapEnd = end + p.Memory + DataHeadroom // seccomp sees to it
	return nil
}

func applyAddressSpace(p *process) error {
	if raceEnabled {
		return errRace
	}
	if err := shrinkStacks(); err != nil {
		return err
	}
	size, _, err := sizes()
	if err != nil {
		return err
	}
	return limitMemory(unix.RLIMIT_AS, size+p.Memory+AddressHeadroom+ThreadHeadroom())
}

func probeMemory() (string, error) {
	if raceEnabled {
		return "", errRace
	}
	_, _, err := sizes()
	return "", err
}

func limitMemory(resource int, n uint64) error {
	page := uint64(os.Getpagesize())
	return limit(resource, (n+page-1)/page*page)
}

// threads is how many threads a worker may come to have besides one for each
// processor that the runtime uses: its monitor, those of signals and templates,
// and those that are in a system call.
const threads = 12

// ThreadHeadroom returns the part of the headroom that is for the C stacks of
// threads, in bytes: half a MiB each in a program with cgo, and otherwise
// nothing. Only the pages of them that are touched take memory.
func ThreadHeadroom() uint64 {
	return threadStack * uint64(threads+runtime.GOMAXPROCS(0))
}

// inHeap is to be allocated at the time of asking, and not before.
var inHeap *[64]byte

// heapEnd returns the address behind what the Go heap has mapped: it grows
// upwards from there.
func heapEnd() (uint64, error) {
	inHeap = new([64]byte)
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return 0, err
	}
	at, end := uint64(uintptr(unsafe.Pointer(inHeap))), uint64(0)
	for line := range bytes.Lines(maps) {
		var from, to uint64
		var writable bool
		if from, to, writable, err = mapping(line); err != nil {
			return 0, err
		}
		if writable && (from <= at && at < to || from == end) {
			end = to
		}
	}
	if end == 0 {
		return 0, errors.New("/proc/self/maps does not have the heap")
	}
	return end, nil
}

// mapping returns what a line of /proc/self/maps says: "from-to rwxp ...".
func mapping(line []byte) (from, to uint64, writable bool, err error) {
	addresses, rest, _ := bytes.Cut(line, []byte(" "))
	first, behind, _ := bytes.Cut(addresses, []byte("-"))
	from, err1 := strconv.ParseUint(string(first), 16, 64)
	to, err2 := strconv.ParseUint(string(behind), 16, 64)
	if err := errors.Join(err1, err2); err != nil || len(rest) < 2 {
		return 0, 0, false, fmt.Errorf("/proc/self/maps has the line %q", line)
	}
	return from, to, rest[1] == 'w', nil
}

// sizes returns how large the process's address space is, and how much of it is
// what RLIMIT_DATA counts (and its stack), in bytes.
func sizes() (size, data uint64, err error) {
	fd, err := unix.Open("/proc/self/statm", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, 0, fmt.Errorf("cannot read /proc/self/statm: %w", err)
	}
	defer unix.Close(fd)
	var buf [256]byte
	n, err := unix.Read(fd, buf[:])
	if err != nil {
		return 0, 0, fmt.Errorf("cannot read /proc/self/statm: %w", err)
	}
	fields := bytes.Fields(buf[:n])
	if len(fields) < 6 {
		return 0, 0, errors.New("/proc/self/statm has too few fields")
	}
	page := uint64(os.Getpagesize())
	pages := func(field []byte) uint64 {
		n, perr := strconv.ParseUint(string(field), 10, 40)
		if perr != nil {
			err = fmt.Errorf("/proc/self/statm: %w", perr)
		}
		return n * page
	}
	size, data = pages(fields[0]), pages(fields[5])
	return size, data, err
}
