package tenant

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"

	"scripthost.example/fleet"
)

// The files of a tenant's folder. Each role has a key that signs its users.
const (
	accountFile   = "account.nk"
	limitsFile    = "limits.json"
	usersFolder   = "users"
	revokedFolder = "revoked"
	credsEnd      = ".creds"
)

func roleFile(role Role) string { return "role-" + string(role) + ".nk" }

// A Tenant is what an operator knows of one.
type Tenant struct {
	Name string
	// Account is the public key of the tenant's account.
	Account string
	Limits  Limits
	// Users are those that can connect, by name.
	Users []User
}

// A User is somebody, or some program, of a tenant.
type User struct {
	Name string
	Role Role
	// PublicKey is what the broker knows the user by.
	PublicKey string
	// Credentials is the file with what the user connects with.
	Credentials string
}

// checkName checks names as those of plugins: they are in subjects and paths too.
func checkName(what, name string) error { return fleet.CheckName(what, name) }

func (o *Operator) folder(tenant string) string {
	return filepath.Join(o.dir, tenantsFolder, tenant)
}

// Create makes a tenant with an account of its own. A broker that runs learns of it when
// one of its users connects, if it is configured by [Operator.Configure], and by
// [Operator.Push] otherwise. The error is ErrExists if there is one of that name.
func (o *Operator) Create(name string, limits Limits) error {
	if err := checkName("tenant", name); err != nil {
		return err
	}
	limits, err := limits.withDefaults()
	if err != nil {
		return err
	}
	if _, err := os.Stat(o.folder(name)); err == nil {
		return fmt.Errorf("tenant %s: %w", name, ErrExists)
	}
	tmp, err := os.MkdirTemp(filepath.Join(o.dir, tenantsFolder), ".new-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	for _, folder := range []string{usersFolder, revokedFolder} {
		if err := os.Mkdir(filepath.Join(tmp, folder), 0o700); err != nil {
			return err
		}
	}
	files := []string{accountFile}
	for _, role := range Roles {
		files = append(files, roleFile(role))
	}
	for _, file := range files {
		key, err := nkeys.CreateAccount()
		if err != nil {
			return err
		}
		if err := writeKey(filepath.Join(tmp, file), key); err != nil {
			return err
		}
	}
	if err := writeLimits(tmp, limits); err != nil {
		return err
	}
	if err := os.Rename(tmp, o.folder(name)); err != nil {
		if _, e := os.Stat(o.folder(name)); e == nil { // somebody else was faster
			return fmt.Errorf("tenant %s: %w", name, ErrExists)
		}
		return err
	}
	return nil
}

// SetLimits changes the limits of a tenant. A broker that runs learns of it by
// [Operator.Push].
func (o *Operator) SetLimits(name string, limits Limits) error {
	if err := o.check(name); err != nil {
		return err
	}
	limits, err := limits.withDefaults()
	if err != nil {
		return err
	}
	return writeLimits(o.folder(name), limits)
}

func writeLimits(folder string, limits Limits) error {
	text, err := json.MarshalIndent(limits, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(folder, limitsFile), append(text, '\n'))
}

// check returns ErrNotFound if there is no such tenant.
func (o *Operator) check(name string) error {
	if err := checkName("tenant", name); err != nil {
		return err
	}
	_, err := os.Stat(filepath.Join(o.folder(name), accountFile))
	return named("tenant "+name, err)
}

// AddUser makes a user of a tenant, and returns the path of the file with its credentials,
// which is to be handed to the user and to nobody else. The error is ErrExists if there is
// one of that name.
func (o *Operator) AddUser(tenant, user string, role Role) (creds string, err error) {
	if err := o.check(tenant); err != nil {
		return "", err
	}
	if err := checkName("user", user); err != nil {
		return "", err
	}
	if err := checkRole(role); err != nil {
		return "", err
	}
	account, err := readKey(filepath.Join(o.folder(tenant), accountFile), nkeys.PrefixByteAccount)
	if err != nil {
		return "", err
	}
	signer, err := readKey(filepath.Join(o.folder(tenant), roleFile(role)), nkeys.PrefixByteAccount)
	if err != nil {
		return "", err
	}
	content, _, err := newUser(account, signer, user, time.Time{})
	if err != nil {
		return "", err
	}
	creds = filepath.Join(o.folder(tenant), usersFolder, user+credsEnd)
	if err := writeNew(creds, content); err != nil {
		return "", named("user "+user+" of tenant "+tenant, err)
	}
	return creds, nil
}

