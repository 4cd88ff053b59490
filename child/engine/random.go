package engine

import (
	crand "crypto/rand"
	"encoding/binary"
	"math/rand/v2"
)

// Random makes the random numbers of one VM. They are left to chance unless the
// Config has a Seed. Then each call has numbers of its own, which depend on the
// seed and the call's Number alone: not on what other calls do meanwhile, whose
// order is a matter of time. Code that belongs to no call, a nil *Call, has its
// own as well.
//
// The holder of the VM calls it.
type Random struct {
	seed   *uint64 // of the Config
	base   uint64  // what the floats of calls come from: seed, until a script changes it
	none   streams // of no call
	script *stream // without a seed: what a script has seeded, for all calls
}

// NewRandom returns the random numbers for a Config with that Seed.
func NewRandom(seed *uint64) *Random {
	r := &Random{seed: seed}
	if seed != nil {
		r.base = *seed
	}
	return r
}

// A stream is a sequence of random octets that a seed determines. ChaCha8 as Go
// has it will always be the same.
type stream = rand.ChaCha8

// streams are those of a call, made when they are first used: what a script
// takes for ids must not depend on how many dice it has thrown, or on how it has
// seeded them.
type streams struct {
	floats, octets *stream
}

// What a stream is for.
const (
	forFloats = iota
	forOctets
	forScript
)

func newStream(seed, number uint64, purpose byte) *stream {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	binary.LittleEndian.PutUint64(key[8:], number)
	key[16] = purpose
	return rand.NewChaCha8(key)
}

func (r *Random) of(c *Call) (s *streams, number uint64) {
	if c == nil {
		return &r.none, 0
	}
	return &c.random, c.Number
}

// Float64 returns a number in [0, 1).
func (r *Random) Float64(c *Call) float64 {
	var n uint64
	switch {
	case r.seed != nil:
		s, number := r.of(c)
		if s.floats == nil {
			s.floats = newStream(r.base, number, forFloats)
		}
		n = s.floats.Uint64()
	case r.script != nil:
		n = r.script.Uint64()
	default:
		n = rand.Uint64()
	}
	return float64(n>>11) / (1 << 53)
}

// Reseed has the numbers of Float64 follow from seed, as a script asks for. They
// are then those of all calls, unless the Config has a Seed: then those of c
// alone, and where c is nil also those of the calls that have taken none yet.
func (r *Random) Reseed(c *Call, seed uint64) {
	if r.seed == nil {
		r.script = newStream(seed, 0, forScript)
		return
	}
	s, number := r.of(c)
	s.floats = newStream(seed, number, forScript)
	if c == nil {
		r.base = seed
	}
}

// Read fills p with random octets, for ids, keys and the like. Without a Seed
// in the Config nobody can predict them; with one they follow from it, whatever
// Reseed was told.
func (r *Random) Read(c *Call, p []byte) {
	if r.seed == nil {
		crand.Read(p) // which never fails
		return
	}
	s, number := r.of(c)
	if s.octets == nil {
		s.octets = newStream(*r.seed, number, forOctets)
	}
	s.octets.Read(p) // which never fails
}
