package sandbox_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"scripthost.example/child/sandbox"
)

const memoryLimit = 64 << 20

// What only a child does that was taken over.
const (
	mapsOver     = "a taken-over child that maps over what it reserved"
	madeWritable = "a taken-over child that makes writable what it reserved"
)

// consumers are ways to take memory. Each gets how much to take, in bytes, and
// the last of them for ever.
var consumers = map[string]func(n int){
	"small objects": func(n int) {
		type node struct {
			next *node
			_    [48]byte
		}
		var list *node
		for range n / 64 {
			list = &node{next: list}
		}
		runtime.KeepAlive(list)
	},
	"pages": func(n int) {
		var all [][]byte
		for range n >> 20 {
			b := make([]byte, 1<<20)
			touch(b)
			all = append(all, b)
		}
		runtime.KeepAlive(all)
	},
	"one object": func(n int) { touch(make([]byte, n)) },
	"a slice that grows": func(n int) {
		var b []byte
		for len(b) < n/3 { // while it is copied there are two, of which one may be larger by a quarter
			b = append(b, make([]byte, 1<<16)...)
		}
		touch(b)
	},
	"goroutines": func(n int) {
		started, stop := make(chan bool), make(chan bool)
		for range n / (16 << 10) { // stacks of 8 KiB, and the garbage of those of 4 KiB
			go func() {
				var frame [5 << 10]byte
				touch(frame[:])
				started <- true
				<-stop
			}()
			<-started
		}
		close(stop)
	},
	"a taken-over child": func(n int) {
		for range n >> 20 {
			b, err := unix.Mmap(-1, 0, 1<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
			if err != nil {
				panic(fmt.Sprintf("cannot allocate memory: %v", err))
			}
			touch(b)
		}
	},
	mapsOver: func(n int) {
		const each = 1 << 20 // more at a time the filter refuses
		for range n / each {
			b, err := unix.Mmap(-1, 0, each, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
			if err == nil {
				_, err = unix.MmapPtr(-1, 0, unsafe.Pointer(&b[0]), each, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_FIXED)
			}
			if err != nil {
				panic(fmt.Sprintf("cannot allocate memory: %v", err))
			}
			touch(b)
		}
	},
	madeWritable: func(n int) {
		b, err := unix.Mmap(-1, 0, n, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err == nil {
			err = unix.Mprotect(b, unix.PROT_READ|unix.PROT_WRITE)
		}
		if err != nil {
			panic(fmt.Sprintf("cannot allocate memory: %v", err))
		}
		touch(b)
	},
}

// touch has the kernel find memory for all of b. Inlined, it would have the
// compiler find out that an array on a stack is not needed.
//
//go:noinline
func touch(b []byte) {
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
}

func roleMemory(o *options) {
	o.apply()
	var name string
	var n int
	if _, err := fmt.Sscanf(o.Dir, "%q %d", &name, &n); err != nil {
		panic(err)
	}
	consumers[name](n)
	os.Stdout.WriteString("there was enough\n")
}

// diedOfMemory is what the first lines of the runtime say. It does not check
// each of its own allocations.
var diedOfMemory = regexp.MustCompile(`cannot allocate memory|out of memory|pthread_create failed|failed to create new OS thread|(?s)SIGSEGV.*PC=.*goroutine 0 .*runtime\.`)

// A head keeps the start of what is written to it. The runtime may have
// thousands of goroutines to print the stacks of, which takes seconds, and
// GOTRACEBACK does not stop it.
type head []byte

func (h *head) Write(p []byte) (int, error) {
	const most = 64 << 10
	*h = append(*h, p[:min(len(p), most-len(*h))]...)
	return len(p), nil
}

// A process has what it was promised, dies when it takes far more, and never
// has more resident than was promised plus the headroom.
func TestMemory(t *testing.T) {
	t.Parallel()
	if raceEnabled {
		t.Skip("the race detector takes terabytes of addresses: such builds set no limit")
	}
	needAll(t)
	// The binary, its data, what the runtime starts with, and what it keeps about
	// its heap.
	const base = 20 << 20
	for name := range consumers {
		// The kernel does not count what is mapped over a reservation, nor what
		// becomes writable while twice as much would be over rlimit-as. It counts
		// the reservation.
		headroom := uint64(sandbox.DataHeadroom)
		if name == mapsOver || name == madeWritable {
			headroom = sandbox.AddressHeadroom
		}
		bound := base + memoryLimit + headroom + sandbox.ThreadHeadroom()
		// These take more than they are told to while they do it.
		inexact := name == "a slice that grows" || name == "goroutines"
		for _, c := range []struct {
			amount string
			n      int
			enough bool
		}{
			{"three quarters", memoryLimit * 3 / 4, true},
			{"a little more than there is", memoryLimit + int(headroom+sandbox.ThreadHeadroom()) + 8<<20, false},
			{"tenfold", 10 * memoryLimit, false},
			{"a hundredfold", 100 * memoryLimit, false},
		} {
			if inexact && c.amount == "a little more than there is" {
				continue
			}
			t.Run(name+"/"+c.amount, func(t *testing.T) {
				t.Parallel()
				o := options{Config: sandbox.Config{Mode: sandbox.Strict, Memory: memoryLimit}, Dir: fmt.Sprintf("%q %d", name, c.n)}
				cmd := child(t, "memory", o)
				var out head
				cmd.Stdout, cmd.Stderr = &out, &out
				err := cmd.Run()
				if c.enough {
					if err != nil {
						t.Errorf("the child's end is %v\n%.3000s", err, out)
					}
				} else {
					var exit *exec.ExitError
					if !errors.As(err, &exit) || exit.ExitCode() != 2 {
						t.Errorf("the child's end is %v\n%.3000s", err, out)
					}
					if !diedOfMemory.Match(out) {
						t.Errorf("it says\n%.3000s", out)
					}
				}
				// It includes this process at the time of the fork, which is
				// smaller.
				rss := uint64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) << 10
				t.Logf("resident: at most %d MiB", rss>>20)
				if rss > bound {
					t.Errorf("%d MiB were resident, more than %d", rss>>20, bound>>20)
				}
			})
		}
	}
}
