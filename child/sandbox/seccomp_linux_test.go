package sandbox

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/unix"
)

// run interprets a filter as the kernel would, on one system call.
func run(t *testing.T, prog []unix.SockFilter, nr, arch uint32, args [6]uint64) uint32 {
	t.Helper()
	var data [64]byte
	binary.LittleEndian.PutUint32(data[0:], nr)
	binary.LittleEndian.PutUint32(data[4:], arch)
	for i, arg := range args {
		binary.LittleEndian.PutUint64(data[16+8*i:], arg)
	}
	var a, x, memory uint32
	for pc := 0; pc < len(prog); pc++ {
		jump := func(yes bool) {
			if yes {
				pc += int(prog[pc].Jt)
			} else {
				pc += int(prog[pc].Jf)
			}
		}
		switch in := prog[pc]; in.Code {
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			a = binary.LittleEndian.Uint32(data[in.K:])
		case unix.BPF_ALU | unix.BPF_AND | unix.BPF_K:
			a &= in.K
		case unix.BPF_LD | unix.BPF_IMM:
			a = in.K
		case unix.BPF_ST:
			memory = a
		case unix.BPF_LD | unix.BPF_MEM:
			a = memory
		case unix.BPF_MISC | unix.BPF_TAX:
			x = a
		case unix.BPF_ALU | unix.BPF_ADD | unix.BPF_X:
			a += x
		case unix.BPF_JMP | unix.BPF_JA:
			pc += int(in.K)
		case unix.BPF_JMP | unix.BPF_JGE | unix.BPF_X:
			jump(a >= x)
		case unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K:
			jump(a > in.K)
		case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K:
			jump(a == in.K)
		case unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K:
			jump(a >= in.K)
		case unix.BPF_RET | unix.BPF_K:
			return in.K
		default:
			t.Fatalf("instruction %d has the unknown code %#x", pc, in.Code)
		}
	}
	t.Fatal("the filter has no end")
	return 0
}

