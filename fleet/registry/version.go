package registry

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet/bundle"
	"scripthost.example/fleet/internal/request"
)

// A Version is a bundle under a name, which does not change. What is told of it was
// written by whoever pushed it; only what [Registry.Get] returns has been verified.
type Version struct {
	Plugin  string    `json:"-"`
	Version string    `json:"-"`
	Hash    string    `json:"sha256"` // of the bundle, in hexadecimal
	Size    int       `json:"size"`   // of the bundle, in bytes
	Script  string    `json:"script"` // the name of the worker's file
	By      string    `json:"by,omitempty"`
	At      time.Time `json:"-"` // when it was stored, by the broker's clock

	// Stored says where the bundle is: "kv" or "object".
	Stored    string `json:"stored"`
	Key       string `json:"key,omitempty"`       // that has signed it; "" if it is not signed
	Signature []byte `json:"signature,omitempty"` // made with the key

	// Removed is of a version that is no longer there, whose name is not given to other
	// bytes.
	Removed bool `json:"removed,omitempty"`
}

const (
	inBucket = "kv"
	inObject = "object"
)

// store stores the bundle under a version, unless it is there. It returns an error if
// another one is.
func (r *Registry) store(ctx context.Context, op string, b *bundle.Bundle, version string) error {
	want := Version{Hash: b.Hash(), Size: len(b.Bytes()), Script: b.ScriptName(), By: r.opts.By, Stored: inBucket}
	if len(b.Bytes()) > r.mostInline() {
		want.Stored = inObject
	}
	if r.opts.Signer != nil {
		s, err := b.Sign(r.opts.Signer, version)
		if err != nil {
			return fmt.Errorf("cannot %s: %w", op, err)
		}
		want.Key, want.Signature = s.Key, s.Value
	} else if !r.opts.Trust.Unsigned {
		return fmt.Errorf("cannot %s: %w", op, &bundle.Error{Kind: bundle.ErrUnsigned, Next: "name a key to sign it with, or allow unsigned bundles here and at every instance"})
	}
	key := versionKey(b.Plugin(), version)
	has, revision, err := r.everVersion(ctx, b.Plugin(), version)
	switch {
	case err == nil && has.Hash != want.Hash && has.Removed:
		return &Error{
			Op: op, Kind: ErrVersionExists, What: "it was removed, and had other bytes",
			Next: "push it under another version",
		}
	case err == nil && has.Hash != want.Hash:
		return &Error{
			Op: op, Kind: ErrVersionExists, What: fmt.Sprintf("it has the SHA-256 %.12s… of %s, and this bundle has %.12s…", has.Hash, nobody(has.By), want.Hash),
			Next: "push it under another version",
		}
	case err == nil && !has.Removed && (has.Key != "" || want.Key == ""):
		return r.fault(op, r.storeBytes(ctx, b, has.Stored)) // which may have been lost, or damaged
	case err != nil && !errors.Is(err, jetstream.ErrKeyNotFound):
		return r.fault(op, err)
	}
	if err := r.storeBytes(ctx, b, want.Stored); err != nil {
		return r.fault(op, err)
	}
	text, err := json.Marshal(want)
	if err != nil {
		return err
	}
	if revision == 0 {
		_, err = r.kv.Create(ctx, key, text)
	} else { // only the signature is new, or it was removed
		_, err = r.kv.Update(ctx, key, text, revision)
	}
	if raced(err) { // somebody was faster, with the same or another
		return r.store(ctx, op, b, version)
	}
	if err != nil {
		return r.fault(op, err)
	}
	// Whoever removes the same bytes of another version, or of this one as it was, looks
	// afterwards whether a version has them, and here it is looked whether they were
	// removed before this one was there: one of both sees the other.
	return r.fault(op, r.storeBytes(ctx, b, want.Stored))
}

// version returns what is told of a version, and its revision.
func (r *Registry) version(ctx context.Context, plugin, version string) (Version, uint64, error) {
	v, revision, err := r.everVersion(ctx, plugin, version)
	if err == nil && v.Removed {
		err = jetstream.ErrKeyNotFound
	}
	return v, revision, err
}

// everVersion is version, also of one that was removed.
func (r *Registry) everVersion(ctx context.Context, plugin, version string) (Version, uint64, error) {
	e, err := r.kv.Get(ctx, versionKey(plugin, version))
	if err != nil {
		return Version{}, 0, err
	}
	v, err := readVersion(e)
	return v, e.Revision(), err
}

