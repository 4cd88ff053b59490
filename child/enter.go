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

// Where package host puts the child's end of the socket, and that of the one
// over which it passes files.
const (
	socketFD     = 3
	fileSocketFD = 4
)

// stdioArg follows the first argument of a child whose stream is its standard
// input and output.
const stdioArg = "--stdio"

// Enter makes this process a worker if package host started it as one, and then
// never returns: the process exits when it has served its last call. Otherwise
// it returns at once. Call it before anything else that main does: what comes
// before it also happens in every child.
//
// A program that calls Enter can be a worker on another machine, too: started
// there as "PROGRAM scripthost-child --stdio" it serves its standard input and
// output.
func Enter(engines ...engine.Engine) {
	if !IsChild() {
		return
	}
	conn, err := enterStream(os.Args[2:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", wire.ChildArg, err)
		os.Exit(exitUsage)
	}
	Main(conn, engines...)
}

// enterStream is the stream that the arguments of a child say.
func enterStream(args []string) (Conn, error) {
	switch {
	case len(args) == 0:
		return FD(socketFD)
	case len(args) > 1 || args[0] != stdioArg:
		return nil, fmt.Errorf("a worker takes no arguments but %s", stdioArg)
	}
	conn, err := Stdio()
	if err == nil {
		_, err = conn.Write(wire.Greeting())
	}
	return conn, err
}

// Main makes this process a worker on a stream that FD or Stdio returned, and
// never returns. Signals that people send to all processes at once are ignored
// from then on, and the descriptors that this process was started with are
// closed, but for the standard streams.
func Main(conn Conn, engines ...engine.Engine) {
	// A Ctrl-C at the terminal, or a service manager's SIGTERM, goes to all
	// processes at once. It is the parent that decides what it means: it may
	// drain its workers first.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	sandbox.CloseInherited(2)
	profileNothing()
	serve(conn, os.Exit, engines)
	// Only os.Exit ends a child: serve returns where exit does.
	select {}
}

// IsChild reports whether package host started this process as a worker.
func IsChild() bool {
	return len(os.Args) > 1 && os.Args[1] == wire.ChildArg
}
