package child

import "iter"

// manySlots is up to which id a call has a slot. A parent counts them from 1 and
// uses them again, so that only one that does otherwise has others.
const manySlots = 4 << 10

// A callTable holds calls by their ids.
type callTable struct {
	slots []*call          // by id
	rest  map[uint32]*call // those with greater ids
	n     int
	// used has a bit for each id below manySlots that a call has had; most is the
	// greatest of all.
	used [manySlots / 64]uint64
	most uint32
}

func (t *callTable) get(id uint32) *call {
	if int64(id) < int64(len(t.slots)) {
		return t.slots[id]
	}
	return t.rest[id]
}

// add adds a call whose id is not in use.
func (t *callTable) add(c *call) {
	t.n++
	t.most = max(t.most, c.ID)
	if c.ID < manySlots {
		t.used[c.ID/64] |= 1 << (c.ID % 64)
	}
	switch id := c.ID; {
	case int64(id) < int64(len(t.slots)):
		t.slots[id] = c
	case id < manySlots:
		t.slots = append(t.slots, make([]*call, int(id)+1-len(t.slots))...)
		t.slots[id] = c
	default:
		if t.rest == nil {
			t.rest = make(map[uint32]*call)
		}
		t.rest[id] = c
	}
}

// had reports whether a call may have had that id: of great ones it is only known
// that there was a greater one.
func (t *callTable) had(id uint32) bool {
	if id < manySlots {
		return t.used[id/64]&(1<<(id%64)) != 0
	}
	return id <= t.most
}

// remove removes a call that is there.
func (t *callTable) remove(c *call) {
	t.n--
	if int64(c.ID) < int64(len(t.slots)) {
		t.slots[c.ID] = nil
		return
	}
	delete(t.rest, c.ID)
}

// all yields the calls, in no order. They may be removed meanwhile.
func (t *callTable) all() iter.Seq[*call] {
	return func(yield func(*call) bool) {
		for _, c := range t.slots {
			if c != nil && !yield(c) {
				return
			}
		}
		for _, c := range t.rest {
			if !yield(c) {
				return
			}
		}
	}
}
