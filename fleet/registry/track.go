package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"scripthost.example/fleet"
	"scripthost.example/fleet/bundle"
)

// maxBefore is how many versions a track knows that it was at before.
const maxBefore = 32

// What can have become of a track: its Action.
const (
	ActionPush     = "push"
	ActionPromote  = "promote"
	ActionRollback = "rollback"
	ActionWeight   = "weight"
	ActionRemove   = "remove"
)

// A Track says which version of a plugin is run under a name.
type Track struct {
	Plugin  string `json:"-"`
	Name    string `json:"-"`
	Version string `json:"version"` // "" if the track is gone
	Hash    string `json:"sha256"`  // of the version's bundle, in hexadecimal
	// Weight is how many of a hundred calls that name no track go to this one; those
	// that are left go to stable. It is 0 to 100, and of no meaning for stable itself.
	Weight int `json:"weight"`
	// Before are the versions that the track was at before, the latest first: where
	// Rollback leads.
	Before []string `json:"before,omitempty"`

	Action string    `json:"action"`       // what has made it so
	By     string    `json:"by,omitempty"` // who; nobody has verified it
	At     time.Time `json:"-"`            // when, by the broker's clock
	// Revision is greater for every move in the registry.
	Revision uint64 `json:"-"`

	// ID is of the one move that has made it so: an answer of the broker's can get
	// lost, and what was asked for have been done.
	ID string `json:"id"`
}

func readTrack(e jetstream.KeyValueEntry) (Track, error) {
	plugin, kind, name, ok := splitKey(e.Key())
	if !ok || kind != "t" {
		return Track{}, damaged(e.Key(), "it is no track")
	}
	t := Track{Plugin: plugin, Name: name, At: e.Created(), Revision: e.Revision()}
	if e.Operation() != jetstream.KeyValuePut {
		t.Action = ActionRemove
		return t, nil
	}
	if err := json.Unmarshal(e.Value(), &t); err != nil {
		return Track{}, damaged(e.Key(), "it is not what is told of a track: %v", err)
	}
	if err := CheckVersion(t.Version); err != nil || t.Weight < 0 || t.Weight > 100 || !isBy(t.By) || !isBy(t.Action) {
		return Track{}, damaged(e.Key(), "it is not what is told of a track: version %.200q, weight %d, by %.200q", t.Version, t.Weight, t.By)
	}
	return t, nil
}

// Track returns what a track is.
func (r *Registry) Track(ctx context.Context, plugin, track string) (Track, error) {
	op := fmt.Sprintf("look at the track %s of %s", track, plugin)
	if err := checkNames(op, "plugin", plugin, "track", track); err != nil {
		return Track{}, err
	}
	t, err := r.track(ctx, plugin, track)
	if err == nil && t.Version == "" {
		err = jetstream.ErrKeyNotFound
	}
	return t, r.fault(op, err)
}

// track returns a track; one that is not there has no version.
func (r *Registry) track(ctx context.Context, plugin, track string) (Track, error) {
	e, err := r.kv.Get(ctx, trackKey(plugin, track))
	if errors.Is(err, jetstream.ErrKeyNotFound) { // or has been deleted
		return Track{Plugin: plugin, Name: track}, nil
	}
	if err != nil {
		return Track{}, err
	}
	return readTrack(e)
}

// move has a track be at t, if it is at from still.
func (r *Registry) move(ctx context.Context, op string, from, t Track) (Track, error) {
	t.Plugin, t.Name, t.By, t.ID = from.Plugin, from.Name, r.opts.By, nuid.Next()
	t.Before = t.Before[:min(len(t.Before), maxBefore)]
	text, err := json.Marshal(t)
	if err != nil {
		return Track{}, err
	}
	key, revision := trackKey(t.Plugin, t.Name), uint64(0)
	if from.Version == "" {
		revision, err = r.kv.Create(ctx, key, text)
	} else {
		revision, err = r.kv.Update(ctx, key, text, from.Revision)
	}
	switch {
	case err == nil:
		t.Revision = revision
		if err := r.still(ctx, op, from, t); err != nil {
			return Track{}, err
		}
		// The time is the broker's. That the track was moved is so without it.
		if e, err := r.kv.GetRevision(ctx, key, revision); err == nil {
			t.At = e.Created()
		}
		return t, nil
	case !raced(err):
		return Track{}, r.fault(op, err)
	}
	now, err := r.track(ctx, t.Plugin, t.Name)
	switch {
	case err != nil:
		return Track{}, r.fault(op, err)
	case now.ID == t.ID: // it was this very move that was first, and its answer was lost
		return now, nil
	}
	return Track{}, &ConflictError{Op: op, Now: now}
}

