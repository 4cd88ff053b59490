package sandbox

import (
	"encoding/binary"
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
	var a uint32
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
	eperm, enosys := refuse(unix.EPERM), refuse(unix.ENOSYS)
	prog := assemble(auditArch, rules(pid))
	if len(prog) > unix.BPF_MAXINSNS {
		t.Errorf("the filter has %d instructions", len(prog))
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
