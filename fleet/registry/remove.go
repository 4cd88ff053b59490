package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// RemoveVersion removes a version, and its bundle if no other version has the same. The
// error is [ErrInUse] if a track is at it. Its name is not given to other bytes; the same
// ones can be pushed again. Tracks that were at it before can no longer be rolled back to
// it: [Registry.Rollback] leads to the one before.
func (r *Registry) RemoveVersion(ctx context.Context, plugin, version string) error {
	op := fmt.Sprintf("remove %s %s", plugin, version)
	if err := checkNames(op, "plugin", plugin, "version", version); err != nil {
		return err
	}
	v, revision, err := r.version(ctx, plugin, version)
	if err != nil {
		return r.fault(op, err)
	}
	if err := r.unused(ctx, op, v); err != nil {
		return err
	}
	gone := v
	gone.Removed, gone.Key, gone.Signature = true, "", nil
	revision, err = r.writeVersion(ctx, gone, revision)
	if raced(err) {
		return &Error{Op: op, Kind: ErrConflict, What: "somebody has pushed or removed it at the same time", Next: "look at what they did"}
	}
	if err != nil {
		return r.fault(op, err)
	}
	// Whoever has moved a track to it meanwhile looks whether it is there still, and here
	// it is looked whether somebody has: one of both sees the other.
	if err := r.unused(ctx, op, v); err != nil {
		if _, e := r.writeVersion(ctx, v, revision); e != nil {
			return errors.Join(err, r.fault("take back that "+version+" of "+plugin+" is removed", e))
		}
		return err
	}
	return r.fault(op, r.removeBytes(ctx, v))
}

// unused is an error if a track is at the version.
func (r *Registry) unused(ctx context.Context, op string, v Version) error {
	entries, err := r.entries(ctx, []string{v.Plugin + ".t.*"})
	if err != nil {
		return r.fault(op, err)
	}
	var at []string
	for _, e := range entries {
		if e.Operation() != jetstream.KeyValuePut {
			continue
		}
		t, err := readTrack(e)
		if err != nil { // it may be at any version
			return err
		}
		if t.Version == v.Version {
			at = append(at, t.Name)
		}
	}
	if len(at) > 0 {
		return &Error{Op: op, Kind: ErrInUse, What: strings.Join(at, ", "), Next: "have the track be at another version, or remove it"}
	}
	return nil
}

// writeVersion writes what is told of a version, if that is at the revision still.
func (r *Registry) writeVersion(ctx context.Context, v Version, revision uint64) (uint64, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return 0, err
	}
	return r.kv.Update(ctx, versionKey(v.Plugin, v.Version), text, revision)
}

// removeBytes removes the bundle of a version, unless another version has the same.
func (r *Registry) removeBytes(ctx context.Context, v Version) error {
	shared, err := r.shared(ctx, v)
	if err != nil || shared {
		return err
	}
	raw, err := r.bytes(ctx, v.Plugin, v.Hash, v.Stored)
	whole := err == nil
	switch {
	case v.Stored == inObject:
		err = r.objects.Delete(ctx, objectName(v.Plugin, v.Hash))
	default:
		err = r.kv.Purge(ctx, bundleKey(v.Plugin, v.Hash))
	}
	if err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) {
		return err
	}
	// Somebody may have pushed the same bytes as another version, and seen that they are
	// there.
	if shared, err = r.shared(ctx, v); err != nil || !shared || !whole {
		return err
	}
	return r.storeRaw(ctx, v.Plugin, v.Hash, raw, v.Stored)
}

// shared tells whether a version that is there has the bundle of v.
func (r *Registry) shared(ctx context.Context, v Version) (bool, error) {
	entries, err := r.entries(ctx, []string{v.Plugin + ".v.>"})
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		if e.Operation() != jetstream.KeyValuePut {
			continue
		}
		if other, err := readVersion(e); err == nil && !other.Removed && other.Hash == v.Hash && other.Stored == v.Stored {
			return true, nil
		}
	}
	return false, nil
}

// RemoveTrack removes a track: instances serve it no more. The versions that it was at
// stay. If somebody else moves it meanwhile the error is a *[ConflictError].
func (r *Registry) RemoveTrack(ctx context.Context, plugin, track string) error {
	op := fmt.Sprintf("remove the track %s of %s", track, plugin)
	t, err := r.Track(ctx, plugin, track)
	if err != nil {
		return err
	}
	err = r.kv.Delete(ctx, trackKey(plugin, track), jetstream.LastRevision(t.Revision))
	if raced(err) {
		now, err := r.track(ctx, plugin, track)
		if err != nil {
			return r.fault(op, err)
		}
		return &ConflictError{Op: op, Now: now}
	}
	return r.fault(op, err)
}

// RemovePlugin removes all that there is of a plugin: first its tracks, so that instances
// serve it no more, and then its versions and bundles. Nothing tells afterwards that it
// was there, and the names of its versions can be given again. If it is broken off, it
// can be called again.
func (r *Registry) RemovePlugin(ctx context.Context, plugin string) error {
	op := "remove " + plugin
	if err := checkNames(op, "plugin", plugin); err != nil {
		return err
	}
	// In this order nothing leads to what is not there.
	found := false
	for _, pattern := range []string{".t.*", ".v.>", ".b.*"} {
		entries, err := r.entries(ctx, []string{plugin + pattern}, jetstream.MetaOnly())
		if err != nil {
			return r.fault(op, err)
		}
		for _, e := range entries {
			if e.Operation() == jetstream.KeyValuePurge {
				continue
			}
			found = true
			if err := r.kv.Purge(ctx, e.Key()); err != nil {
				return r.fault(op, err)
			}
		}
	}
	listing, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	objects, err := r.objects.List(listing)
	if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
		return r.fault(op, err)
	}
	for _, o := range objects {
		if !strings.HasPrefix(o.Name, plugin+".") {
			continue
		}
		found = true
		if err := r.objects.Delete(ctx, o.Name); err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) {
			return r.fault(op, err)
		}
	}
	if !found {
		return &Error{Op: op, Kind: ErrNotFound, What: "nobody has pushed it"}
	}
	return nil
}
