package sandbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Descriptors that a child of TestAttempts is given, and keeps.
const (
	dirFD    = 3 + iota // the folder of the attempts
	fileFD              // a file in it, to read and write
	udpFD               // a UDP socket, neither bound nor connected
	tcpFD               // a TCP socket, likewise
	pipeRead            // a pipe with something in it
	pipeWrite
	keptFDs
)

// An attempt is a system call that would reach out of a child, or change what
// the child is. Without a sandbox it succeeds; in one it has to fail, even where
// the child's whole process has been taken over.
type attempt struct {
	name string
	nr   uintptr
	args []any // int, string (a file's name), []byte, pointer

	// fork has it tried in a process of its own where there is no sandbox,
	// because of what it does to the one that makes it.
	fork bool
	// undo removes what would outlive the process.
	undo func(result uintptr)
}

func attempts(dir string) []attempt {
	in := func(name string) string { return filepath.Join(dir, name) }
	const at = unix.AT_FDCWD
	me, parent := os.Getpid(), os.Getppid()
	loopback := &unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: [4]byte{127, 0, 0, 1}}
	somewhere := &unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: [4]byte{127, 0, 0, 1}, Port: 0x0900}
	remove := func(nr uintptr) func(uintptr) {
		return func(id uintptr) { unix.Syscall(nr, id, unix.IPC_RMID, 0) }
	}
	page := unsafe.Pointer(&mustMap()[0])
	all := []attempt{
		// Files by name.
		{name: "openat", nr: unix.SYS_OPENAT, args: []any{at, "/dev/null", unix.O_RDONLY, 0}},
		{name: "openat /proc/self/mem", nr: unix.SYS_OPENAT, args: []any{at, "/proc/self/mem", unix.O_RDWR, 0}},
		{name: "openat of the parent's environment", nr: unix.SYS_OPENAT, args: []any{at, fmt.Sprintf("/proc/%d/environ", parent), unix.O_RDONLY, 0}},
		{name: "openat to create", nr: unix.SYS_OPENAT, args: []any{at, in("new"), unix.O_CREAT | unix.O_WRONLY, 0o600}},
		{name: "openat below a kept folder", nr: unix.SYS_OPENAT, args: []any{dirFD, "file", unix.O_RDONLY, 0}},
		{name: "openat O_PATH", nr: unix.SYS_OPENAT, args: []any{at, "/", unix.O_PATH, 0}},
		{name: "openat O_TMPFILE", nr: unix.SYS_OPENAT, args: []any{at, dir, unix.O_TMPFILE | unix.O_RDWR, 0o600}},
		{name: "openat2", nr: unix.SYS_OPENAT2, args: []any{at, "/dev/null", &unix.OpenHow{}, unix.SizeofOpenHow}},
		{name: "mkdirat", nr: unix.SYS_MKDIRAT, args: []any{at, in("folder"), 0o700}},
		{name: "mknodat of a FIFO", nr: unix.SYS_MKNODAT, args: []any{at, in("fifo"), unix.S_IFIFO | 0o600, 0}},
		{name: "symlinkat", nr: unix.SYS_SYMLINKAT, args: []any{"/", at, in("symlink")}},
		{name: "linkat", nr: unix.SYS_LINKAT, args: []any{at, in("file"), at, in("link"), 0}},
		{name: "renameat2", nr: unix.SYS_RENAMEAT2, args: []any{at, in("rename"), at, in("renamed"), 0}},
		{name: "unlinkat", nr: unix.SYS_UNLINKAT, args: []any{at, in("remove"), 0}},
		{name: "readlinkat", nr: unix.SYS_READLINKAT, args: []any{at, "/proc/self/exe", make([]byte, 100), 100}},
		{name: "statx", nr: unix.SYS_STATX, args: []any{at, "/", 0, unix.STATX_BASIC_STATS, &unix.Statx_t{}}},
		{name: "statfs", nr: unix.SYS_STATFS, args: []any{"/", &unix.Statfs_t{}}},
		{name: "faccessat", nr: unix.SYS_FACCESSAT, args: []any{at, "/", unix.R_OK}},
		{name: "faccessat2", nr: unix.SYS_FACCESSAT2, args: []any{at, "/", unix.R_OK, 0}},
		{name: "fchmodat", nr: unix.SYS_FCHMODAT, args: []any{at, in("file"), 0o600}},
		{name: "fchownat", nr: unix.SYS_FCHOWNAT, args: []any{at, in("file"), os.Getuid(), os.Getgid(), 0}},
		{name: "utimensat", nr: unix.SYS_UTIMENSAT, args: []any{at, in("file"), 0, 0}},
		{name: "truncate", nr: unix.SYS_TRUNCATE, args: []any{in("file"), 1}},
		{name: "setxattr", nr: unix.SYS_SETXATTR, args: []any{in("file"), "user.a", []byte("b"), 1, 0}},
		{name: "listxattr", nr: unix.SYS_LISTXATTR, args: []any{in("file"), 0, 0}},
		{name: "name_to_handle_at", nr: unix.SYS_NAME_TO_HANDLE_AT, args: []any{at, in("file"), fileHandle(), new(int32), 0}},
		{name: "inotify_init1", nr: unix.SYS_INOTIFY_INIT1, args: []any{0}},
		{name: "chdir", nr: unix.SYS_CHDIR, args: []any{"/"}},
		{name: "getcwd", nr: unix.SYS_GETCWD, args: []any{make([]byte, 4096), 4096}},
		{name: "umask", nr: unix.SYS_UMASK, args: []any{0o77}},
		{name: "sync", nr: unix.SYS_SYNC},

		// Files that were left open.
		{name: "fchdir", nr: unix.SYS_FCHDIR, args: []any{dirFD}},
		{name: "getdents64", nr: unix.SYS_GETDENTS64, args: []any{dirFD, make([]byte, 4096), 4096}},
		{name: "fchmod", nr: unix.SYS_FCHMOD, args: []any{fileFD, 0o600}},
		{name: "fchown", nr: unix.SYS_FCHOWN, args: []any{fileFD, os.Getuid(), os.Getgid()}},
		{name: "ftruncate", nr: unix.SYS_FTRUNCATE, args: []any{fileFD, 3}},
		{name: "fallocate", nr: unix.SYS_FALLOCATE, args: []any{fileFD, 0, 0, 4096}},
		{name: "flock", nr: unix.SYS_FLOCK, args: []any{fileFD, unix.LOCK_EX}},
		{name: "fcntl F_DUPFD", nr: unix.SYS_FCNTL, args: []any{fileFD, unix.F_DUPFD, 0}},
		{name: "fcntl F_SETOWN", nr: unix.SYS_FCNTL, args: []any{fileFD, unix.F_SETOWN, me}},
		{name: "write to a file", nr: unix.SYS_WRITE, args: []any{fileFD, []byte("x"), 1}},
		{name: "pwrite64", nr: unix.SYS_PWRITE64, args: []any{fileFD, []byte("x"), 1, 0}},
		{name: "mmap of a file", nr: unix.SYS_MMAP, args: []any{0, 4096, unix.PROT_READ, unix.MAP_PRIVATE, fileFD, 0}},
		{name: "ioctl FIONREAD", nr: unix.SYS_IOCTL, args: []any{pipeRead, unix.TIOCINQ, new(int32)}},
		{name: "dup", nr: unix.SYS_DUP, args: []any{fileFD}},
		{name: "dup3", nr: unix.SYS_DUP3, args: []any{fileFD, 63, 0}},
		{name: "sendfile", nr: unix.SYS_SENDFILE, args: []any{pipeWrite, fileFD, 0, 1}},
		{name: "splice", nr: unix.SYS_SPLICE, args: []any{fileFD, 0, pipeWrite, 0, 1, 0}},
		{name: "pipe2", nr: unix.SYS_PIPE2, args: []any{new([2]int32), 0}},

		// The network, and sockets on this machine.
		{name: "socket TCP", nr: unix.SYS_SOCKET, args: []any{unix.AF_INET, unix.SOCK_STREAM, 0}},
		{name: "socket TCP over IPv6", nr: unix.SYS_SOCKET, args: []any{unix.AF_INET6, unix.SOCK_STREAM, 0}},
		{name: "socket MPTCP", nr: unix.SYS_SOCKET, args: []any{unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP}},
		{name: "socket UDP", nr: unix.SYS_SOCKET, args: []any{unix.AF_INET, unix.SOCK_DGRAM, 0}},
		{name: "socket Unix", nr: unix.SYS_SOCKET, args: []any{unix.AF_UNIX, unix.SOCK_STREAM, 0}},
		{name: "socket netlink", nr: unix.SYS_SOCKET, args: []any{unix.AF_NETLINK, unix.SOCK_RAW, 0}},
		{name: "socketpair", nr: unix.SYS_SOCKETPAIR, args: []any{unix.AF_UNIX, unix.SOCK_STREAM, 0, new([2]int32)}},
		{name: "sendto UDP", nr: unix.SYS_SENDTO, args: []any{udpFD, []byte("x"), 1, 0, somewhere, unix.SizeofSockaddrInet4}},
		{name: "sendto out of band", nr: unix.SYS_SENDTO, args: []any{tcpFD, []byte("x"), 1, unix.MSG_OOB | unix.MSG_NOSIGNAL, 0, 0}},
		{name: "sendmsg", nr: unix.SYS_SENDMSG, args: []any{tcpFD, &unix.Msghdr{}, unix.MSG_NOSIGNAL}},
		{name: "connect UDP", nr: unix.SYS_CONNECT, args: []any{udpFD, somewhere, unix.SizeofSockaddrInet4}},
		{name: "bind TCP", nr: unix.SYS_BIND, args: []any{tcpFD, loopback, unix.SizeofSockaddrInet4}},
		{name: "listen", nr: unix.SYS_LISTEN, args: []any{tcpFD, 1}},
		{name: "getsockname", nr: unix.SYS_GETSOCKNAME, args: []any{tcpFD, &unix.RawSockaddrInet4{}, newInt32(unix.SizeofSockaddrInet4)}},
		{name: "setsockopt", nr: unix.SYS_SETSOCKOPT, args: []any{tcpFD, unix.SOL_SOCKET, unix.SO_REUSEADDR, newInt32(1), 4}},

		// Other processes.
		{name: "clone of a process", nr: unix.SYS_CLONE, args: []any{int(unix.SIGCHLD), 0}, fork: true},
		{name: "clone into a new user namespace", nr: unix.SYS_CLONE, args: []any{unix.CLONE_NEWUSER | int(unix.SIGCHLD), 0}, fork: true},
		{name: "clone3", nr: unix.SYS_CLONE3, args: []any{&[11]uint64{4: uint64(unix.SIGCHLD)}, 88}, fork: true},
		{name: "unshare", nr: unix.SYS_UNSHARE, args: []any{unix.CLONE_FS}, fork: true},
		{name: "kill of the parent, with no signal", nr: unix.SYS_KILL, args: []any{parent, 0}},
		{name: "kill of itself, with no signal", nr: unix.SYS_KILL, args: []any{me, 0}},
		{name: "tgkill of the parent, with no signal", nr: unix.SYS_TGKILL, args: []any{parent, parent, 0}},
		{name: "tkill, with no signal", nr: unix.SYS_TKILL, args: []any{parent, 0}},
		{name: "rt_sigqueueinfo, with no signal", nr: unix.SYS_RT_SIGQUEUEINFO, args: []any{me, 0, &[16]uint64{}}},
		{name: "pidfd_open of the parent", nr: unix.SYS_PIDFD_OPEN, args: []any{parent, 0}},
		{name: "ptrace", nr: unix.SYS_PTRACE, args: []any{unix.PTRACE_TRACEME, 0, 0, 0}, fork: true},
		{name: "process_vm_readv", nr: unix.SYS_PROCESS_VM_READV, args: []any{me, &unix.Iovec{Base: (*byte)(page), Len: 1}, 1, &unix.RemoteIovec{Base: uintptr(page), Len: 1}, 1, 0}},
		{name: "kcmp", nr: unix.SYS_KCMP, args: []any{me, me, 0, 0, 1}},
		{name: "getppid", nr: unix.SYS_GETPPID},
		{name: "getpgid of the parent", nr: unix.SYS_GETPGID, args: []any{parent}},
		{name: "setsid", nr: unix.SYS_SETSID, fork: true},
		{name: "getpriority of the parent", nr: unix.SYS_GETPRIORITY, args: []any{unix.PRIO_PROCESS, parent}},
		{name: "setpriority", nr: unix.SYS_SETPRIORITY, args: []any{unix.PRIO_PROCESS, 0, 10}, fork: true},
		{name: "prlimit64 of the parent", nr: unix.SYS_PRLIMIT64, args: []any{parent, unix.RLIMIT_NOFILE, 0, &unix.Rlimit{}}},
		{name: "prlimit64 to set", nr: unix.SYS_PRLIMIT64, args: []any{0, unix.RLIMIT_CORE, &unix.Rlimit{}, 0}},
		{name: "sched_setaffinity", nr: unix.SYS_SCHED_SETAFFINITY, args: []any{0, 8, &[]uint64{^uint64(0)}[0]}, fork: true},
		{name: "sched_getaffinity of the parent", nr: unix.SYS_SCHED_GETAFFINITY, args: []any{parent, 1024, &[128]uint64{}}},
		{name: "clock_gettime of the parent's processor time", nr: unix.SYS_CLOCK_GETTIME, args: []any{^parent<<3 | 2, &unix.Timespec{}}},

		// What the kernel has besides.
		{name: "memfd_create", nr: unix.SYS_MEMFD_CREATE, args: []any{"x", 0}},
		{name: "io_uring_setup", nr: unix.SYS_IO_URING_SETUP, args: []any{1, &[15]uint64{}}},
		{name: "io_setup", nr: unix.SYS_IO_SETUP, args: []any{1, new(uint64)}},
		{name: "bpf", nr: unix.SYS_BPF, args: []any{unix.BPF_MAP_CREATE, &[16]uint32{unix.BPF_MAP_TYPE_ARRAY, 4, 4, 1}, 64}},
		{name: "perf_event_open", nr: unix.SYS_PERF_EVENT_OPEN, args: []any{&unix.PerfEventAttr{Type: unix.PERF_TYPE_SOFTWARE, Size: unix.PERF_ATTR_SIZE_VER0, Bits: unix.PerfBitExcludeKernel}, 0, -1, -1, 0}},
		{name: "userfaultfd", nr: unix.SYS_USERFAULTFD, args: []any{1}},
		{name: "add_key", nr: unix.SYS_ADD_KEY, args: []any{"user", "x", []byte("y"), 1, unix.KEY_SPEC_PROCESS_KEYRING}, fork: true},
		{name: "keyctl", nr: unix.SYS_KEYCTL, args: []any{unix.KEYCTL_GET_KEYRING_ID, unix.KEY_SPEC_PROCESS_KEYRING, 1}, fork: true},
		{name: "shmget", nr: unix.SYS_SHMGET, args: []any{unix.IPC_PRIVATE, 4096, 0o600}, undo: func(id uintptr) { unix.SysvShmCtl(int(id), unix.IPC_RMID, nil) }},
		{name: "msgget", nr: unix.SYS_MSGGET, args: []any{unix.IPC_PRIVATE, 0o600}, undo: remove(unix.SYS_MSGCTL)},
		{name: "semget", nr: unix.SYS_SEMGET, args: []any{unix.IPC_PRIVATE, 1, 0o600}, undo: func(id uintptr) { unix.Syscall(unix.SYS_SEMCTL, id, 0, unix.IPC_RMID) }},
		{name: "timer_create", nr: unix.SYS_TIMER_CREATE, args: []any{unix.CLOCK_MONOTONIC, 0, new(uint64)}},
		{name: "timerfd_create", nr: unix.SYS_TIMERFD_CREATE, args: []any{unix.CLOCK_MONOTONIC, 0}},
		{name: "setitimer", nr: unix.SYS_SETITIMER, args: []any{unix.ITIMER_REAL, &[4]uint64{}, 0}},
		{name: "signalfd4", nr: unix.SYS_SIGNALFD4, args: []any{-1, new(uint64), 8, 0}},
		{name: "uname", nr: unix.SYS_UNAME, args: []any{&unix.Utsname{}}},
		{name: "sysinfo", nr: unix.SYS_SYSINFO, args: []any{&unix.Sysinfo_t{}}},
		{name: "adjtimex, to read", nr: unix.SYS_ADJTIMEX, args: []any{&unix.Timex{}}},
		{name: "seccomp", nr: unix.SYS_SECCOMP, args: []any{unix.SECCOMP_GET_ACTION_AVAIL, 0, newInt32(0)}},
		{name: "landlock_create_ruleset", nr: unix.SYS_LANDLOCK_CREATE_RULESET, args: []any{0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION}},
		{name: "mount", nr: unix.SYS_MOUNT, args: []any{"none", in("mount"), "tmpfs", 0, ""}, undo: func(uintptr) { unix.Unmount(in("mount"), unix.MNT_DETACH) }},
		{name: "chroot", nr: unix.SYS_CHROOT, args: []any{"/"}, fork: true},

		// What the process is.
		{name: "setuid", nr: unix.SYS_SETUID, args: []any{os.Getuid()}, fork: true},
		{name: "setgid", nr: unix.SYS_SETGID, args: []any{os.Getgid()}, fork: true},
		{name: "capget", nr: unix.SYS_CAPGET, args: []any{&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &[2]unix.CapUserData{}}},
		{name: "prctl PR_SET_DUMPABLE", nr: unix.SYS_PRCTL, args: []any{unix.PR_SET_DUMPABLE, 1, 0, 0, 0}},
		{name: "prctl PR_SET_NAME", nr: unix.SYS_PRCTL, args: []any{unix.PR_SET_NAME, "innocent", 0, 0, 0}},
		{name: "prctl PR_SET_PDEATHSIG", nr: unix.SYS_PRCTL, args: []any{unix.PR_SET_PDEATHSIG, 0, 0, 0, 0}},
		{name: "personality", nr: unix.SYS_PERSONALITY, args: []any{0xffffffff}},
		{name: "mmap of executable memory", nr: unix.SYS_MMAP, args: []any{0, 4096, unix.PROT_READ | unix.PROT_EXEC, unix.MAP_PRIVATE | unix.MAP_ANON, -1, 0}},
		{name: "mmap of shared memory", nr: unix.SYS_MMAP, args: []any{0, 4096, unix.PROT_READ | unix.PROT_WRITE, unix.MAP_SHARED | unix.MAP_ANON, -1, 0}},
		{name: "mmap of a growing stack", nr: unix.SYS_MMAP, args: []any{0, 4096, unix.PROT_READ | unix.PROT_WRITE, unix.MAP_PRIVATE | unix.MAP_ANON | unix.MAP_GROWSDOWN, -1, 0}},
		{name: "mprotect to executable", nr: unix.SYS_MPROTECT, args: []any{page, 4096, unix.PROT_READ | unix.PROT_EXEC}},
		{name: "mremap", nr: unix.SYS_MREMAP, args: []any{page, 4096, 8192, unix.MREMAP_MAYMOVE}, fork: true},
		{name: "mlock", nr: unix.SYS_MLOCK, args: []any{page, 4096}, fork: true},
	}
	return append(all, legacyAttempts(in)...)
}

