package main

import (
	"strings"
	"testing"
)

func TestTransfers(t *testing.T) {
	t.Parallel()
	const trace = `10 write(6, "\1"..., 9) = 9
10 newfstatat(AT_FDCWD, "/scenarios-begin", 0xc0001, 0) = -1 ENOENT (No such file or directory)
10 write(6, "\1"..., 33)                  = 33
12 read(3, 0xc000, 65536) = -1 EAGAIN (Resource temporarily unavailable)
12 read(3,  <unfinished ...>
10 read(6, "= 7", 65536) = 25
12 <... read resumed>"\0\0"..., 65536) = 33
12 sendmsg(3, {msg_name=NULL}, 0) = 8
12 <... write resumed>) = -1 EAGAIN (Resource temporarily unavailable)
10 read(6, "", 65536) = 0
10 <... writev resumed>) = 12
10 newfstatat(AT_FDCWD, "/etc/hosts", {st_mode=S_IFREG|0644, st_size=9, ...}, 0) = 0
10 newfstatat(AT_FDCWD, "/scenarios-end", 0xc0001, 0) = -1 ENOENT (No such file or directory)
10 write(6, "\1"..., 9) = 9
`
	if n, err := transfersOf(strings.NewReader(trace)); n != 5 || err != nil {
		t.Errorf("there are %d, %v; want 5", n, err)
	}
	for _, half := range []string{"", trace[:500]} {
		if n, err := transfersOf(strings.NewReader(half)); err == nil {
			t.Errorf("a trace that is not whole has %d", n)
		}
	}
}
