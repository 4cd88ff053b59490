package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"scripthost.example/host"
)

var _ = []pflag.Value{(*choice)(nil), (*duration)(nil), (*memorySize)(nil), (*payloadSize)(nil), (*paths)(nil), (*folders)(nil), (*seed)(nil), (*moment)(nil)}

// A choice is a flag that takes one of a few words.
type choice struct {
	value   string
	choices []string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return "choice" }

func (c *choice) Set(s string) error {
	if !slices.Contains(c.choices, s) {
		last := len(c.choices) - 1
		return fmt.Errorf("it is one of %s and %s", strings.Join(c.choices[:last], ", "), c.choices[last])
	}
	c.value = s
	return nil
}

// A duration is a flag that takes a positive time.
type duration struct{ value time.Duration }

func (d *duration) String() string { return d.value.String() }
func (d *duration) Type() string   { return "duration" }

func (d *duration) Set(s string) error {
	v, err := time.ParseDuration(s)
	if err != nil {
		return errors.New("write it like 500ms, 1.5s or 2m")
	}
	if v <= 0 {
		return errors.New("it must be more than 0; without the flag there is no limit")
	}
	d.value = v
	return nil
}

// A payloadSize is a flag that takes a number of bytes that a frame can have.
type payloadSize struct{ value int64 }

func (p *payloadSize) String() string { return strconv.FormatInt(p.value, 10) }
func (p *payloadSize) Type() string   { return "size" }

func (p *payloadSize) Set(s string) error {
	v, err := parseSize(s)
	switch {
	case err != nil:
		return err
	case v == 0:
		return errors.New("it must be more than 0")
	case v > 1<<32:
		return errors.New("a frame has at most 4G")
	}
	p.value = min(v, math.MaxUint32) // which is what 4G means
	return nil
}

// A memorySize is a flag that takes a number of bytes that a script may use.
type memorySize struct{ value int64 }

func (m *memorySize) String() string { return strconv.FormatInt(m.value, 10) }
func (m *memorySize) Type() string   { return "size" }

func (m *memorySize) Set(s string) error {
	v, err := parseSize(s)
	switch {
	case err != nil:
		return err
	case v < host.MinMemory:
		return fmt.Errorf("a worker needs at least %dM", host.MinMemory>>20)
	case v > 1<<48:
		return errors.New("no machine has so much")
	}
	m.value = v
	return nil
}

// parseSize reads a number of bytes, or of K, M or G of 1024 each.
func parseSize(s string) (int64, error) {
	digits, shift := s, 0
	if n := len(s) - 1; n >= 0 {
		if i := strings.IndexByte("KMG", s[n]&^0x20); i >= 0 {
			digits, shift = s[:n], 10*(i+1)
		}
	}
	v, err := strconv.ParseUint(digits, 10, 63)
	if errors.Is(err, strconv.ErrSyntax) {
		return 0, errors.New("write it as a number of bytes, or with K, M or G, like 512K")
	}
	if err != nil || v > math.MaxInt64>>shift {
		return math.MaxInt64, nil
	}
	return int64(v) << shift, nil
}

// A seed is a flag that takes a whole number; nil if it was not given.
type seed struct{ value *uint64 }

func (s *seed) Type() string { return "seed" }

func (s *seed) String() string {
	if s.value == nil {
		return ""
	}
	return strconv.FormatUint(*s.value, 10)
}

func (s *seed) Set(text string) error {
	v, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return fmt.Errorf("it is a whole number, 0 to %d", uint64(math.MaxUint64))
	}
	s.value = &v
	return nil
}

// A moment is a flag that takes a point in time; the zero time if it was not
// given.
type moment struct{ value time.Time }

func (m *moment) Type() string { return "time" }

func (m *moment) String() string {
	if m.value.IsZero() {
		return ""
	}
	return m.value.Format(time.RFC3339Nano)
}

func (m *moment) Set(s string) error {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil && t.UTC().Year() > 0 {
			m.value = t
			return nil
		}
	}
	return errors.New("write it like 2024-02-29T12:30:00Z, 2024-02-29T12:30:00+01:00 or 2024-02-29 (in UTC)")
}

// paths is a flag that takes lists of paths and can be repeated. They are made
// absolute.
type paths struct{ value []string }

// everything is what a grant without a value is for.
const everything = "/"

func (p *paths) String() string { return strings.Join(p.value, ",") }
func (p *paths) Type() string   { return "paths" }

func (p *paths) Set(s string) error {
	for _, path := range strings.Split(s, ",") {
		if err := p.add(path); err != nil {
			return err
		}
	}
	return nil
}

// add adds one path.
func (p *paths) add(path string) error {
	// An unset variable of a shell's must not become the working directory.
	if path == "" {
		return errors.New("a path is empty")
	}
	abs, err := fromRoot(path)
	if err != nil {
		return err
	}
	p.value = append(p.value, abs)
	return nil
}

// folders is a flag that takes a folder, which is made absolute, and can be
// repeated.
type folders struct{ value []string }

func (f *folders) String() string { return strings.Join(f.value, ",") }
func (f *folders) Type() string   { return "folder" }

func (f *folders) Set(s string) error {
	if s == "" {
		return errors.New("the path is empty")
	}
	abs, err := fromRoot(s)
	if err != nil {
		return err
	}
	if err := (host.Grants{Modules: []string{abs}}).Validate(); err != nil {
		_, why, _ := strings.Cut(err.Error(), ": ") // behind the name of the flag
		return errors.New(why)
	}
	f.value = append(f.value, abs)
	return nil
}

// nonEmpty is a flag that takes a text which is not empty: an unset variable of a shell's
// must not be as if the flag were not there.
type nonEmpty string

func (n *nonEmpty) String() string { return string(*n) }
func (n *nonEmpty) Type() string   { return "string" }

func (n *nonEmpty) Set(s string) error {
	if s == "" {
		return errors.New("it is empty")
	}
	*n = nonEmpty(s)
	return nil
}