// Revoke takes a user's access away. A broker that runs learns of it by [Operator.Push],
// and closes the user's connections then. The name can be given to another user. The error
// is ErrNotFound if there is no such user.
func (o *Operator) Revoke(tenant, user string) error {
	if err := o.check(tenant); err != nil {
		return err
	}
	if err := checkName("user", user); err != nil {
		return err
	}
	creds := filepath.Join(o.folder(tenant), usersFolder, user+credsEnd)
	claims, err := readUser(creds)
	if err != nil {
		return named("user "+user+" of tenant "+tenant, err)
	}
	// First what takes effect.
	note := time.Now().UTC().Format(time.RFC3339) + " " + user + "\n"
	if err := writeFile(filepath.Join(o.folder(tenant), revokedFolder, claims.Subject), []byte(note)); err != nil {
		return err
	}
	return os.Remove(creds)
}

// List is all tenants, by name.
func (o *Operator) List() ([]Tenant, error) {
	names, err := o.names()
	if err != nil {
		return nil, err
	}
	var tenants []Tenant
	for _, name := range names {
		t, err := o.tenant(name)
		if err != nil {
			return nil, err
		}
		tenants = append(tenants, t)
	}
	return tenants, nil
}

func (o *Operator) names() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(o.dir, tenantsFolder))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if checkName("tenant", e.Name()) == nil {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

func (o *Operator) tenant(name string) (Tenant, error) {
	claims, err := o.account(name)
	if err != nil {
		return Tenant{}, err
	}
	t := Tenant{Name: name, Account: claims.Subject, Limits: limitsOf(claims)}
	folder := filepath.Join(o.folder(name), usersFolder)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return Tenant{}, err
	}
	for _, e := range entries {
		user, ok := strings.CutSuffix(e.Name(), credsEnd)
		if !ok || checkName("user", user) != nil {
			continue
		}
		u := User{Name: user, Credentials: filepath.Join(folder, e.Name())}
		token, err := readUser(u.Credentials)
		if errors.Is(err, fs.ErrNotExist) { // revoked meanwhile
			continue
		}
		if err != nil {
			return Tenant{}, err
		}
		u.PublicKey = token.Subject
		if scope, ok := claims.SigningKeys.GetScope(token.Issuer); ok && scope != nil {
			u.Role = Role(scope.(*jwt.UserScope).Role)
		}
		t.Users = append(t.Users, u)
	}
	slices.SortFunc(t.Users, func(a, b User) int { return strings.Compare(a.Name, b.Name) })
	return t, nil
}

// readUser reads who a file of credentials is of.
func readUser(path string) (*jwt.UserClaims, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	token, err := jwt.ParseDecoratedJWT(content)
	if err != nil {
		return nil, fmt.Errorf("%s has no credentials: %w", path, err)
	}
	claims, err := jwt.DecodeUserClaims(token)
	if err != nil {
		return nil, fmt.Errorf("%s has no credentials of a user: %w", path, err)
	}
	return claims, nil
}

// account are the claims of a tenant's account, made of what is in its folder.
func (o *Operator) account(name string) (*jwt.AccountClaims, error) {
	folder := o.folder(name)
	key, err := readKey(filepath.Join(folder, accountFile), nkeys.PrefixByteAccount)
	if err != nil {
		return nil, named("tenant "+name, err)
	}
	public, err := key.PublicKey()
	if err != nil {
		return nil, err
	}
	claims := jwt.NewAccountClaims(public)
	claims.Name = name
	var limits Limits
	path := filepath.Join(folder, limitsFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &limits); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if limits, err = limits.withDefaults(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	limits.set(claims)
	for _, role := range Roles {
		signer, err := readKey(filepath.Join(folder, roleFile(role)), nkeys.PrefixByteAccount)
		if err != nil {
			return nil, err
		}
		scope := jwt.NewUserScope()
		if scope.Key, err = signer.PublicKey(); err != nil {
			return nil, err
		}
		scope.Role, scope.Template = string(role), template(role)
		claims.SigningKeys.AddScopedSigner(scope)
	}
	return claims, o.revoke(name, claims)
}

// revoke puts into the claims which users have been revoked, and when.
func (o *Operator) revoke(name string, claims *jwt.AccountClaims) error {
	folder := filepath.Join(o.folder(name), revokedFolder)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !nkeys.IsValidPublicUserKey(e.Name()) {
			continue
		}
		path := filepath.Join(folder, e.Name())
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		at, _, _ := strings.Cut(string(text), " ")
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			return fmt.Errorf("%s does not say when its user was revoked: %w", path, err)
		}
		claims.RevokeAt(e.Name(), when)
	}
	return nil
}
