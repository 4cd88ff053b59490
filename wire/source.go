package wire

import "unicode/utf8"

// A source is what is left to read of a payload that says the length of a
// thing before the thing.
type source struct {
	data []byte
	pos  int
	to   Builder
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

// octet returns the next octet.
func (s *source) octet() (byte, *failure) {
	if s.pos == len(s.data) {
		return 0, s.truncated()
	}
	c := s.data[s.pos]
	s.pos++
	return c, nil
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

// count returns n as the number of things of at least size octets each, which no
// payload of this length can have more of.
func (s *source) count(n uint64, size int) (int, *failure) {
	if n > uint64(len(s.data)/size) {
		return 0, s.truncated()
	}
	if t, ok := s.to.(*tree); ok {
		t.expect(int(n))
	}
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

// text reads n octets that must be UTF-8. What they are is said in an error.
func (s *source) text(n uint64, what string) ([]byte, *failure) {
	b, fail := s.take(n)
	if fail != nil {
		return nil, fail
	}
	if !utf8.Valid(b) {
		return nil, failf("%s that is not UTF-8, at byte %d", what, s.pos-len(b))
	}
	return b, nil
}

// integer passes on an integer that is not negative.
func (s *source) integer(v uint64) { passInteger(s.to, v) }

func passInteger(to Builder, v uint64) {
	if v>>63 != 0 {
		to.Uint(v)
		return
	}
	to.Int(int64(v))
}
