package js

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"hash"
	"slices"
	"strings"

	"github.com/dop251/goja"
)

// hashNames are the hashes that there are, by the names that getHashes returns.
var hashNames = []string{"md5", "sha1", "sha224", "sha256", "sha384", "sha512"}

// hashNamed returns what makes a hash, nil if there is none of that name.
func hashNamed(name string) func() hash.Hash {
	switch strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(name), "rsa-"), "sha-", "sha") {
	case "md5":
		return md5.New
	case "sha1":
		return sha1.New
	case "sha224":
		return sha256.New224
	case "sha256":
		return sha256.New
	case "sha384":
		return sha512.New384
	case "sha512":
		return sha512.New
	}
	return nil
}

// cryptoNatives are the functions below lib/crypto.js.
func (v *vm) cryptoNatives() natives {
	return natives{
		"hash": func(fc goja.FunctionCall) goja.Value {
			if fresh := hashNamed(fc.Argument(0).String()); fresh != nil {
				return v.hashState(fresh())
			}
			return nil
		},
		"hmac": func(fc goja.FunctionCall) goja.Value {
			fresh := hashNamed(fc.Argument(0).String())
			if fresh == nil {
				return nil
			}
			return v.hashState(hmac.New(fresh, slices.Clone(v.hashed("key", fc.Argument(1), fc.Argument(2)))))
		},
		"hashes": func(goja.FunctionCall) goja.Value {
			names := make([]any, len(hashNames))
			for i, name := range hashNames {
				names[i] = name
			}
			return v.rt.NewArray(names...)
		},
		"random": func(fc goja.FunctionCall) goja.Value { // fills a view
			octets, _ := v.viewOf(fc.Argument(0))
			v.inChunks(octets, func(part []byte) { v.random.Read(v.ctx.call, part) })
			return fc.Argument(0)
		},
		"uuid": func(goja.FunctionCall) goja.Value {
			var id [16]byte
			v.random.Read(v.ctx.call, id[:])
			id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
			text := hex.EncodeToString(id[:])
			return v.text(text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:])
		},
		"equal": func(fc goja.FunctionCall) goja.Value {
			a, _ := v.viewOf(fc.Argument(0))
			b, _ := v.viewOf(fc.Argument(1))
			if len(a) != len(b) {
				return nil
			}
			return v.rt.ToValue(subtle.ConstantTimeCompare(a, b) == 1)
		},
		"coded": func(fc goja.FunctionCall) goja.Value {
			return v.coded(fc.Argument(0).String(), fc.Argument(1).String(), fc.Argument(2).String())
		},
		"invalidType": func(fc goja.FunctionCall) goja.Value {
			return v.invalidType(fc.Argument(0).String(), fc.Argument(1).String(), fc.Argument(2))
		},
		"outOfRange": func(fc goja.FunctionCall) goja.Value {
			return v.outOfRange(fc.Argument(0).String(), fc.Argument(1).String(), fc.Argument(2))
		},
	}
}

// hashed returns the octets of an argument to be hashed: a string in an encoding,
// UTF-8 by default, or the octets of a view.
func (v *vm) hashed(argument string, value, encoding goja.Value) []byte {
	if text, ok := value.(goja.String); ok {
		if encoding.ToBoolean() {
			return v.charset(encoding).encode(text)
		}
		return utf8Charset.encode(text)
	}
	if octets, ok := v.viewOf(value); ok {
		return octets
	}
	panic(v.invalidType(argument, "of type string or an instance of Buffer, TypedArray, or DataView", value))
}

// hashState returns the functions that work on a hash: [update, digest, copy].
// digest returns a string if it is given an encoding, and else a Buffer.
func (v *vm) hashState(h hash.Hash) goja.Value {
	return v.rt.NewArray(
		v.native("update", 2, func(fc goja.FunctionCall) goja.Value {
			v.inChunks(v.hashed("data", fc.Argument(0), fc.Argument(1)), func(part []byte) { h.Write(part) })
			return nil
		}),
		v.native("digest", 1, func(fc goja.FunctionCall) goja.Value {
			if encoding := fc.Argument(0); encoding.ToBoolean() && encoding.String() != "buffer" {
				return v.textFrom(v.charset(encoding), h.Sum(nil))
			}
			return v.newBuffer(h.Sum(nil))
		}),
		v.native("copy", 0, func(goja.FunctionCall) goja.Value {
			if cloner, ok := h.(hash.Cloner); ok {
				if clone, err := cloner.Clone(); err == nil {
					return v.hashState(clone)
				}
			}
			panic(v.rt.NewTypeError("this hash cannot be copied"))
		}),
	)
}

// inChunks calls work with all octets, in parts between which the script can be
// stopped.
func (v *vm) inChunks(octets []byte, work func([]byte)) {
	for part := range slices.Chunk(octets, chunk) {
		v.stoppable()
		work(part)
	}
}
