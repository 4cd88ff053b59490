package fleet

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"

	"github.com/nats-io/nkeys"
)

// clientKey reads the key that clients of an embedded broker log in with, or makes one. It
// is a key and no password, so that who listens in the broker's place learns nothing from
// a client that connects.
func clientKey(path string) (seed []byte, public string, err error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		key, err := nkeys.CreateUser()
		if err != nil {
			return nil, "", err
		}
		seed, err := key.Seed()
		if err != nil {
			return nil, "", err
		}
		if err := writeNew(path, append(seed, '\n')); err != nil {
			return nil, "", err
		}
	case err != nil:
		return nil, "", err
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, "", fmt.Errorf("%s can be read by other users (mode %04o), who could connect: chmod 600 it, or remove it for a new one", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, "", err
	}
	key, err := nkeys.ParseDecoratedUserNKey(text)
	if err != nil {
		return nil, "", fmt.Errorf("%s is not the key of a user (%w): remove it for a new one", path, err)
	}
	if seed, err = key.Seed(); err != nil {
		return nil, "", err
	}
	public, err = key.PublicKey()
	return seed, public, err
}

// writeNew writes a file that only its owner can read, and that is there whole or not at
// all, also after a loss of power.
func writeNew(path string, content []byte) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		os.Remove(tmp)
	}
	return err
}
