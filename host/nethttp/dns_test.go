package nethttp

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
)

// names are those that the fake resolver knows.
var names = map[string][]string{
	"named.test":   {"127.0.0.1"},
	"other.test":   {"127.0.0.1"},
	"six.test":     {"::1"},
	"mapped.test":  {"::ffff:127.0.0.1"},
	"nat64.test":   {"64:ff9b::7f00:1"},
	"cloud.test":   {"169.254.169.254"},
	"inside.test":  {"10.0.0.1"},
	"private.test": {"fd00::1"},
	"mixed.test":   {"10.0.0.1", "127.0.0.1"},
	"zero.test":    {"0.0.0.0"},
}

// fakeResolver asks a name server of ours, over a pipe.
var fakeResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	go serveDNS(there)
	return here, nil
}}

// serveDNS answers questions as DNS over TCP has them.
func serveDNS(conn net.Conn) {
	defer conn.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		q := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, q); err != nil || len(q) < 12 {
			return
		}
		var labels []string
		i := 12
		for q[i] != 0 {
			labels = append(labels, string(q[i+1:i+1+int(q[i])]))
			i += 1 + int(q[i])
		}
		name, kind := strings.ToLower(strings.Join(labels, ".")), binary.BigEndian.Uint16(q[i+1:])
		var answers []byte
		count := uint16(0)
		for _, text := range names[name] {
			addr := netip.MustParseAddr(text)
			if (kind == 1) != addr.Is4() || kind != 1 && kind != 28 {
				continue
			}
			data := addr.AsSlice()
			answers = append(answers, 0xc0, 12, byte(kind>>8), byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(len(data)))
			answers = append(answers, data...)
			count++
		}
		flags := uint16(0x8180)
		if names[name] == nil {
			flags |= 3 // there is no such name
		}
		a := append([]byte{}, q[:2]...)
		a = binary.BigEndian.AppendUint16(a, flags)
		a = binary.BigEndian.AppendUint16(a, 1)
		a = binary.BigEndian.AppendUint16(a, count)
		a = append(a, 0, 0, 0, 0)
		a = append(a, q[12:i+5]...)
		a = append(a, answers...)
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(a))), a...)); err != nil {
			return
		}
	}
}
