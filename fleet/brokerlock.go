package fleet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// lockDir takes the lock of a broker's folder, for as long as the file is open.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	taken, err := tryLock(f)
	if err != nil {
		f.Close()
		return nil, &os.PathError{Op: "lock", Path: f.Name(), Err: err}
	}
	if !taken {
		defer f.Close()
		pid, _ := io.ReadAll(io.LimitReader(f, 32))
		return nil, fmt.Errorf("%w (process %s): connect to that one, whose address is in %s, or end it", ErrBrokerRunning, bytes.TrimSpace(pid), filepath.Join(dir, urlFile))
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = fmt.Fprintln(f, os.Getpid())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	// What a broker left that was killed names an address that is nobody's by now.
	if err := os.Remove(filepath.Join(dir, urlFile)); err != nil && !os.IsNotExist(err) {
		f.Close()
		return nil, err
	}
	return f, nil
}

// lockHeld tells whether a process that runs has the folder of a broker, by its number: to try
// the lock would keep a broker from taking it. It may be wrong about one that was killed,
// whose number is that of another process now.
func lockHeld(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, lockFile))
	if err != nil {
		return false
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(text)))
	if err != nil || pid <= 0 {
		return false
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer func() { _ = p.Release() }() // there is nothing to be done about it
	return !errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}
