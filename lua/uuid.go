package lua

import (
	"encoding/hex"

	glua "github.com/yuin/gopher-lua"
)

// openUUID makes uuid.
func (v *vm) openUUID() { v.setGlobal("uuid", v.newUUID) }

// newUUID is uuid(): a random UUID (RFC 9562, version 4), in lower case.
func (v *vm) newUUID(L *glua.LState) int {
	var id [16]byte
	v.random.Read(v.cur.ec(), id[:])
	id[6] = id[6]&0x0f | 4<<4
	id[8] = id[8]&0x3f | 2<<6
	text := make([]byte, 0, 36)
	for i, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, part)
	}
	L.Push(glua.LString(text))
	return 1
}