func mustMap() []byte {
	b, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		panic(err)
	}
	return b
}

func newInt32(n int32) *int32 { return &n }

// fileHandle is a struct file_handle with room for 128 bytes.
func fileHandle() *[136]byte {
	var h [136]byte
	h[0] = 128
	return &h
}

// try makes the system call and returns its error, or 0.
func (a *attempt) try(fork bool) syscall.Errno {
	var args [6]uintptr
	var pin runtime.Pinner
	defer pin.Unpin()
	for i, arg := range a.args {
		switch v := arg.(type) {
		case int:
			args[i] = uintptr(v)
		case string:
			p, err := unix.BytePtrFromString(v)
			if err != nil {
				panic(err)
			}
			pin.Pin(p)
			args[i] = uintptr(unsafe.Pointer(p))
		case []byte:
			pin.Pin(&v[0])
			args[i] = uintptr(unsafe.Pointer(&v[0]))
		case unsafe.Pointer:
			args[i] = uintptr(v)
		default:
			pin.Pin(v)
			args[i] = (*[2]uintptr)(unsafe.Pointer(&arg))[1] // where the interface points
		}
	}
	if fork && a.fork {
		return inFork(a.nr, &args)
	}
	r, errno := trap(a.nr, &args)
	if errno == 0 && a.undo != nil {
		a.undo(r)
	}
	return errno
}

