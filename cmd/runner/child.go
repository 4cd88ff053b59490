package main

import (
	"fmt"
	"net"
	"os"

	"github.com/spf13/cobra"

	"scripthost.example/child"
	"scripthost.example/js"
	"scripthost.example/lua"
)

// childFD is the file descriptor of the socket to the parent.
const childFD = 3

func childCommand(status *int) *cobra.Command {
	return &cobra.Command{
		Use:   "child",
		Short: "Be a worker, for a parent that speaks the protocol",
		Long: `Serves the extended protocol (wire/PROTOCOL.md) on the stream socket that is
file descriptor 3. It is for parents that are not the runner: the runner starts
its workers itself.`,
		Example: `    runner child    # from a shell it only says what it lacks`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{message: "child takes no arguments", help: "runner child"}
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) (err error) {
			*status, err = serveChild()
			return err
		},
	}
}

// serveChild is a worker, and returns the exit status.
func serveChild() (int, error) {
	file := os.NewFile(childFD, "socket")
	conn, err := net.FileConn(file)
	if _, isStream := conn.(*net.UnixConn); err != nil || !isStream {
		return 0, &usageError{
			message: fmt.Sprintf("a worker is started by its parent, with a socket on file descriptor %d: there is none", childFD),
			hint:    "To run a script: runner --script FILE",
			help:    "runner child",
		}
	}
	file.Close() // conn is a copy
	if err := child.Serve(conn, lua.Engine(), js.Engine()); err != nil {
		fmt.Fprintf(os.Stderr, "runner child: %v\n", err)
		return exitDied, nil
	}
	return exitOK, nil
}
