package sandbox

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

var filtered = implementation{apply: applySeccomp, probe: probeSeccomp}

// applySeccomp has the kernel refuse, to all threads at one go, every system
// call that rules do not allow.
func applySeccomp(p *process) error {
	if auditArch == 0 {
		return errNoFilter
	}
	return setFilter(assemble(auditArch, rules(unix.Getpid(), p.heapEnd, p.Profile)))
}

// setFilter has all threads filtered by prog, and gives them the no_new_privs of
// this one.
func setFilter(prog []unix.SockFilter) error {
	fprog := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	r, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&fprog)))
	runtime.KeepAlive(prog)
	switch {
	case errno != 0:
		return fmt.Errorf("seccomp: %w", errno)
	case r != 0:
		return fmt.Errorf("seccomp: thread %d has filters of its own", r)
	}
	return nil
}

func probeSeccomp() (string, error) {
	if auditArch == 0 {
		return "", errNoFilter
	}
	// With the flag known, it is only the program that is missing.
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, 0)
	if errno != unix.EFAULT {
		return "", fmt.Errorf("seccomp: %w", errno)
	}
	return "filter for " + runtime.GOARCH, nil
}

var errNoFilter = errors.New("there is no seccomp filter for " + runtime.GOARCH)

// A rule allows one system call.
type rule struct {
	nr int
	// when are the cases in which it is allowed; none: always.
	when []condition
	// noMemory are cases in which it fails as if there were no memory left.
	noMemory []condition
	// otherwise is what it returns in other cases, for 0 EPERM.
	otherwise unix.Errno
}

// A condition holds if all its checks do.
type condition []check

// A check is one comparison: size instructions that go on behind themselves if it
// holds, and skip other instructions after that if not.
type check interface {
	size() int
	assemble(code []unix.SockFilter, other int) []unix.SockFilter
}

// bits compares the bits of an argument that are in mask.
type bits struct {
	arg         int // 0 to 5
	mask, value uint64
}

// is compares the whole argument.
func is(arg int, value uint64) check { return bits{arg, ^uint64(0), value} }

// only wants no other bits than these.
func only(arg int, these uint64) check { return bits{arg, ^these, 0} }

func (k bits) size() int { return 6 }

func (k bits) assemble(code []unix.SockFilter, other int) []unix.SockFilter {
	for half := range 2 {
		shift := 32 * (1 - half)
		code = append(code,
			load(offsetOf(k.arg)+4*(1-half)),
			unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: uint32(k.mask >> shift)},
			jumpIf(unix.BPF_JEQ, uint32(k.value>>shift), 0, other+3*(1-half)),
		)
	}
	return code
}

// sumAtMost compares the sum of two arguments, an address and a length. One that
// overflows is the kernel's to refuse.
type sumAtMost struct {
	a, b int
	most uint64
}

// atMost compares one argument.
type atMost struct {
	arg  int
	most uint64
}

func (k atMost) size() int { return 5 }

func (k atMost) assemble(code []unix.SockFilter, other int) []unix.SockFilter {
	high, low := uint32(k.most>>32), uint32(k.most)
	return append(code,
		load(offsetOf(k.arg)+4),
		jumpIf(unix.BPF_JGT, high, other+3, 0),
		jumpIf(unix.BPF_JEQ, high, 0, 2),
		load(offsetOf(k.arg)),
		jumpIf(unix.BPF_JGT, low, other, 0),
	)
}

func (k sumAtMost) size() int { return 19 }

func (k sumAtMost) assemble(code []unix.SockFilter, other int) []unix.SockFilter {
	const sum = 0 // where the lower half is kept
	high, low := uint32(k.most>>32), uint32(k.most)
	tax := unix.SockFilter{Code: unix.BPF_MISC | unix.BPF_TAX}
	addX := unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_ADD | unix.BPF_X}
	return append(code,
		load(offsetOf(k.a)), tax, load(offsetOf(k.b)), addX,
		unix.SockFilter{Code: unix.BPF_ST, K: sum},
		// Less than what was added to: it has carried.
		unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JGE | unix.BPF_X, Jt: 2},
		unix.SockFilter{Code: unix.BPF_LD | unix.BPF_IMM, K: 1},
		skip(1),
		unix.SockFilter{Code: unix.BPF_LD | unix.BPF_IMM, K: 0},
		tax, load(offsetOf(k.a)+4), addX, tax, load(offsetOf(k.b)+4), addX,
		jumpIf(unix.BPF_JGT, high, other+3, 0),
		jumpIf(unix.BPF_JEQ, high, 0, 2),
		unix.SockFilter{Code: unix.BPF_LD | unix.BPF_MEM, K: sum},
		jumpIf(unix.BPF_JGT, low, other, 0),
	)
}