// trap makes a system call. If that forks, the new process ends.
//
//go:norace
func trap(nr uintptr, args *[6]uintptr) (uintptr, syscall.Errno) {
	r, _, errno := unix.RawSyscall6(nr, args[0], args[1], args[2], args[3], args[4], args[5])
	if errno == 0 && r == 0 && (nr == unix.SYS_CLONE || nr == unix.SYS_CLONE3 || nr == legacyFork) {
		for {
			unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		}
	}
	return r, errno
}

// inFork makes the system call in a process of its own.
//
//go:norace
func inFork(nr uintptr, args *[6]uintptr) syscall.Errno {
	pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 {
		panic(errno)
	}
	if pid == 0 {
		_, errno := trap(nr, args)
		for {
			unix.RawSyscall(unix.SYS_EXIT_GROUP, uintptr(errno), 0, 0)
		}
	}
	var status unix.WaitStatus
	for {
		_, err := unix.Wait4(int(pid), &status, 0, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil || !status.Exited() {
			panic(fmt.Sprintf("the forked process: %v, status %#x", err, status))
		}
		return syscall.Errno(status.ExitStatus())
	}
}

// An outcome is the errors of all attempts, by name and by the thread that made
// them.
type outcome map[string]map[string]syscall.Errno

func roleAttempts(o *options) {
	all := attempts(o.Dir)
	results := make(outcome)
	for _, a := range all {
		if results[a.name] != nil {
			panic("there are two attempts with the name " + a.name)
		}
		results[a.name] = make(map[string]syscall.Errno)
	}
	// try is never run twice at a time.
	try := func(thread string) {
		for _, a := range all {
			results[a.name][thread] = a.try(o.Bare)
		}
	}
	if o.Bare {
		try("bare")
		report(results)
		return
	}
	turn, done := make(chan bool), make(chan bool)
	locked := func(thread string) {
		runtime.LockOSThread()
		turn <- true // it has a thread
		<-turn
		try(thread)
		done <- true
	}
	go locked("a thread from before")
	<-turn
	o.apply()
	turn <- true
	<-done
	// The main thread, and one that is new.
	try("the main thread")
	runtime.LockOSThread()
	go locked("a thread from after")
	<-turn
	turn <- true
	<-done
	report(results)
}

// No attempt succeeds that would without a sandbox, on no thread.
func TestAttempts(t *testing.T) {
	t.Parallel()
	needAll(t)
	const want = 40
	for _, user := range []string{"me", "nobody"} {
		t.Run(user, func(t *testing.T) {
			t.Parallel()
			bare := runAttempts(t, user, options{Bare: true})
			inside := runAttempts(t, user, options{Config: full})
			real := 0
			names := make([]string, 0, len(bare))
			for name := range bare {
				names = append(names, name)
			}
			sort.Strings(names)
			for _, name := range names {
				without := bare[name]["bare"]
				if without == 0 {
					real++
				} else {
					t.Logf("not counted: %s fails without a sandbox too: %v", name, without)
				}
				if len(inside[name]) != 3 {
					t.Errorf("%s was tried on the threads %v", name, inside[name])
				}
				for thread, errno := range inside[name] {
					// A file that was kept open is only kept from growing.
					ok := errno == unix.EPERM || errno == unix.EACCES || strings.HasPrefix(name, "clone3") && errno == unix.ENOSYS || name == "write to a file" && errno == unix.EFBIG
					if !ok {
						t.Errorf("%s on %s: %v (%d), want EPERM", name, thread, errno, int(errno))
					}
				}
			}
			t.Logf("%d attempts succeed without a sandbox, and none in it", real)
			if real < want {
				t.Errorf("only %d attempts of %d succeed without a sandbox, want %d", real, len(bare), want)
			}
		})
	}
}

func runAttempts(t *testing.T, user string, o options) outcome {
	t.Helper()
	// T.TempDir is closed to other users.
	dir, err := os.MkdirTemp("", "attempts")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	o.Dir = dir
	for _, name := range []string{"file", "rename", "remove"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("text"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "mount"), 0o700); err != nil {
		t.Fatal(err)
	}
	folder, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	file, err := os.OpenFile(filepath.Join(dir, "file"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	w.WriteString("text")
	for fd := dirFD; fd < keptFDs; fd++ {
		o.Config.Keep = append(o.Config.Keep, fd)
	}
	cmd := child(t, "attempts", o)
	cmd.ExtraFiles = []*os.File{folder, file, socket(t, unix.SOCK_DGRAM), socket(t, unix.SOCK_STREAM), r, w}
	if user == "nobody" {
		asNobody(t, cmd)
		err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Chown(path, nobody, nobody)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var got outcome
	ask(t, cmd, &got)
	return got
}

// socket returns one that is neither bound nor connected.
func socket(t *testing.T, kind int) *os.File {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "socket")
	t.Cleanup(func() { f.Close() })
	return f
}

// To execute a program is the one attempt that does not return.
func TestExec(t *testing.T) {
	t.Parallel()
	needAll(t)
	for _, call := range []string{"execve", "execveat"} {
		for _, bare := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, bare %v", call, bare), func(t *testing.T) {
				t.Parallel()
				want := unix.EPERM.Error()
				if bare {
					want = "executed"
				}
				var got string
				ask(t, child(t, "exec", options{Bare: bare, Config: full, Dir: call}), &got)
				if got != want {
					t.Errorf("%s: %q, want %q", call, got, want)
				}
			})
		}
	}
}

func roleExec(o *options) {
	o.apply()
	args := []string{"again", asChild, "executed", "{}"}
	path, err := unix.BytePtrFromString("/proc/self/exe")
	if err != nil {
		panic(err)
	}
	argv, err := syscall.SlicePtrFromStrings(args)
	if err != nil {
		panic(err)
	}
	env := []*byte{nil}
	var errno syscall.Errno
	switch o.Dir {
	case "execve":
		_, _, errno = unix.Syscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&env[0])))
	case "execveat":
		at := unix.AT_FDCWD
		_, _, errno = unix.Syscall6(unix.SYS_EXECVEAT, uintptr(at), uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&env[0])), 0, 0)
	}
	report(errno.Error())
}
