package bundle

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nkeys"
)

func newKey(t *testing.T) (nkeys.KeyPair, string) {
	t.Helper()
	key, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return key, public
}

func TestTrust(t *testing.T) {
	t.Parallel()
	b := makeBundle(t, contents())
	key, public := newKey(t)
	otherKey, other := newKey(t)
	s, err := b.Sign(key, "1.0")
	if err != nil {
		t.Fatal(err)
	}
	strange, err := b.Sign(otherKey, "1.0")
	if err != nil {
		t.Fatal(err)
	}
	mine, both, any := Trust{Keys: []string{public}}, Trust{Keys: []string{other, public}}, Trust{Unsigned: true}
	changed := makeBundle(t, Contents{Plugin: "tidy", Script: "worker.lua", Files: map[string][]byte{"worker.lua": []byte("evil()")}})
	for name, test := range map[string]struct {
		trust           Trust
		raw             []byte
		plugin, version string
		s               Signature
		want            error // nil if it is opened
	}{
		"signed":                        {mine, b.Bytes(), "tidy", "1.0", s, nil},
		"signed by one of two":          {both, b.Bytes(), "tidy", "1.0", s, nil},
		"not signed":                    {mine, b.Bytes(), "tidy", "1.0", Signature{}, ErrUnsigned},
		"not signed, as is allowed":     {any, b.Bytes(), "tidy", "1.0", Signature{}, nil},
		"signed by another":             {mine, b.Bytes(), "tidy", "1.0", strange, ErrUntrusted},
		"signed by another, as allowed": {any, b.Bytes(), "tidy", "1.0", strange, nil},
		"signed by nobody known":        {Trust{}, b.Bytes(), "tidy", "1.0", s, ErrUntrusted},
		"in the name of another":        {mine, b.Bytes(), "tidy", "1.0", Signature{public, strange.Value}, ErrSignature},
		"another bundle":                {mine, changed.Bytes(), "tidy", "1.0", s, ErrSignature},
		"another bundle, unsigned ok":   {any, changed.Bytes(), "tidy", "1.0", s, ErrSignature},
		"as another version":            {mine, b.Bytes(), "tidy", "2.0", s, ErrSignature},
		"as another plugin":             {mine, b.Bytes(), "other", "1.0", s, ErrSignature},
		"unsigned, as another plugin":   {any, b.Bytes(), "other", "1.0", Signature{}, ErrMalformed},
		"a value without a key":         {mine, b.Bytes(), "tidy", "1.0", Signature{"", s.Value}, ErrUntrusted},
		"a key without a value":         {mine, b.Bytes(), "tidy", "1.0", Signature{public, nil}, ErrSignature},
		"half a value":                  {mine, b.Bytes(), "tidy", "1.0", Signature{public, s.Value[:32]}, ErrSignature},
		"no key at all":                 {any, b.Bytes(), "tidy", "1.0", Signature{"x\n", s.Value}, ErrKey},
		"bytes that are no bundle":      {mine, []byte("x"), "tidy", "1.0", s, ErrSignature},
		"the same, and unsigned is ok":  {any, []byte("x"), "tidy", "1.0", Signature{}, ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := test.trust.Open(test.raw, test.plugin, test.version, test.s)
			if test.want != nil {
				checkError(t, err, test.want, "")
				return
			}
			if err != nil || got.Hash() != b.Hash() {
				t.Error(got, err)
			}
		})
	}
}

// No octet of a signature, and none of a bundle, can be another one.
func TestSignatureIsOfEveryOctet(t *testing.T) {
	t.Parallel()
	b := makeBundle(t, contents())
	key, public := newKey(t)
	s, err := b.Sign(key, "1.0")
	if err != nil {
		t.Fatal(err)
	}
	trust := Trust{Keys: []string{public}}
	for i := range s.Value {
		if _, err := trust.Open(b.Bytes(), "tidy", "1.0", Signature{public, flip(s.Value, i)}); !errors.Is(err, ErrSignature) {
			t.Fatalf("octet %d of the signature: %v", i, err)
		}
	}
	for i := 0; i < len(b.Bytes()); i += 97 {
		if _, err := trust.Open(flip(b.Bytes(), i), "tidy", "1.0", s); !errors.Is(err, ErrSignature) {
			t.Fatalf("octet %d of the bundle: %v", i, err)
		}
	}
}

