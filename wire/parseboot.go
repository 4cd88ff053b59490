package wire

import (
	"encoding/base64"
	"math"
	"strconv"
)

// ParseBoot reads the payload of a BOOT frame into b. The error is a *VersionError
// if the parent speaks another version of the protocol, and else a *ProtocolError.
func ParseBoot(payload []byte, b *Boot) error {
	// Package json needs a tenth of a millisecond to get to know the message, in a
	// process that has not used it yet. What is not as AppendMessage writes it is
	// left to it, and so is what an error says.
	if r := (bootReader{jsonReader{data: payload}}); CheckMessage(payload) == nil && r.boot(b) && b.Version == Version {
		return nil
	}
	*b = Boot{}
	version, err := ParseVersion(payload)
	if err != nil {
		return err
	}
	if version != Version {
		return &VersionError{Parent: version, Child: Version}
	}
	return ParseMessage(payload, b)
}

// A bootReader reads a BOOT that has known keys only, each once, and no null. All
// its methods report whether it could: what it reads it reads as package json does.
type bootReader struct{ jsonReader }

func (r *bootReader) boot(b *Boot) bool {
	if r.checkText() != nil || !r.fields(func(key string) bool {
		switch key {
		case "version":
			n, ok := r.unsigned(math.MaxInt32)
			b.Version = int(n)
			return ok
		case "name":
			return r.text(&b.Name)
		case "language":
			return r.text(&b.Language)
		case "source":
			return r.octets(&b.Source)
		case "function":
			return r.text(&b.Function)
		case "mode":
			return r.text(&b.Mode)
		case "serialiser":
			return r.fields(func(key string) bool {
				switch key {
				case "name":
					return r.text(&b.Serialiser.Name)
				case "source":
					return r.octets(&b.Serialiser.Source)
				}
				return false
			})
		case "init":
			return r.text(&b.Init)
		case "init_args":
			return r.octets(&b.InitArgs)
		case "limits":
			return r.limits(&b.Limits)
		case "sandbox":
			return r.text(&b.Sandbox)
		case "without":
			return r.texts(&b.Without)
		case "grants":
			return r.texts(&b.Grants)
		case "host":
			return r.texts(&b.Host)
		case "modules":
			return r.texts(&b.Modules)
		case "nearby":
			return r.texts(&b.Nearby)
		case "zone":
			b.Zone = new(BootZone)
			return r.fields(func(key string) bool {
				switch key {
				case "name":
					return r.text(&b.Zone.Name)
				case "data":
					return r.octets(&b.Zone.Data)
				}
				return false
			})
		case "seed":
			n, ok := r.unsigned(math.MaxUint64)
			b.Seed = &n
			return ok
		case "generation":
			return r.text(&b.Generation)
		case "files":
			return r.flag(&b.Files)
		case "positions":
			return r.flag(&b.Positions)
		}
		return false
	}) {
		return false
	}
	r.space()
	return r.pos == len(r.data)
}

func (r *bootReader) limits(l *BootLimits) bool {
	return r.fields(func(key string) (ok bool) {
		signed := func(v *int64) bool {
			n, ok := r.unsigned(math.MaxInt64)
			*v = int64(n)
			return ok
		}
		switch key {
		case "memory":
			l.Memory, ok = r.unsigned(math.MaxUint64)
		case "stack":
			l.Stack, ok = r.unsigned(math.MaxUint64)
		case "payload":
			l.Payload, ok = r.unsigned(math.MaxUint64)
		case "grace_ms":
			ok = signed(&l.GraceMS)
		case "call_ms":
			ok = signed(&l.CallMS)
		case "cpu_ms":
			ok = signed(&l.CPUMS)
		}
		return ok
	})
}

// fields reads an object; value reads what a key stands for.
func (r *bootReader) fields(value func(key string) bool) bool {
	if r.space() != '{' {
		return false
	}
	r.pos++
	if r.space() == '}' {
		r.pos++
		return true
	}
	var room [24]string
	seen := room[:0]
	for {
		var key string
		if !r.text(&key) || r.space() != ':' {
			return false
		}
		for _, other := range seen {
			if key == other {
				return false
			}
		}
		seen = append(seen, key)
		r.pos++
		if !value(key) {
			return false
		}
		switch r.space() {
		case ',':
			r.pos++
		case '}':
			r.pos++
			return true
		default:
			return false
		}
	}
}

func (r *bootReader) text(s *string) bool {
	if r.space() != '"' {
		return false
	}
	b, fail := r.string()
	*s = string(b)
	return fail == nil
}

func (r *bootReader) octets(octets *[]byte) bool {
	if r.space() != '"' {
		return false
	}
	b, fail := r.string()
	if fail != nil {
		return false
	}
	dst := make([]byte, base64.StdEncoding.DecodedLen(len(b)))
	n, err := base64.StdEncoding.Decode(dst, b)
	*octets = dst[:n]
	return err == nil
}

func (r *bootReader) texts(list *[]string) bool {
	if r.space() != '[' {
		return false
	}
	r.pos++
	*list = []string{}
	if r.space() == ']' {
		r.pos++
		return true
	}
	for {
		var s string
		if !r.text(&s) {
			return false
		}
		*list = append(*list, s)
		switch r.space() {
		case ',':
			r.pos++
		case ']':
			r.pos++
			return true
		default:
			return false
		}
	}
}

// unsigned reads an integer from 0 to most.
func (r *bootReader) unsigned(most uint64) (uint64, bool) {
	r.space()
	start := r.pos
	if !r.digits() {
		return 0, false
	}
	n, err := strconv.ParseUint(string(r.data[start:r.pos]), 10, 64)
	return n, err == nil && n <= most && (r.data[start] != '0' || r.pos == start+1)
}

func (r *bootReader) flag(b *bool) bool {
	*b = r.space() == 't'
	return *b && r.word("true") == nil || !*b && r.word("false") == nil
}
