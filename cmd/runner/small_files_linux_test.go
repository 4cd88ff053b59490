package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

func init() { commands["small-files"] = smallFiles }

// smallFiles is "small-files N COMMAND ARG...": the command, which cannot write more
// than N bytes into a file: as on a full disk, what is over that is not written.
func smallFiles() {
	limit, err := strconv.ParseUint(os.Args[1], 10, 63)
	if err != nil {
		panic(err)
	}
	path, err := exec.LookPath(os.Args[2])
	if err != nil {
		panic(err)
	}
	runtime.LockOSThread() // only its mask is inherited
	var mask unix.Sigset_t
	mask.Val[0] = 1 << (unix.SIGXFSZ - 1) // it would end the process
	err = unix.PthreadSigmask(unix.SIG_BLOCK, &mask, nil)
	if err == nil {
		err = unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: limit, Max: limit})
	}
	if err == nil {
		err = unix.Exec(path, os.Args[2:], os.Environ())
	}
	fmt.Fprintln(os.Stderr, "small-files:", err)
	os.Exit(125)
}
