package tenant

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// removedFolder has the JWT of each account that was a tenant's, which brokers that know
// the account have to be told: nobody may do anything in it.
const removedFolder = "removed"

// Remove removes a tenant with its users and all keys of it. A broker that runs learns of
// it by [Operator.Push], and closes the connections of its users then. What brokers have
// stored for it stays, and nobody can reach it any more: to have it removed, connect with
// [Operator.Within] first. The name can be given to another tenant. The error is
// ErrNotFound if there is no such tenant.
func (o *Operator) Remove(name string) error {
	if err := o.check(name); err != nil {
		return err
	}
	claims, err := o.account(name)
	if err != nil {
		return err
	}
	gone := jwt.NewAccountClaims(claims.Subject)
	gone.Name = name
	gone.Revocations = jwt.RevocationList{}
	gone.RevokeAt(jwt.All, time.Now())
	token, err := gone.Encode(o.key)
	if err != nil {
		return err
	}
	// First what takes effect.
	if err := os.MkdirAll(filepath.Join(o.dir, removedFolder), 0o700); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(o.dir, removedFolder, claims.Subject), []byte(name+" "+token+"\n")); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Join(o.dir, tenantsFolder), ".gone-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	return os.Rename(o.folder(name), filepath.Join(tmp, name))
}

// removed are the accounts of tenants that were removed.
func (o *Operator) removed() ([]accountJWT, error) {
	entries, err := os.ReadDir(filepath.Join(o.dir, removedFolder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []accountJWT
	for _, e := range entries {
		if !nkeys.IsValidPublicAccountKey(e.Name()) {
			continue
		}
		path := filepath.Join(o.dir, removedFolder, e.Name())
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		name, token, ok := strings.Cut(strings.TrimSpace(string(text)), " ")
		if !ok {
			return nil, fmt.Errorf("%s does not say what account was removed", path)
		}
		all = append(all, accountJWT{name, e.Name(), token})
	}
	return all, nil
}

// withinTime is how long the credentials of Within can be used.
const withinTime = time.Hour

// Within has a client connect as an admin of the tenant, to look after what is there. What
// it connects with is written nowhere, and ends after an hour.
func (o *Operator) Within(tenant string) (nats.Option, error) {
	if err := o.check(tenant); err != nil {
		return nil, err
	}
	account, err := readKey(filepath.Join(o.folder(tenant), accountFile), nkeys.PrefixByteAccount)
	if err != nil {
		return nil, err
	}
	signer, err := readKey(filepath.Join(o.folder(tenant), roleFile(Admin)), nkeys.PrefixByteAccount)
	if err != nil {
		return nil, err
	}
	creds, _, err := newUser(account, signer, "operator", time.Now().Add(withinTime))
	if err != nil {
		return nil, err
	}
	return nats.UserCredentialBytes(creds), nil
}
