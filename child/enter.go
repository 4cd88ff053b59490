package child

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"scripthost.example/child/engine"
	"scripthost.example/child/sandbox"
	"scripthost.example/wire"
)

// socketFD is where package host puts the child's end of the socket.
const socketFD = 3

// Enter makes this process a worker if package host started it as one, and then
// never returns: the process exits when it has served its last call. Otherwise
// it returns at once. Call it before anything else that main does: what comes
// before it also happens in every child.
func Enter(engines ...engine.Engine) {
	if !IsChild() {
		return
	}
	// A Ctrl-C at the terminal, or a service manager's SIGTERM, goes to all
	// processes at once. It is the parent that decides what it means: it may
	// drain its workers first.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	sandbox.CloseInherited(socketFD)
	if err := syscall.SetNonblock(socketFD, true); err != nil {
		fmt.Fprintf(os.Stderr, "%s: file descriptor %d is not a socket: %v\n", wire.ChildArg, socketFD, err)
		os.Exit(exitUsage)
	}
	syscall.CloseOnExec(socketFD)
	conn := os.NewFile(socketFD, "socket")
	serve(conn, os.Exit, engines)
	// Only os.Exit ends a child: serve returns where exit does.
	select {}
}

// IsChild reports whether package host started this process as a worker.
func IsChild() bool {
	return len(os.Args) > 1 && os.Args[1] == wire.ChildArg
}
