// Package sandbox takes from a child what it does not need, before the child
// parses the first byte of a script. It compiles everywhere; what a system
// cannot do is left out there, and said where it is.
//
//	sandbox.CloseInherited(3)                  // first thing in main
//	// ... the engines are made known, BOOT is read ...
//	inForce, err := sandbox.Apply(sandbox.Config{
//		Mode:   sandbox.Strict,
//		Memory: 64 << 20,
//		Keep:   []int{3},
//	})
//	var missing *sandbox.MissingError
//	if errors.As(err, &missing) { ... }        // and exit: half of it is in force
//
// [Apply] puts on one layer after the other. They overlap on purpose: what gets
// past one is stopped by the next.
//
//	max-stack     a goroutine's stack is bounded, by the Go runtime
//	soft-memory   the garbage collector works harder near Memory (GOMEMLIMIT)
//	no-new-privs  no program that is executed gains privileges
//	descriptors   everything but 0, 1, 2 and Keep is closed
//	rlimit-core   no core dump
//	rlimit-fsize  no regular file grows
//	rlimit-nofile no more descriptors than are open, and a few
//	rlimit-cpu    SIGKILL after CPU: a backstop, the parent is more exact
//	rlimit-data   the private memory that can be written: see [Config]
//	rlimit-as     the address space: see [Config]
//	landlock      no file, no TCP port, no abstract socket, no signal to others
//	not-dumpable  no other process of the user can look into this one
//	seccomp       only the system calls that a Go program computes with
//	self-test     open, socket, fork and exec were tried, and failed
//
// max-stack is always in force and the limits that take a number are where the
// number is not 0, whatever the mode. [Probe] tells which layers a machine
// offers.
//
// # What has to happen before
//
// Nothing can be opened afterwards. Apply itself loads time.Local and stops the
// runtime from following changes of the CPU limit of its cgroup, for which it
// reads a file every second. Whatever else reads files or makes sockets when it
// is first used has to be used before: time.LoadLocation, os.Hostname,
// os/user, net.FileConn, text that is read from /proc or /sys. Random numbers
// (crypto/rand, math/rand) and clocks need no file.
//
// Descriptors that were opened for the program's own use (the runtime's cgroup
// files, or a log that a package's init opened) become copies of the standard
// error, so that neither their number is given away twice nor an *os.File
// closes what is not its own.
//
// # How a child dies
//
// Beyond Memory the runtime collects garbage as hard as it may (half of the
// CPU), and where rlimit-data or rlimit-as are reached, it prints "fatal error:
// runtime: cannot allocate memory" or "fatal error: out of memory" and a
// traceback, and exits with status 2. Nothing recovers from that. It does not check
// each of its own allocations, so a SIGSEGV in package runtime may mean it as
// well, and so may a thread that cannot be made ("pthread_create failed"); the
// status is the same. The reason comes first and the stacks of all goroutines
// follow, whatever GOTRACEBACK says: who keeps only the end of a long
// output misses the reason. Beyond the
// stack's bound it is "runtime: goroutine stack exceeds ...-byte limit" and
// "fatal error: stack overflow", with the same status.
//
// Not limited are the threads that a taken-over child makes: RLIMIT_NPROC counts
// those of all the user's processes. A cgroup's pids.max bounds them.
package sandbox