// still takes a move back if the version was removed at the same time; see RemoveVersion.
func (r *Registry) still(ctx context.Context, op string, from, t Track) error {
	if _, _, err := r.version(ctx, t.Plugin, t.Version); !errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil // what cannot be read shows to those who run it
	}
	gone := &Error{Op: op, Kind: ErrConflict, What: "somebody has removed the version " + t.Version + " at the same time, and the track stays where it was"}
	key := trackKey(t.Plugin, t.Name)
	var err error
	if from.Version == "" {
		err = r.kv.Delete(ctx, key, jetstream.LastRevision(t.Revision))
	} else {
		var text []byte
		if text, err = json.Marshal(from); err == nil {
			_, err = r.kv.Update(ctx, key, text, t.Revision)
		}
	}
	if err != nil && !raced(err) {
		return r.fault(op, err)
	}
	return gone
}

// raced tells whether an error is of a value that somebody else has changed.
func raced(err error) bool {
	var api jetstream.JetStreamError
	if errors.As(err, &api) && api.APIError() != nil && api.APIError().ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
		return true // Delete says it so
	}
	return errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch)
}

// to is a track that is moved from where it is to a version.
func (t Track) to(action, version, hash string) Track {
	if t.Version != "" && t.Version != version {
		t.Before = append([]string{t.Version}, slices.DeleteFunc(slices.Clone(t.Before), func(v string) bool { return v == version })...)
	}
	t.Action, t.Version, t.Hash = action, version, hash
	return t
}

// Push stores a bundle as a version, and then has the track be at it. To push the same
// bundle as the same version again does no harm; another one is [ErrVersionExists]. If
// somebody else moves the track meanwhile, the version is there, the track is where they
// have moved it, and the error is a *[ConflictError].
//
// A track that is new has weight 0, and 100 if it is stable; others keep theirs.
func (r *Registry) Push(ctx context.Context, b *bundle.Bundle, version, track string) (Track, error) {
	op := fmt.Sprintf("push %s %s to %s", b.Plugin(), version, track)
	if err := checkNames(op, "plugin", b.Plugin(), "version", version, "track", track); err != nil {
		return Track{}, err
	}
	from, err := r.track(ctx, b.Plugin(), track)
	if err != nil {
		return Track{}, r.fault(op, err)
	}
	if err := r.store(ctx, op, b, version); err != nil {
		return Track{}, err
	}
	if from.Version == version && from.Hash == b.Hash() {
		return from, nil
	}
	t, err := r.move(ctx, op, from, from.withWeight().to(ActionPush, version, b.Hash()))
	var conflict *ConflictError
	if errors.As(err, &conflict) && conflict.Now.Version == version && conflict.Now.Hash == b.Hash() {
		return conflict.Now, nil // somebody has pushed the same
	}
	return t, err
}

// withWeight is the track with the weight that it has if it is new.
func (t Track) withWeight() Track {
	if t.Version == "" && t.Name == fleet.Stable {
		t.Weight = 100
	}
	return t
}

// Promote has one track be at the version that another one is at, and then sets the
// weight of that one, such as canary, to 0. If only the second fails the error says so,
// and Promote can be called again.
func (r *Registry) Promote(ctx context.Context, plugin, from, to string) (Track, error) {
	op := fmt.Sprintf("promote %s from %s to %s", plugin, from, to)
	if err := checkNames(op, "plugin", plugin, "track", from, "track", to); err != nil {
		return Track{}, err
	}
	if from == to {
		return Track{}, &Error{Op: op, Kind: ErrName, What: "it is the same track"}
	}
	source, err := r.track(ctx, plugin, from)
	if err == nil && source.Version == "" {
		err = &Error{Op: op, Kind: ErrNotFound, What: "there is no track " + from}
	}
	var target Track
	if err == nil {
		target, err = r.track(ctx, plugin, to)
	}
	if err != nil {
		return Track{}, r.fault(op, err)
	}
	if target.Version != source.Version || target.Hash != source.Hash {
		if target, err = r.move(ctx, op, target, target.withWeight().to(ActionPromote, source.Version, source.Hash)); err != nil {
			return Track{}, err
		}
	}
	if source.Weight > 0 && from != fleet.Stable {
		source.Action = ActionWeight
		weightless := source
		weightless.Weight = 0
		if _, err := r.move(ctx, fmt.Sprintf("set the weight of %s to 0 (%s is at %s)", from, to, source.Version), source, weightless); err != nil {
			return target, err
		}
	}
	return target, nil
}