// Offsets in struct seccomp_data, whose arguments are 64 bits wide. Either
// architecture has the lower half first.
const (
	offsetNr   = 0
	offsetArch = 4
	offsetArgs = 16
)

func offsetOf(arg int) int { return offsetArgs + 8*arg }

// x32Bit marks the numbers of amd64's second set of system calls.
const x32Bit = 0x40000000

const allow = unix.SECCOMP_RET_ALLOW

func refuse(errno unix.Errno) uint32 { return unix.SECCOMP_RET_ERRNO | uint32(errno) }

// assemble translates rules into the kernel's bytecode. It looks the number up in
// a tree: when a filter is set the kernel runs it for each number there is, to know
// those that are always allowed, and to have it pass all rules each time takes a
// tenth of a millisecond of every start.
func assemble(arch uint32, rules []rule) []unix.SockFilter {
	code := make([]unix.SockFilter, 0, 512)
	code = append(code,
		load(offsetArch),
		jumpIf(unix.BPF_JEQ, arch, 1, 0),
		ret(refuse(unix.EPERM)), // another architecture's numbers mean other calls
		load(offsetNr),
		jumpIf(unix.BPF_JGE, x32Bit, 0, 1),
		ret(refuse(unix.EPERM)),
	)
	slices.SortFunc(rules, func(a, b rule) int { return a.nr - b.nr })
	return lookUp(code, rules)
}

// leafRules is how many rules are compared one after the other.
const leafRules = 3

// lookUp appends code that comes to the verdict of the rule that has the number in
// the accumulator, or refuses it. The rules are sorted.
func lookUp(code []unix.SockFilter, rules []rule) []unix.SockFilter {
	if len(rules) <= leafRules {
		for _, r := range rules {
			code = append(code, jumpIf(unix.BPF_JEQ, uint32(r.nr), 0, r.size()))
			code = r.assemble(code)
		}
		return append(code, ret(refuse(unix.EPERM)))
	}
	lower, upper := rules[:len(rules)/2], rules[len(rules)/2:]
	// What the lower half takes can be more than a conditional jump passes.
	code = append(code, jumpIf(unix.BPF_JGE, uint32(upper[0].nr), 0, 1), skip(0))
	at := len(code)
	code = lookUp(code, lower)
	code[at-1] = skip(len(code) - at)
	return lookUp(code, upper)
}

// size is how many instructions the verdict takes once the number is known to be
// the rule's.
func (r rule) size() int {
	n := 1
	for _, cases := range [][]condition{r.when, r.noMemory} {
		for _, c := range cases {
			n += c.size()
		}
	}
	return n
}

// assemble appends what is done then.
func (r rule) assemble(code []unix.SockFilter) []unix.SockFilter {
	if len(r.when) == 0 && r.otherwise == 0 {
		return append(code, ret(allow))
	}
	for _, c := range r.when {
		code = c.assemble(code, ret(allow))
	}
	for _, c := range r.noMemory {
		code = c.assemble(code, ret(refuse(unix.ENOMEM)))
	}
	errno := r.otherwise
	if errno == 0 {
		errno = unix.EPERM
	}
	return append(code, ret(refuse(errno)))
}

func (c condition) size() int {
	n := 1 // the verdict
	for _, k := range c {
		n += k.size()
	}
	return n
}

// assemble appends code that comes to the verdict if the condition holds, and is
// passed otherwise.
func (c condition) assemble(code []unix.SockFilter, verdict unix.SockFilter) []unix.SockFilter {
	left := c.size()
	for _, k := range c {
		left -= k.size()
		code = k.assemble(code, left)
	}
	return append(code, verdict)
}

func load(offset int) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: uint32(offset)}
}

// jumpIf skips yes instructions if the accumulator compares to k as the operator
// says, and no instructions otherwise.
func jumpIf(operator uint16, k uint32, yes, no int) unix.SockFilter {
	if no > 255 {
		panic("sandbox: a jump that is too long for a filter")
	}
	return unix.SockFilter{Code: unix.BPF_JMP | operator | unix.BPF_K, Jt: uint8(yes), Jf: uint8(no), K: k}
}

// skip passes n instructions.
func skip(n int) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JA, K: uint32(n)}
}

func ret(action uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: action}
}
