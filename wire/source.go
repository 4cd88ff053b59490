package wire

import "unicode/utf8"

// A source is what is left to read of a payload that says the length of a
// thing before the thing.
type source struct {
	data []byte
	pos  int
	// unclaimed is how many values the payload can still hold. Every array or
	// map takes what it says to have from it before memory is taken for that,
	// so that nested ones cannot each claim the same octets.
	unclaimed int
	keys      keyCache
}

func newSource(payload []byte) source {
	return source{data: payload, unclaimed: len(payload)}
}

// take returns the next n octets, which belong to the payload.
func (s *source) take(n uint64) ([]byte, *failure) {
	if n > uint64(len(s.data)-s.pos) {
		return nil, s.truncated()
	}
	b := s.data[s.pos : s.pos+int(n)]
	s.pos += int(n)
	return b, nil
}

// uint returns the next n octets, at most 8, as a big-endian number.
func (s *source) uint(n int) (uint64, *failure) {
	b, fail := s.take(uint64(n))
	if fail != nil {
		return 0, fail
	}
	var v uint64
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v, nil
}

// claim is called before n times size values are read.
func (s *source) claim(n uint64, size int) (int, *failure) {
	if n > uint64(s.unclaimed/size) {
		return 0, s.truncated()
	}
	s.unclaimed -= int(n) * size
	return int(n), nil
}

func (s *source) truncated() *failure {
	return failf("the payload ends at byte %d, within a value", len(s.data))
}

// end checks that everything was read.
func (s *source) end() *failure {
	if n := len(s.data) - s.pos; n > 0 {
		return failf("%d bytes follow the array, at byte %d", n, s.pos)
	}
	return nil
}

func (s *source) text(n uint64) (string, *failure) {
	b, fail := s.take(n)
	if fail != nil {
		return "", fail
	}
	if !utf8.Valid(b) {
		return "", failf("text that is not UTF-8, at byte %d", s.pos-len(b))
	}
	return string(b), nil
}

func (s *source) key(n uint64) (string, *failure) {
	b, fail := s.take(n)
	if fail != nil {
		return "", fail
	}
	if !utf8.Valid(b) {
		return "", failf("a key that is not UTF-8, at byte %d", s.pos-len(b))
	}
	return s.keys.text(b), nil
}

// put adds an entry to a map that must not have it yet.
func put(m map[string]any, key string, v any) *failure {
	n := len(m)
	m[key] = v
	if len(m) == n {
		return failf("the key occurs twice").in(key)
	}
	return nil
}

// A keyCache makes the keys that many maps of a payload have in common one
// string. It forgets some of them.
type keyCache [32]string

func (c *keyCache) text(b []byte) string {
	if len(b) == 0 || len(b) > 32 {
		return string(b)
	}
	slot := &c[(uint(b[0])+3*uint(b[len(b)-1])+5*uint(len(b)))%uint(len(c))]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}

// signed returns an integer as Thaw does.
func signed(v uint64) any {
	if v>>63 != 0 {
		return v
	}
	return int64(v)
}
