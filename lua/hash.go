package lua

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"

	glua "github.com/yuin/gopher-lua"
)

// hashes are the algorithms by the names that scripts use.
var hashes = [...]struct {
	name string
	new  func() hash.Hash
}{
	{"md5", md5.New},
	{"sha1", sha1.New},
	{"sha256", sha256.New},
	{"sha384", sha512.New384},
	{"sha512", sha512.New},
}

// openHash makes the library hash.
func (v *vm) openHash() {
	lib := v.library("hash", fields{
		{"hmac", hashHMAC},
		{"new", v.hashNew},
	})
	for _, h := range hashes {
		lib.RawSetString(h.name, v.root.NewFunction(func(L *glua.LState) int {
			sum := h.new()
			write(sum, L.CheckString(1))
			return pushDigest(L, sum, 2)
		}))
	}
	v.meta.hash = v.metatable("hash", fields{{"__tostring", constant("hash")}})
	methods := v.root.NewTable()
	v.setFields(methods, fields{{"digest", hashDigest}, {"update", hashUpdate}})
	v.meta.hash.RawSetString("__index", methods)
}

// write adds a string to what is hashed, without a copy of all of it.
func write(sum hash.Hash, s string) {
	const piece = 64 << 10
	for ; len(s) > piece; s = s[piece:] {
		sum.Write([]byte(s[:piece]))
	}
	sum.Write([]byte(s))
}

// checkHash returns the algorithm that argument n names.
func checkHash(L *glua.LState, n int) func() hash.Hash {
	name := L.CheckString(n)
	for _, h := range hashes {
		if h.name == name {
			return h.new
		}
	}
	L.ArgError(n, "there is no hash "+name+": use md5, sha1, sha256, sha384 or sha512")
	return nil
}

// hashHMAC is hash.hmac(name, key, s [, raw]).
func hashHMAC(L *glua.LState) int {
	sum := hmac.New(checkHash(L, 1), []byte(L.CheckString(2)))
	write(sum, L.CheckString(3))
	return pushDigest(L, sum, 4)
}

// hashNew is hash.new(name [, key]): with a key it is an HMAC.
func (v *vm) hashNew(L *glua.LState) int {
	algorithm := checkHash(L, 1)
	var sum hash.Hash
	if L.Get(2) == glua.LNil {
		sum = algorithm()
	} else {
		sum = hmac.New(algorithm, []byte(L.CheckString(2)))
	}
	L.Push(&glua.LUserData{Value: sum, Env: v.globals, Metatable: v.meta.hash})
	return 1
}

func checkSum(L *glua.LState) hash.Hash {
	sum, ok := L.CheckUserData(1).Value.(hash.Hash)
	if !ok {
		L.ArgError(1, "hash expected")
	}
	return sum
}

// hashUpdate is h:update(s), which returns h.
func hashUpdate(L *glua.LState) int {
	write(checkSum(L), L.CheckString(2))
	L.SetTop(1)
	return 1
}

// hashDigest is h:digest([raw]): of what has come so far; more may come.
func hashDigest(L *glua.LState) int { return pushDigest(L, checkSum(L), 2) }

// pushDigest pushes a digest as hexadecimal digits, or as octets if argument raw
// is true.
func pushDigest(L *glua.LState, sum hash.Hash, raw int) int {
	digest := sum.Sum(nil)
	if !L.OptBool(raw, false) {
		digest = hex.AppendEncode(nil, digest)
	}
	L.Push(glua.LString(digest))
	return 1
}