func TestFilter(t *testing.T) {
	t.Parallel()
	if auditArch == 0 {
		t.Skip(errNoFilter)
	}
	const pid = 1234
	const (
		goThread  = unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_SYSVSEM | unix.CLONE_THREAD
		cThread   = goThread | unix.CLONE_SETTLS | unix.CLONE_PARENT_SETTID | unix.CLONE_CHILD_CLEARTID
		rw        = unix.PROT_READ | unix.PROT_WRITE
		anonymous = unix.MAP_PRIVATE | unix.MAP_ANON
		high      = 1 << 32
		none      = ^uint64(0)
	)
	type args = [6]uint64
	parent := int32(1) // the kernel has a clock for each process, by its complement
	eperm, enosys, enomem := refuse(unix.EPERM), refuse(unix.ENOSYS), refuse(unix.ENOMEM)
	const fixed = anonymous | unix.MAP_FIXED
	const heap = 0x1c7_fff00000 // near the end of a lower half
	prog, bounded := assemble(auditArch, rules(pid, 0, false)), assemble(auditArch, rules(pid, heap+64<<20, false))
	for _, prog := range [][]unix.SockFilter{prog, bounded} {
		if len(prog) > unix.BPF_MAXINSNS {
			t.Errorf("the filter has %d instructions", len(prog))
		}
	}
	for _, c := range []struct {
		name string
		nr   int
		args args
		want uint32
	}{
		{"read", unix.SYS_READ, args{}, allow},
		{"openat", unix.SYS_OPENAT, args{}, eperm},
		{"the highest number", 0x3fffffff, args{}, eperm},
		{"x32", x32Bit | unix.SYS_READ, args{}, eperm},
		{"a negative number", -1, args{}, eperm},

		{"a thread of Go", unix.SYS_CLONE, args{goThread}, allow},
		{"a thread of Go, with its storage", unix.SYS_CLONE, args{goThread | unix.CLONE_SETTLS}, allow},
		{"a thread of C", unix.SYS_CLONE, args{cThread}, allow},
		{"a thread that is traced", unix.SYS_CLONE, args{cThread | unix.CLONE_PTRACE}, eperm},
		{"a thread in another namespace", unix.SYS_CLONE, args{cThread | unix.CLONE_NEWUSER}, eperm},
		{"a thread with a flag in the upper half", unix.SYS_CLONE, args{cThread | high}, eperm},
		{"a thread with its own files", unix.SYS_CLONE, args{cThread &^ unix.CLONE_FILES}, eperm},
		{"a process", unix.SYS_CLONE, args{uint64(unix.SIGCHLD)}, eperm},
		{"a process with the same memory", unix.SYS_CLONE, args{unix.CLONE_VM | unix.CLONE_VFORK}, eperm},
		{"clone3", unix.SYS_CLONE3, args{}, enosys},

		{"memory", unix.SYS_MMAP, args{0, 4096, rw, anonymous, none}, allow},
		{"reserved memory", unix.SYS_MMAP, args{0, 4096, 0, anonymous | unix.MAP_NORESERVE | unix.MAP_FIXED, none}, allow},
		{"a thread's stack", unix.SYS_MMAP, args{0, 4096, 0, anonymous | unix.MAP_NORESERVE | unix.MAP_STACK, none}, allow},
		{"droppable memory", unix.SYS_MMAP, args{0, 4096, rw, unix.MAP_DROPPABLE | unix.MAP_ANON, none}, allow},
		{"droppable memory at a place", unix.SYS_MMAP, args{0, 4096, rw, unix.MAP_DROPPABLE | unix.MAP_ANON | unix.MAP_FIXED, none}, eperm},
		{"executable memory", unix.SYS_MMAP, args{0, 4096, rw | unix.PROT_EXEC, anonymous, none}, eperm},
		{"shared memory", unix.SYS_MMAP, args{0, 4096, rw, unix.MAP_SHARED | unix.MAP_ANON, none}, eperm},
		{"a file", unix.SYS_MMAP, args{0, 4096, rw, unix.MAP_PRIVATE, 3}, eperm},
		{"a stack that grows", unix.SYS_MMAP, args{0, 4096, rw, anonymous | unix.MAP_GROWSDOWN, none}, eperm},
		{"huge pages", unix.SYS_MMAP, args{0, 4096, rw, anonymous | unix.MAP_HUGETLB, none}, eperm},
		{"memory made writable", unix.SYS_MPROTECT, args{4096, 4096, rw}, allow},
		{"memory made executable", unix.SYS_MPROTECT, args{4096, 4096, unix.PROT_EXEC}, eperm},
		{"memory that grows", unix.SYS_MPROTECT, args{4096, 4096, rw | unix.PROT_GROWSDOWN}, eperm},

		{"a signal to a thread", unix.SYS_TGKILL, args{pid, 77, 23}, allow},
		{"a signal to another process", unix.SYS_TGKILL, args{pid + 1, 77, 23}, eperm},
		{"a signal to all", unix.SYS_TGKILL, args{none, 77, 23}, eperm},
		{"a process id with an upper half", unix.SYS_TGKILL, args{pid | high, 77, 23}, eperm},

		{"the flags of a descriptor", unix.SYS_FCNTL, args{3, unix.F_GETFL}, allow},
		{"a lock", unix.SYS_FCNTL, args{3, unix.F_SETLK}, eperm},
		{"a copy", unix.SYS_FCNTL, args{3, unix.F_DUPFD_CLOEXEC}, eperm},

		{"its own limits", unix.SYS_PRLIMIT64, args{0, unix.RLIMIT_AS, 0, 4096}, allow},
		{"its own limits, by id", unix.SYS_PRLIMIT64, args{pid, unix.RLIMIT_AS, 0, 4096}, allow},
		{"to change its own limits", unix.SYS_PRLIMIT64, args{0, unix.RLIMIT_AS, 4096, 0}, eperm},
		{"to change them with a pointer whose lower half is 0", unix.SYS_PRLIMIT64, args{0, unix.RLIMIT_AS, high, 0}, eperm},
		{"the limits of others", unix.SYS_PRLIMIT64, args{pid + 1, unix.RLIMIT_AS, 0, 4096}, eperm},

		{"the time", unix.SYS_CLOCK_GETTIME, args{unix.CLOCK_MONOTONIC}, allow},
		{"the time of its own processor use", unix.SYS_CLOCK_GETTIME, args{unix.CLOCK_PROCESS_CPUTIME_ID}, allow},
		{"the time of another's", unix.SYS_CLOCK_GETTIME, args{uint64(uint32(^parent<<3 | 2))}, eperm},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := run(t, prog, uint32(c.nr), auditArch, c.args); got != c.want {
				t.Errorf("the filter returns %#x, want %#x", got, c.want)
			}
			if got := run(t, bounded, uint32(c.nr), auditArch, c.args); got != c.want {
				t.Errorf("the filter returns %#x where the heap is bounded, want %#x", got, c.want)
			}
		})
	}
	for _, c := range []struct {
		name string
		args args
		want uint32 // where the heap is bounded
	}{
		{"to its end", args{heap, 64 << 20, rw, fixed}, allow},
		{"beyond its end", args{heap, 64<<20 + 4096, rw, fixed}, enomem},
		{"from its end on", args{heap + 64<<20, 4 << 20, rw, fixed}, enomem},
		{"far from it", args{0x7fff_00000000, 4 << 20, rw, fixed}, enomem},
		{"more than it can be", args{heap, 1 << 40, rw, fixed}, enomem},
		{"only to be read", args{heap, 65 << 20, unix.PROT_READ, fixed}, enomem},
		{"reserved", args{heap + 64<<20, 64 << 20, 0, fixed}, allow},
		{"what the runtime keeps about it", args{0x7fff_00000000, 1 << 20, rw, fixed}, allow},
		{"where nothing is replaced, which the kernel counts", args{0, 1 << 30, rw, anonymous}, allow},
		{"where nothing may be replaced", args{heap + 64<<20, 1 << 30, rw, anonymous | unix.MAP_FIXED_NOREPLACE}, allow},
		{"executable", args{heap, 4096, rw | unix.PROT_EXEC, fixed}, eperm},
	} {
		t.Run("the heap/"+c.name, func(t *testing.T) {
			t.Parallel()
			if got := run(t, bounded, unix.SYS_MMAP, auditArch, c.args); got != c.want {
				t.Errorf("the filter returns %#x, want %#x", got, c.want)
			}
			want := c.want
			if want == enomem {
				want = allow
			}
			if got := run(t, prog, unix.SYS_MMAP, auditArch, c.args); got != want {
				t.Errorf("the filter returns %#x where nothing bounds the heap, want %#x", got, want)
			}
		})
	}
	t.Run("another architecture", func(t *testing.T) {
		t.Parallel()
		// 64-bit read is 32-bit restart_syscall, and so on.
		for nr := range uint32(500) {
			if got := run(t, prog, nr, unix.AUDIT_ARCH_I386, args{}); got != eperm {
				t.Errorf("number %d: the filter returns %#x", nr, got)
			}
		}
	})
}