func readVersion(e jetstream.KeyValueEntry) (Version, error) {
	plugin, kind, name, ok := splitKey(e.Key())
	var v Version
	if !ok || kind != "v" || json.Unmarshal(e.Value(), &v) != nil || len(v.Hash) != 2*sha256.Size || !isBy(v.By) || !isBy(v.Key) || (v.Stored != inBucket && v.Stored != inObject) {
		return Version{}, damaged(e.Key(), "it is not what is told of a version")
	}
	v.Plugin, v.Version, v.At = plugin, name, e.Created()
	return v, nil
}

func damaged(key, format string, args ...any) error {
	return &Error{
		Op: "read " + key + " of " + Bucket, Kind: ErrCorrupt, What: fmt.Sprintf(format, args...),
		Next: "it was written by something else, or is of a newer version of this program",
	}
}

// mostInline is the greatest bundle that goes into the key-value bucket.
func (r *Registry) mostInline() int {
	const headers = 4 << 10
	return min(maxInline, max(int(r.nc.MaxPayload())-headers, 0))
}

// storeBytes stores the bytes of a bundle, unless they are there.
func (r *Registry) storeBytes(ctx context.Context, b *bundle.Bundle, where string) error {
	if has, err := r.bytes(ctx, b.Plugin(), b.Hash(), where); err == nil && bytes.Equal(has, b.Bytes()) {
		return nil
	}
	return r.storeRaw(ctx, b.Plugin(), b.Hash(), b.Bytes(), where)
}

func (r *Registry) storeRaw(ctx context.Context, plugin, hash string, raw []byte, where string) error {
	if where == inBucket {
		_, err := r.kv.Put(ctx, bundleKey(plugin, hash), raw)
		return err
	}
	meta := jetstream.ObjectMeta{Name: objectName(plugin, hash)}
	if chunk := int(r.nc.MaxPayload()) / 2; chunk < 128<<10 {
		meta.Opts = &jetstream.ObjectMetaOptions{ChunkSize: uint32(max(chunk, 1))}
	}
	_, err := r.objects.Put(ctx, meta, bytes.NewReader(raw))
	return err
}

// bytes returns what is stored as a bundle, with its SHA-256 verified.
func (r *Registry) bytes(ctx context.Context, plugin, hash, where string) (raw []byte, err error) {
	if where == inBucket {
		e, err := r.kv.Get(ctx, bundleKey(plugin, hash))
		if err != nil {
			return nil, err
		}
		raw = e.Value()
	} else if raw, err = r.object(ctx, objectName(plugin, hash)); err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(raw); hex.EncodeToString(sum[:]) != hash {
		return nil, damaged(bundleKey(plugin, hash), "the bundle has the SHA-256 %x", sum)
	}
	return raw, nil
}

// objectTime is how long an object may take to be read.
const objectTime = time.Minute

// object reads an object, which may be of any size.
func (r *Registry) object(ctx context.Context, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, objectTime)
	defer cancel()
	raw, err := request.ReadObject(ctx, r.nc, r.objects, ObjectBucket, name, bundle.MaxBytes)
	switch {
	case errors.Is(err, jetstream.ErrDigestMismatch):
		return nil, damaged(name+" of "+ObjectBucket, "%v", err)
	case err != nil:
		return nil, err
	case len(raw) > bundle.MaxBytes:
		return nil, damaged(name+" of "+ObjectBucket, "it has more than %d MiB", bundle.MaxBytes>>20)
	}
	return raw, nil
}

// Get returns a version of a plugin with its bundle, whose SHA-256 and signature have
// been verified. Wrong ones are errors of package bundle, or [ErrCorrupt].
func (r *Registry) Get(ctx context.Context, plugin, version string) (*bundle.Bundle, Version, error) {
	op := fmt.Sprintf("get %s %s", plugin, version)
	if err := checkNames(op, "plugin", plugin, "version", version); err != nil {
		return nil, Version{}, err
	}
	v, _, err := r.version(ctx, plugin, version)
	if err != nil {
		return nil, Version{}, r.fault(op, err)
	}
	raw, err := r.bytes(ctx, plugin, v.Hash, v.Stored)
	if err != nil {
		return nil, Version{}, r.fault(op, err)
	}
	b, err := r.opts.Trust.Open(raw, plugin, version, bundle.Signature{Key: v.Key, Value: v.Signature})
	if err != nil {
		return nil, Version{}, fmt.Errorf("cannot %s: %w", op, err)
	}
	return b, v, nil
}

// Load is Get for the version that a track is at. It is an error too if that has other
// bytes than when the track was moved there.
func (r *Registry) Load(ctx context.Context, t Track) (*bundle.Bundle, error) {
	b, v, err := r.Get(ctx, t.Plugin, t.Version)
	if err == nil && v.Hash != t.Hash {
		err = damaged(versionKey(t.Plugin, t.Version), "it has the SHA-256 %.12s…, and the track %s wants %.12s…", v.Hash, t.Name, t.Hash)
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}