func TestTrustCheck(t *testing.T) {
	t.Parallel()
	key, public := newKey(t)
	seed, err := key.Seed()
	if err != nil {
		t.Fatal(err)
	}
	curve, err := nkeys.CreateCurveKeys()
	if err != nil {
		t.Fatal(err)
	}
	curvePublic, err := curve.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		trust Trust
		want  string // "" if it is right
	}{
		"a key":          {Trust{Keys: []string{public}}, ""},
		"unsigned":       {Trust{Unsigned: true}, ""},
		"nothing":        {Trust{}, "every bundle would be refused"},
		"a seed":         {Trust{Keys: []string{public, string(seed)}}, "it is a seed"},
		"no key":         {Trust{Keys: []string{"x"}, Unsigned: true}, "no public nkey"},
		"an empty key":   {Trust{Keys: []string{""}}, "no public nkey"},
		"one to encrypt": {Trust{Keys: []string{curvePublic}}, "no public nkey"},
		"a broken key":   {Trust{Keys: []string{public[:55] + "7"}}, "no public nkey"},
	} {
		err := test.trust.Check()
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		checkError(t, err, ErrKey, test.want)
		if err != nil && strings.Contains(err.Error(), string(seed)) {
			t.Errorf("%s: a secret is shown", name)
		}
	}
	b := makeBundle(t, contents())
	if _, err := b.Sign(curve, "1"); !errors.Is(err, ErrKey) {
		t.Error(err)
	}
	half, err := nkeys.FromPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Sign(half, "1"); !errors.Is(err, ErrKey) || !errors.Is(err, nkeys.ErrCannotSign) {
		t.Error(err)
	}
}

func TestKeyFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "push.nk")
	public, err := CreateKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := CreateKey(path); !errors.Is(err, ErrKey) || !errors.Is(err, fs.ErrExist) {
		t.Errorf("a key was overwritten: %v", err)
	}
	key, err := ReadKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := key.PublicKey(); err != nil || got != public {
		t.Error(got, err)
	}
	seed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seed = bytes.TrimSpace(seed)
	curve, err := nkeys.CreateCurveKeys()
	if err != nil {
		t.Fatal(err)
	}
	curveSeed, err := curve.Seed()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		text string
		mode fs.FileMode
		want string // "" if it is read
	}{
		"without a line feed": {string(seed), 0o600, ""},
		"with spaces":         {"\n " + string(seed) + " \n", 0o600, ""},
		"read-only":           {string(seed), 0o400, ""},
		"creds": {"-----BEGIN NATS USER JWT-----\nx\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n" +
			string(seed) + "\n------END USER NKEY SEED------\n", 0o600, ""},
		"for others":     {string(seed), 0o644, "chmod 600"},
		"for a group":    {string(seed), 0o660, "chmod 600"},
		"empty":          {"", 0o600, "no seed"},
		"a public key":   {public, 0o600, "no seed"},
		"half a seed":    {string(seed[:30]), 0o600, "no seed"},
		"one to encrypt": {string(curveSeed), 0o600, "cannot sign"},
		"large":          {strings.Repeat("x", maxSeedFile+1), 0o600, "too large"},
	} {
		if test.want == "chmod 600" && runtime.GOOS == "windows" {
			continue
		}
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, test.mode); err != nil {
			t.Fatal(err)
		}
		key, err := ReadKey(path)
		if test.want != "" {
			checkError(t, err, ErrKey, test.want)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got, err := key.PublicKey(); err != nil || got != public {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	if _, err := ReadKey(t.TempDir()); !errors.Is(err, ErrKey) {
		t.Error(err)
	}
	if _, err := ReadKey(filepath.Join(t.TempDir(), "x")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := CreateKey(filepath.Join(t.TempDir(), "x", "y")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestSignedTextsAreApart(t *testing.T) {
	t.Parallel()
	sum := [32]byte{1}
	var all [][]byte
	for _, pair := range [][2]string{{"a", "b"}, {"ab", ""}, {"a", "b\nversion \"c\""}, {"a\nversion \"b\"", ""}} {
		all = append(all, signed(sum, pair[0], pair[1]))
	}
	slices.SortFunc(all, bytes.Compare)
	if len(slices.CompactFunc(all, bytes.Equal)) != 4 {
		t.Errorf("%q", all)
	}
}
