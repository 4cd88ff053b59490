package brokertest

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// FreeAddrs are addresses on loopback on which nothing listens. Their ports are below those
// that systems give to whoever asks for any: no other test has them by chance before they
// are used.
func FreeAddrs(n int) (addrs []string, err error) {
	for tries := 0; len(addrs) < n; tries++ {
		addr := fmt.Sprint("localhost:", 10_000+rand.IntN(20_000))
		l, err := net.Listen("tcp", addr)
		if err != nil {
			if tries > 1000 {
				return nil, err
			}
			continue
		}
		defer l.Close() // until all are known, which are different so
		addrs = append(addrs, addr)
	}
	return addrs, nil
}
