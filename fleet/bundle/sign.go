package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/nats-io/nkeys"
)

// A Signature says that the owner of a key vouches for a bundle as a version of its
// plugin. The zero value is none.
type Signature struct {
	Key   string // the public nkey
	Value []byte // made with its seed
}

// Sign signs the bundle as a version of its plugin. The signature is of no use for
// another plugin or another version, even if the bundle is the same: who can write to a
// registry, but has no key, can offer no old script as a new one.
func (b *Bundle) Sign(key nkeys.KeyPair, version string) (Signature, error) {
	public, err := key.PublicKey()
	if err == nil {
		err = checkKey(public)
	}
	if err != nil {
		return Signature{}, &Error{Kind: ErrKey, Cause: err}
	}
	value, err := key.Sign(signed(b.sum, b.plugin, version))
	if err != nil {
		return Signature{}, &Error{Kind: ErrKey, What: "it cannot sign", Cause: err, Next: "a public key does not do: name the file with the seed"}
	}
	return Signature{Key: public, Value: value}, nil
}

// signed is what is signed: texts that have no line feeds, each on a line.
func signed(sum [sha256.Size]byte, plugin, version string) []byte {
	return fmt.Appendf(nil, "scripthost bundle %d\nplugin %s\nversion %q\nsha256 %s\n", format, plugin, version, hex.EncodeToString(sum[:]))
}

// A Trust says whose bundles are accepted. The zero value accepts none. It is not
// changed by its methods.
type Trust struct {
	// Keys are the public nkeys whose signatures are accepted.
	Keys []string
	// Unsigned accepts bundles that nobody has signed, and those signed by others: all
	// who can write to the registry can then have their scripts run, with what these
	// grant themselves. A signature that is wrong is refused all the same.
	Unsigned bool
}

// Check returns an error if a key is none, or if nothing would be accepted.
func (t Trust) Check() error {
	for _, key := range t.Keys {
		if err := checkKey(key); err != nil {
			return err
		}
	}
	if len(t.Keys) == 0 && !t.Unsigned {
		return &Error{Kind: ErrKey, What: "no key is trusted, so that every bundle would be refused", Next: "name the public keys of those who push, or allow unsigned bundles"}
	}
	return nil
}

// Open opens bytes that are said to be a version of a plugin, once their signature has
// been verified.
func (t Trust) Open(raw []byte, plugin, version string, s Signature) (*Bundle, error) {
	if err := t.verify(sha256.Sum256(raw), plugin, version, s); err != nil {
		return nil, err
	}
	b, err := Open(raw)
	if err != nil {
		return nil, err
	}
	if b.plugin != plugin { // which only an unsigned one, or a strange signer's, can have
		return nil, malformed("", "it is a bundle of the plugin %s, and not of %s", b.plugin, printable(plugin))
	}
	return b, nil
}

// verify returns an error unless what has the sum is accepted.
func (t Trust) verify(sum [sha256.Size]byte, plugin, version string, s Signature) error {
	where := printable(plugin) + " " + printable(version)
	if s.Key == "" && len(s.Value) == 0 {
		if t.Unsigned {
			return nil
		}
		return &Error{Kind: ErrUnsigned, Where: where, Next: "push it with a key, or allow unsigned bundles"}
	}
	// Whose key it is comes first: nothing is computed with one of anybody's.
	if !slices.Contains(t.Keys, s.Key) && !t.Unsigned {
		return &Error{Kind: ErrUntrusted, Where: where, What: "it is signed by " + printable(shorten(s.Key)), Next: "if that is a key of yours, add it to the keys that are trusted"}
	}
	if err := checkKey(s.Key); err != nil {
		return err
	}
	key, err := nkeys.FromPublicKey(s.Key)
	if err == nil {
		err = key.Verify(signed(sum, plugin, version), s.Value)
	}
	if err != nil {
		return &Error{
			Kind: ErrSignature, Where: where, What: "the bundle, or its name or version, is not what " + s.Key + " has signed", Cause: err,
			Next: "it was changed on the way or in the registry: push it again, and look who can write there",
		}
	}
	return nil
}

func shorten(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
