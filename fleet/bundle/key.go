package bundle

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/nats-io/nkeys"
)

// maxSeedFile is how many bytes a file with a seed may have.
const maxSeedFile = 64 << 10

// checkKey says why a public key cannot have signed a bundle.
func checkKey(public string) error {
	switch {
	case nkeys.IsValidPublicKey(public) && nkeys.Prefix(public) != nkeys.PrefixByteCurve: // which is to encrypt
		return nil
	case len(public) > 0 && public[0] == 'S':
		return &Error{Kind: ErrKey, What: "it is a seed, and a public key is needed", Next: "whoever has seen it can sign: if this was shown or stored, make another key"}
	}
	return &Error{Kind: ErrKey, Where: printable(shorten(public)), What: "it is no public nkey that can sign", Next: "that is 56 letters and digits, like U…"}
}

// CreateKey makes a key to sign bundles with, writes its seed into a new file that only
// its owner can read, and returns the public key. A file that is there is left alone.
func CreateKey(path string) (public string, err error) {
	key, err := nkeys.CreateUser()
	if err != nil {
		return "", &Error{Kind: ErrKey, Cause: err}
	}
	defer key.Wipe()
	if public, err = key.PublicKey(); err != nil {
		return "", &Error{Kind: ErrKey, Cause: err}
	}
	seed, err := key.Seed()
	if err != nil {
		return "", &Error{Kind: ErrKey, Cause: err}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", &Error{Kind: ErrKey, What: "the file cannot be made", Cause: err}
	}
	_, err = f.Write(append(seed, '\n'))
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		_ = os.Remove(path) // half a seed is none
		return "", &Error{Kind: ErrKey, Cause: err}
	}
	return public, nil
}

// ReadKey reads a key to sign with from a file that has its seed, as CreateKey, nk and
// nsc write it. Others than its owner must not be able to read the file.
func ReadKey(path string) (nkeys.KeyPair, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{Kind: ErrKey, What: "the file cannot be read", Cause: err}
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, &Error{Kind: ErrKey, What: "the file cannot be read", Cause: err}
	case !info.Mode().IsRegular():
		return nil, &Error{Kind: ErrKey, Where: path, What: "it is no regular file"}
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, &Error{
			Kind: ErrKey, Where: path, What: fmt.Sprintf("others can read or write the file (mode %04o), and so sign in your name", info.Mode().Perm()),
			Next: "chmod 600, or better a new key",
		}
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSeedFile+1))
	switch {
	case err != nil:
		return nil, &Error{Kind: ErrKey, What: "the file cannot be read", Cause: err}
	case len(text) > maxSeedFile:
		return nil, &Error{Kind: ErrKey, Where: path, What: "the file is too large to be a seed"}
	}
	defer clear(text)
	key, err := nkeys.ParseDecoratedNKey(text)
	if err != nil {
		key, err = nkeys.FromSeed(bytes.TrimSpace(text))
	}
	if err != nil {
		return nil, &Error{Kind: ErrKey, Where: path, What: "it has no seed of an nkey", Cause: err, Next: "nk -gen user writes one"}
	}
	if public, err := key.PublicKey(); err != nil || checkKey(public) != nil {
		return nil, &Error{Kind: ErrKey, Where: path, What: "the key in it cannot sign", Next: "nk -gen user writes one that can"}
	}
	return key, nil
}
