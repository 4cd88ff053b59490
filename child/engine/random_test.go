package engine

import (
	"bytes"
	"testing"
)

// draw takes some numbers and octets of a call.
func draw(r *Random, c *Call) (floats [4]float64, octets [8]byte) {
	for i := range floats {
		floats[i] = r.Float64(c)
		r.Read(c, octets[2*i:2*i+2])
	}
	return floats, octets
}

func call(number uint64) *Call { return &Call{Number: number} }

// What a call draws depends on the seed and on its number, and on nothing that
// other calls do.
func TestSeededRandom(t *testing.T) {
	t.Parallel()
	alone := NewRandom(new(uint64(7)))
	floats, octets := draw(alone, call(2))
	for _, f := range floats {
		if f < 0 || f >= 1 {
			t.Errorf("%v is not in [0, 1)", f)
		}
	}

	among := NewRandom(new(uint64(7)))
	first, second := call(1), call(2)
	draw(among, nil)
	draw(among, first)
	f, o := draw(among, second)
	if f != floats || o != octets {
		t.Errorf("among others: %v %x, alone: %v %x", f, o, floats, octets)
	}

	for name, other := range map[string]struct {
		seed, number uint64
	}{"another seed": {8, 2}, "another call": {7, 3}, "seed and number exchanged": {2, 7}} {
		f, o := draw(NewRandom(new(other.seed)), call(other.number))
		if f == floats || o == octets {
			t.Errorf("%s: %v %x again", name, f, o)
		}
	}
}

// These are the numbers of this seed for good: who keeps a result with its seed
// is to get it again with a later version.
func TestSeededRandomStays(t *testing.T) {
	t.Parallel()
	r := NewRandom(new(uint64(1)))
	if got, want := r.Float64(call(1)), 0.7099772056020335; got != want {
		t.Errorf("the first number is %v, want %v", got, want)
	}
	got := make([]byte, 4)
	r.Read(call(1), got)
	if want := []byte{0xbd, 0x37, 0x73, 0x50}; !bytes.Equal(got, want) {
		t.Errorf("the first octets are %#v, want %#v", got, want)
	}
}

func TestReseed(t *testing.T) {
	t.Parallel()
	// Without a Seed: one sequence for all, and octets that stay unpredictable.
	var all [2][4]float64
	var ids [2][8]byte
	for i := range all {
		r := NewRandom(nil)
		r.Reseed(call(1), 5)
		for j := range all[i] {
			all[i][j] = r.Float64(call(uint64(j)))
		}
		r.Read(call(1), ids[i][:])
	}
	if all[0] != all[1] {
		t.Errorf("one seed, two sequences: %v", all)
	}
	if ids[0] == ids[1] {
		t.Errorf("octets follow from what a script seeds: %x", ids)
	}

	// With one: a call's seed is its own.
	r := NewRandom(new(uint64(7)))
	a, b := call(1), call(2)
	r.Reseed(a, 5)
	fa, oa := draw(r, a)
	fb, _ := draw(r, b)
	plainA, plainOctets := draw(NewRandom(new(uint64(7))), call(1))
	plainB, _ := draw(NewRandom(new(uint64(7))), call(2))
	if fa == plainA || oa != plainOctets || fb != plainB {
		t.Errorf("after Reseed in call 1: %v %x and %v; without: %v %x and %v", fa, oa, fb, plainA, plainOctets, plainB)
	}

	// Of no call: for the calls that come, which still differ.
	r = NewRandom(new(uint64(7)))
	r.Reseed(nil, 5)
	f1, _ := draw(r, call(1))
	f2, _ := draw(r, call(2))
	if f1 == plainA || f1 == f2 {
		t.Errorf("after Reseed in no call: %v and %v; without: %v", f1, f2, plainA)
	}
}

func TestRandomByChance(t *testing.T) {
	t.Parallel()
	a, ids := draw(NewRandom(nil), nil)
	b, others := draw(NewRandom(nil), nil)
	if a == b || ids == others {
		t.Errorf("twice the same by chance: %v %x", a, ids)
	}
}