// Rollback has a track be at a version that it was at before, or at any other. With ""
// it is the one before the one that it is at; to do so again leads back further.
func (r *Registry) Rollback(ctx context.Context, plugin, track, version string) (Track, error) {
	op := fmt.Sprintf("roll %s of %s back", track, plugin)
	if err := checkNames(op, "plugin", plugin, "track", track); err != nil {
		return Track{}, err
	}
	from, err := r.Track(ctx, plugin, track)
	if err != nil {
		return Track{}, err
	}
	if version == "" {
		if len(from.Before) == 0 {
			return Track{}, &Error{Op: op, Kind: ErrNotFound, What: "there is no version before " + from.Version, Next: "name one"}
		}
		var err error
		if version, err = r.before(ctx, from); err != nil {
			return Track{}, r.fault(op, err)
		}
		if version == "" {
			return Track{}, &Error{Op: op, Kind: ErrNotFound, What: "all versions before " + from.Version + " were removed", Next: "name one"}
		}
	}
	op += " to " + version
	if err := checkNames(op, "version", version); err != nil {
		return Track{}, err
	}
	if version == from.Version {
		return from, nil
	}
	v, _, err := r.version(ctx, plugin, version)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		err = &Error{Op: op, Kind: ErrNotFound, What: "there is no version " + version}
	}
	if err != nil {
		return Track{}, r.fault(op, err)
	}
	t := from.to(ActionRollback, version, v.Hash)
	if i := slices.Index(from.Before, version); i >= 0 {
		t.Before = from.Before[i+1:]
	}
	return r.move(ctx, op, from, t)
}

// before is the latest version that a track was at before, and that is there.
func (r *Registry) before(ctx context.Context, t Track) (string, error) {
	for _, version := range t.Before {
		_, _, err := r.version(ctx, t.Plugin, version)
		if !errors.Is(err, jetstream.ErrKeyNotFound) {
			return version, err
		}
	}
	return "", nil
}

// SetWeight says how many of a hundred calls that name no track go to a track, 0 to 100.
// It is an error (ErrWeight) for stable, which has those that are left, and for what would
// have the weights of all tracks come to more than a hundred. Where two are set at the same
// time they still may: then instances divide the calls in their proportion.
func (r *Registry) SetWeight(ctx context.Context, plugin, track string, weight int) (Track, error) {
	op := fmt.Sprintf("set the weight of %s of %s to %d", track, plugin, weight)
	if err := checkNames(op, "plugin", plugin, "track", track); err != nil {
		return Track{}, err
	}
	switch {
	case weight < 0 || weight > 100:
		return Track{}, &Error{Op: op, Kind: ErrWeight, What: "a weight is 0 to 100"}
	case track == fleet.Stable:
		return Track{}, &Error{Op: op, Kind: ErrWeight, What: "stable has the calls that are left by the others", Next: "set the weight of the other track"}
	}
	from, err := r.Track(ctx, plugin, track)
	if err != nil || from.Weight == weight {
		return from, err
	}
	if weight > from.Weight {
		if err := r.roomFor(ctx, op, from, weight); err != nil {
			return Track{}, err
		}
	}
	t := from
	t.Action, t.Weight = ActionWeight, weight
	return r.move(ctx, op, from, t)
}

// roomFor says why a track cannot have a weight beside those of the others, or returns nil.
func (r *Registry) roomFor(ctx context.Context, op string, t Track, weight int) error {
	entries, err := r.entries(ctx, []string{trackKey(t.Plugin, "*")})
	if err != nil {
		return r.fault(op, err)
	}
	left, others := 100, []string{}
	for _, e := range entries {
		other, err := readTrack(e)
		// One that cannot be read is served nowhere.
		if err != nil || other.Name == t.Name || other.Name == fleet.Stable || other.Weight == 0 {
			continue
		}
		left -= other.Weight
		others = append(others, fmt.Sprintf("%s has %d", other.Name, other.Weight))
	}
	if weight <= left {
		return nil
	}
	slices.Sort(others)
	return &Error{
		Op: op, Kind: ErrWeight, What: fmt.Sprintf("%s, and all tracks have 100 together", strings.Join(others, ", ")),
		Next: fmt.Sprintf("%d at most are left, or set the weights of the others first", max(0, left)),
	}
}
