package sandbox_test

import "golang.org/x/sys/unix"

const legacyFork = unix.SYS_FORK

// legacyAttempts are calls that only older architectures have.
func legacyAttempts(in func(string) string) []attempt {
	return []attempt{
		{name: "open", nr: unix.SYS_OPEN, args: []any{"/dev/null", unix.O_RDONLY, 0}},
		{name: "creat", nr: unix.SYS_CREAT, args: []any{in("created"), 0o600}},
		{name: "stat", nr: unix.SYS_STAT, args: []any{"/", &unix.Stat_t{}}},
		{name: "access", nr: unix.SYS_ACCESS, args: []any{"/", unix.R_OK}},
		{name: "mkdir", nr: unix.SYS_MKDIR, args: []any{in("made"), 0o700}},
		{name: "fork", nr: unix.SYS_FORK, fork: true},
		{name: "pipe", nr: unix.SYS_PIPE, args: []any{new([2]int32)}},
		{name: "dup2", nr: unix.SYS_DUP2, args: []any{fileFD, 62}},
		{name: "epoll_create", nr: unix.SYS_EPOLL_CREATE, args: []any{1}},
		{name: "alarm", nr: unix.SYS_ALARM, args: []any{0}},
		{name: "arch_prctl", nr: unix.SYS_ARCH_PRCTL, args: []any{0x1003, new(uint64)}},
		{name: "getpid with the number of x32", nr: 0x40000000 | unix.SYS_GETPID},
	}
}
