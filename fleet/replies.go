package fleet

import (
	"hash/maphash"
	"sync"
	"time"
)

// What an instance keeps of its replies at most; the oldest are forgotten first.
const (
	keepCalls = 1 << 14
	keepBytes = 64 << 20
	// keepChunk is the memory that small replies are kept in, in bytes.
	keepChunk = 64 << 10
)

// replies are the last replies of an instance, for callers whose broker died on the
// way: they ask for them. Every call has one, and next to none is asked for. So it is
// copied into a chunk of memory in which the garbage collector finds nothing to follow,
// and found again by looking through all.
type replies struct {
	mu     sync.Mutex
	seed   maphash.Seed
	kept   []keptReply // a ring; its length is a power of 2
	first  int         // the index of the oldest, which grows on
	next   int         // that of the next one
	chunks [][]byte    // the oldest first
	gone   int         // chunks that were before them
	spare  []byte
	bytes  int
}

// A keptReply says where a reply is: behind the subject that it goes to.
type keptReply struct {
	hash    uint64        // of the subject
	at      time.Duration // since epoch
	chunk   int
	start   int
	subject int // its length
	size    int // of both
}

// keep keeps the reply to a call, and forgets those that are older than keepTime,
// unless the connection is away, when nobody can have asked.
func (r *replies) keep(call string, data []byte, now time.Duration, away func() bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept == nil {
		r.seed = maphash.MakeSeed()
		r.kept = make([]keptReply, 64)
	}
	size := len(call) + len(data)
	r.forgetLocked(size, now, away)
	if r.next-r.first == len(r.kept) {
		r.growLocked()
	}
	chunk := r.roomLocked(size)
	start := len(*chunk)
	*chunk = append(append(*chunk, call...), data...)
	r.kept[r.next&(len(r.kept)-1)] = keptReply{
		hash: maphash.String(r.seed, call), at: now, chunk: r.gone + len(r.chunks) - 1, start: start, subject: len(call), size: size,
	}
	r.next++
	r.bytes += size
}

// forgetLocked forgets what is too old, and what there is no room for beside a reply of
// the size.
func (r *replies) forgetLocked(size int, now time.Duration, away func() bool) {
	asked, isAway := false, false
	for r.first < r.next {
		k := &r.kept[r.first&(len(r.kept)-1)]
		old := now-k.at > keepTime
		if old && !asked {
			asked, isAway = true, away()
		}
		if (!old || isAway) && r.next-r.first < keepCalls && r.bytes+size <= keepBytes {
			break
		}
		r.bytes -= k.size
		r.first++
	}
	oldest := r.gone + len(r.chunks) - 1 // whose chunk is being filled
	if r.first < r.next {
		oldest = r.kept[r.first&(len(r.kept)-1)].chunk
	}
	for r.gone < oldest {
		if cap(r.chunks[0]) == keepChunk {
			r.spare = r.chunks[0][:0]
		}
		r.chunks[0] = nil
		r.chunks = r.chunks[1:]
		r.gone++
	}
}

func (r *replies) growLocked() {
	kept := make([]keptReply, 2*len(r.kept))
	for i := r.first; i < r.next; i++ {
		kept[i&(len(kept)-1)] = r.kept[i&(len(r.kept)-1)]
	}
	r.kept = kept
}

// roomLocked returns the last chunk, which has room for so many bytes.
func (r *replies) roomLocked(size int) *[]byte {
	if n := len(r.chunks); n == 0 || cap(r.chunks[n-1])-len(r.chunks[n-1]) < size {
		var chunk []byte
		if size <= keepChunk {
			chunk, r.spare = r.spare, nil
		}
		if chunk == nil {
			chunk = make([]byte, 0, max(size, keepChunk))
		}
		r.chunks = append(r.chunks, chunk)
	}
	return &r.chunks[len(r.chunks)-1]
}

// of returns what the call was answered, or nil.
func (r *replies) of(call string) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first == r.next {
		return nil
	}
	hash := maphash.String(r.seed, call)
	for i := r.next - 1; i >= r.first; i-- {
		k := &r.kept[i&(len(r.kept)-1)]
		if k.hash != hash {
			continue
		}
		b := r.chunks[k.chunk-r.gone][k.start : k.start+k.size]
		if string(b[:k.subject]) == call {
			return append([]byte(nil), b[k.subject:]...)
		}
	}
	return nil
}