// The tree comes to what the rules say, one after the other, for every number.
func TestFilterOfEachNumber(t *testing.T) {
	t.Parallel()
	if auditArch == 0 {
		t.Skip(errNoFilter)
	}
	rules := rules(1234, 1<<40, true)
	prog := assemble(auditArch, rules)
	seen := make(map[int]bool)
	for _, r := range rules {
		if seen[r.nr] {
			t.Errorf("number %d has two rules", r.nr)
		}
		if n := len(r.assemble(nil)); n != r.size() {
			t.Errorf("the rule for number %d has %d instructions, and says that it has %d", r.nr, n, r.size())
		}
		seen[r.nr] = true
	}
	for nr := range 1000 {
		for _, args := range [][6]uint64{{}, {1234}, {3, unix.F_GETFL}, {0, 4096, unix.PROT_READ, unix.MAP_PRIVATE | unix.MAP_ANON}} {
			want := refuse(unix.EPERM)
			for _, r := range rules {
				if r.nr == nr {
					want = run(t, r.assemble(nil), uint32(nr), auditArch, args)
				}
			}
			if got := run(t, prog, uint32(nr), auditArch, args); got != want {
				t.Errorf("number %d with %v: the filter returns %#x, want %#x", nr, args, got, want)
			}
		}
	}
}

// Comparisons of 64 bits are made of ones of 32, and here compared with Go's.
func TestFilterComparisons(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	number := func() uint64 {
		// Halves that are near to each other's carries and ends.
		half := func() uint64 {
			return []uint64{0, 1, 0xffffffff, 0xfffffffe, uint64(random.Uint32()), 0x80000000}[random.IntN(6)]
		}
		return half()>>1<<32 | half()
	}
	for range 100_000 {
		a, b, most := number(), number(), number()
		if random.IntN(3) == 0 {
			most = a + b + uint64(random.IntN(3)) - 1
		}
		for _, c := range []struct {
			name string
			c    check
			want bool
		}{
			{"sum", sumAtMost{1, 4, most}, a+b <= most},
			{"one", atMost{4, most}, b <= most},
			{"equal", is(1, most), a == most},
			{"bits", only(4, most), b&^most == 0},
		} {
			prog := append(condition{c.c, is(0, 7)}.assemble(nil, ret(1)), ret(2))
			for first, want := range map[uint64]bool{7: c.want, 8: false} {
				got := run(t, prog, 0, 0, [6]uint64{first, a, 0, 0, b})
				if (got == 1) != want {
					t.Fatalf("%s of %#x and %#x with %#x: the filter returns %d, want %v", c.name, a, b, most, got, want)
				}
			}
		}
	}
}
