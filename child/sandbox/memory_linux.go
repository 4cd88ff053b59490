package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"

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
	return limitMemory(unix.RLIMIT_DATA, data+p.Memory+DataHeadroom+ThreadHeadroom())
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
