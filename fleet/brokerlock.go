package fleet

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
