package sandbox

import "golang.org/x/sys/unix"

// rules are the system calls that are left to the process with this id: what
// the Go runtime, the C library's threads under it and a worker do once all has
// been opened. What is not here fails with EPERM.
//
// Beyond heapEnd the Go heap cannot grow, if it is not 0. The runtime grows it by
// mapping over addresses that it has reserved, and the kernel does not count what
// a mapping replaces: RLIMIT_DATA would let any one of them pass.
//
// With profile the process may have itself interrupted as its processor time passes.
func rules(pid int, heapEnd uint64, profile bool) []rule {
	const (
		own = 0 // a process id that means the caller

		// What a thread shares with the others. A process that is forked
		// would lack some, and one that is to be traced has more.
		thread = unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_THREAD | unix.CLONE_SYSVSEM
		// What the C library, and Go on amd64, add to it.
		threadToo = unix.CLONE_SETTLS | unix.CLONE_PARENT_SETTID | unix.CLONE_CHILD_CLEARTID | unix.CLONE_DETACHED

		readWrite = unix.PROT_READ | unix.PROT_WRITE

		// A mapping is private memory, which RLIMIT_DATA counts: no file, not
		// shared, no stack that grows by itself.
		private   = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS
		mapToo    = unix.MAP_FIXED | unix.MAP_FIXED_NOREPLACE | unix.MAP_NORESERVE | unix.MAP_STACK
		droppable = unix.MAP_DROPPABLE | unix.MAP_ANONYMOUS // for the state of getrandom

		// What the runtime keeps about its heap grows by less at a time, and the
		// heap itself by 4 MiB at least.
		notHeap = 1 << 20

		// Clocks of this process. The others name processes and devices.
		ownClocks = 15

		itimerProf = 2 // ITIMER_PROF
	)
	anywhere := bits{3, ^uint64(mapToo), private}
	notOver := bits{3, ^uint64(mapToo &^ unix.MAP_FIXED), private}
	memory := rule{nr: unix.SYS_MMAP, when: []condition{
		{only(2, readWrite), anywhere},
		{only(2, readWrite), is(3, droppable)},
	}}
	if heapEnd != 0 {
		memory.when = []condition{
			{only(2, readWrite), notOver},
			{is(2, unix.PROT_NONE), anywhere},
			{only(2, readWrite), anywhere, atMost{1, notHeap}},
			{only(2, readWrite), anywhere, sumAtMost{0, 1, heapEnd}},
			{only(2, readWrite), is(3, droppable)},
		}
		memory.noMemory = []condition{{only(2, readWrite), anywhere}}
	}
	all := []rule{
		memory, // nothing becomes executable
		{nr: unix.SYS_MPROTECT, when: []condition{{only(2, readWrite)}}},
		{nr: unix.SYS_MUNMAP},
		{nr: unix.SYS_MADVISE},
		{nr: unix.SYS_BRK}, // malloc

		// Threads and what they wait with.
		{nr: unix.SYS_CLONE, when: []condition{{bits{0, ^uint64(threadToo), thread}}}},
		{nr: unix.SYS_CLONE3, otherwise: unix.ENOSYS}, // its flags are in memory; the C library then uses clone
		{nr: unix.SYS_FUTEX},
		{nr: unix.SYS_SCHED_YIELD},
		{nr: unix.SYS_SET_ROBUST_LIST},
		{nr: unix.SYS_RSEQ},
		{nr: unix.SYS_GETTID},
		{nr: unix.SYS_GETPID},
		{nr: unix.SYS_EXIT},
		{nr: unix.SYS_EXIT_GROUP},

		// Signals, also to preempt goroutines and to crash, but to no one else.
		{nr: unix.SYS_TGKILL, when: []condition{{is(0, uint64(pid))}}},
		{nr: unix.SYS_RT_SIGACTION},
		{nr: unix.SYS_RT_SIGPROCMASK},
		{nr: unix.SYS_RT_SIGRETURN},
		{nr: unix.SYS_SIGALTSTACK},
		{nr: unix.SYS_RESTART_SYSCALL},

		// Time.
		{nr: unix.SYS_NANOSLEEP},
		{nr: unix.SYS_CLOCK_NANOSLEEP, when: []condition{{only(0, ownClocks)}}},
		{nr: unix.SYS_CLOCK_GETTIME, when: []condition{{only(0, ownClocks)}}},
		{nr: unix.SYS_GETTIMEOFDAY},

		// Chance.
		{nr: unix.SYS_GETRANDOM},

		// Descriptors that are open already, or that the parent passes.
		{nr: unix.SYS_READ},
		{nr: unix.SYS_WRITE},
		{nr: unix.SYS_READV},
		{nr: unix.SYS_WRITEV},
		{nr: unix.SYS_PREAD64},
		{nr: unix.SYS_LSEEK},
		{nr: unix.SYS_FSTAT},
		{nr: unix.SYS_CLOSE},
		{nr: unix.SYS_SHUTDOWN},
		{nr: unix.SYS_RECVMSG},
		{nr: unix.SYS_RECVFROM},
		{nr: unix.SYS_SENDTO, when: []condition{{is(3, unix.MSG_NOSIGNAL), is(4, 0)}}}, // to who is at the other end
		{nr: unix.SYS_FCNTL, when: []condition{
			{is(1, unix.F_GETFL)}, {is(1, unix.F_SETFL)}, {is(1, unix.F_GETFD)}, {is(1, unix.F_SETFD)},
		}},

		// The poller.
		{nr: unix.SYS_EPOLL_CREATE1},
		{nr: unix.SYS_EPOLL_CTL},
		{nr: unix.SYS_EPOLL_PWAIT},
		{nr: unix.SYS_EVENTFD2},

		// Whether the parent still reads.
		{nr: unix.SYS_PPOLL, when: []condition{{is(1, 1), is(3, 0)}}},

		// The process's own limits, to be read.
		{nr: unix.SYS_GETRLIMIT},
		{nr: unix.SYS_PRLIMIT64, when: []condition{{is(0, own), is(2, 0)}, {is(0, uint64(pid)), is(2, 0)}}},
	}
	if profile {
		all = append(all, rule{nr: unix.SYS_SETITIMER, when: []condition{{is(0, itimerProf)}}})
	}
	return all
}
