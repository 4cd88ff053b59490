package tenant

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

var (
	// ErrExists is the error where there already is an operator, tenant or user of that name.
	ErrExists = errors.New("it is there already")
	// ErrNotFound is the error where there is no such operator, tenant or user.
	ErrNotFound = errors.New("there is none")
)

// The files of an operator's folder. Tenants are in the folder "tenants". Only keys and
// settings are kept; the JWTs of accounts are made of them when they are needed, so that
// none can be older than what it says.
const (
	operatorFile  = "operator.nk"
	nameFile      = "name"
	systemFile    = "system.nk"
	systemUser    = "system.creds"
	tenantsFolder = "tenants"
)

// An Operator makes tenants. All that it knows is in its folder: who can read it can do
// all that it can, so it is for its owner only. It is safe for concurrent use, and so is
// its folder.
type Operator struct {
	dir    string
	name   string
	key    nkeys.KeyPair
	system nkeys.KeyPair
}

// Init makes a folder with the keys of a new operator. The name is for people. The error
// is ErrExists if there is one in the folder.
func Init(dir, name string) (*Operator, error) {
	if err := checkName("operator", name); err != nil {
		return nil, err
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp(parent, ".new-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	if err := writeOperator(tmp, name); err != nil {
		return nil, err
	}
	// A folder that is empty may be there; systems differ in whether it is replaced.
	os.Remove(dir)
	if err := os.Rename(tmp, dir); err != nil {
		if _, e := os.Stat(filepath.Join(dir, operatorFile)); e == nil {
			return nil, fmt.Errorf("operator in %s: %w", dir, ErrExists)
		}
		return nil, fmt.Errorf("%s is no place for an operator, which needs a folder that is new or empty: %w", dir, err)
	}
	return Open(dir)
}

// writeOperator writes the files of a new operator.
func writeOperator(dir, name string) error {
	if err := os.Mkdir(filepath.Join(dir, tenantsFolder), 0o700); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, nameFile), []byte(name+"\n")); err != nil {
		return err
	}
	key, err := nkeys.CreateOperator()
	if err != nil {
		return err
	}
	if err := writeKey(filepath.Join(dir, operatorFile), key); err != nil {
		return err
	}
	system, err := nkeys.CreateAccount()
	if err != nil {
		return err
	}
	if err := writeKey(filepath.Join(dir, systemFile), system); err != nil {
		return err
	}
	creds, _, err := newUser(system, system, "system", time.Time{})
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, systemUser), creds)
}

// Open opens the folder of an operator. The error is ErrNotFound if it has none.
func Open(dir string) (*Operator, error) {
	key, err := readKey(filepath.Join(dir, operatorFile), nkeys.PrefixByteOperator)
	if err != nil {
		return nil, named("operator in "+dir, err)
	}
	system, err := readKey(filepath.Join(dir, systemFile), nkeys.PrefixByteAccount)
	if err != nil {
		return nil, err
	}
	name, err := os.ReadFile(filepath.Join(dir, nameFile))
	if err != nil {
		return nil, err
	}
	return &Operator{dir: dir, name: strings.TrimSpace(string(name)), key: key, system: system}, nil
}

// System has a client connect to the operator's system account, which [Operator.Push]
// needs, and which sees how the broker does.
func (o *Operator) System() nats.Option {
	return nats.UserCredentials(filepath.Join(o.dir, systemUser))
}

// claims are the operator's JWT, as claims and encoded.
func (o *Operator) claims() (*jwt.OperatorClaims, string, error) {
	public, err := o.key.PublicKey()
	if err != nil {
		return nil, "", err
	}
	claims := jwt.NewOperatorClaims(public)
	claims.Name = o.name
	if claims.SystemAccount, err = o.system.PublicKey(); err != nil {
		return nil, "", err
	}
	token, err := claims.Encode(o.key)
	return claims, token, err
}

// systemJWT is the JWT of the system account.
func (o *Operator) systemJWT() (public, token string, err error) {
	if public, err = o.system.PublicKey(); err != nil {
		return "", "", err
	}
	claims := jwt.NewAccountClaims(public)
	claims.Name = "SYS"
	token, err = claims.Encode(o.key)
	return public, token, err
}

// newUser makes a user of an account; its JWT is signed by signer, and ends at a time
// unless that is zero. It returns the file of
// its credentials and its public key.
func newUser(account, signer nkeys.KeyPair, name string, ends time.Time) (creds []byte, public string, err error) {
	user, err := nkeys.CreateUser()
	if err != nil {
		return nil, "", err
	}
	if public, err = user.PublicKey(); err != nil {
		return nil, "", err
	}
	seed, err := user.Seed()
	if err != nil {
		return nil, "", err
	}
	accountKey, err := account.PublicKey()
	if err != nil {
		return nil, "", err
	}
	claims := jwt.NewUserClaims(public)
	claims.Name = name
	if !ends.IsZero() {
		claims.Expires = ends.Unix()
	}
	if signer != account {
		// What it may do is in the account, beside the key that signed.
		claims.IssuerAccount = accountKey
		claims.SetScoped(true)
	}
	token, err := claims.Encode(signer)
	if err != nil {
		return nil, "", err
	}
	creds, err = jwt.FormatUserConfig(token, seed)
	return creds, public, err
}

// named says what an error of a file means.
func named(what string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w", what, ErrNotFound)
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s: %w", what, ErrExists)
	}
	return err
}

// readKey reads a key of that kind, which nobody but its owner may be able to read.
func readKey(path string, kind nkeys.PrefixByte) (nkeys.KeyPair, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by other users (mode %04o): chmod 600 it, and think of whether somebody has read it", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	seed := []byte(strings.TrimSpace(string(text)))
	if prefix, _, err := nkeys.DecodeSeed(seed); err != nil || prefix != kind {
		return nil, fmt.Errorf("%s has no key of an %s", path, kind)
	}
	return nkeys.FromSeed(seed)
}

func writeKey(path string, key nkeys.KeyPair) error {
	seed, err := key.Seed()
	if err != nil {
		return err
	}
	return writeFile(path, append(seed, '\n'))
}

// writeNew writes a file for its owner, unless there is one.
func writeNew(path string, content []byte) error {
	tmp, err := writeTemporary(path, content)
	if err != nil {
		return err
	}
	defer os.Remove(tmp)
	// Unlike a rename this fails if there is one, and the file is there whole or not at all.
	return os.Link(tmp, path)
}

// writeFile writes a file for its owner; it is there whole or as it was before.
func writeFile(path string, content []byte) error {
	tmp, err := writeTemporary(path, content)
	if err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		os.Remove(tmp)
		return err
	}
	return nil
}

// writeTemporary writes a file beside path. Its name begins with a dot, so that it is taken
// for nothing else. Its mode is 0600.
func writeTemporary(path string, content []byte) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}
