//go:build unix

package peers_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

const large = 16 << 20

// octets returns n octets, among them all 256 if n allows.
func octets(n int) string {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return strings.Repeat(string(all), n/256+1)[:n]
}

func TestChildEchoes(t *testing.T) {
	each(t, children, func(t *testing.T, p peer, m mode) {
		w := start(t, p, m)
		for _, values := range [][]string{
			{},
			{""},
			{"", "", ""},
			{octets(127)}, {octets(128)}, {octets(256)}, {octets(16383), "x", octets(16384)},
			{"größe", "\xff", "a\r\n\tb\x00"},
			{octets(large)},
			{"after"}, // no octet is left over
		} {
			// Each answer comes while the stream is open.
			w.send(w.request(1, append([]string{"echo"}, values...)...))
			w.expect(message{1, values})
		}
		w.send(w.request(1, "length", octets(large)), w.request(2, "length", ""))
		w.expect(message{1, []string{strconv.Itoa(large)}}, message{w.id(2), []string{"0"}})
		w.drain()
	})
}

// id returns the id of the answer to a request: sync ones have none but 1.
func (w *worker) id(id uint32) uint32 {
	if w.m.async {
		return id
	}
	return 1
}

func TestChildReadsPartsOfFrames(t *testing.T) {
	each(t, children, func(t *testing.T, p peer, m mode) {
		w := start(t, p, m)
		for _, octet := range slices.Concat(w.request(0x01020304, "echo", "a"), w.request(0xffffffff, "echo", "b")) {
			w.send([]byte{octet})
		}
		w.drain(message{w.id(0x01020304), []string{"a"}}, message{w.id(0xffffffff), []string{"b"}})
	})
}

func TestChildKeepsOrder(t *testing.T) {
	each(t, children, func(t *testing.T, p peer, m mode) {
		const n = 1000
		w := start(t, p, m)
		w.send(w.request(1, "events", strconv.Itoa(n)), w.request(2, "events", "0"), w.request(3, "events", "1"))
		var want []message
		for i := range n {
			want = append(want, message{0, []string{"tick", strconv.Itoa(i + 1)}})
		}
		want = append(want,
			message{1, []string{strconv.Itoa(n)}},
			message{w.id(2), []string{"0"}},
			message{0, []string{"tick", "1"}},
			message{w.id(3), []string{"1"}})
		w.drain(want...)
	})
}

// All that was asked for before the half-close is answered. The async calls
// last, so that they are outstanding together.
func TestChildDrains(t *testing.T) {
	each(t, children, func(t *testing.T, p peer, m mode) {
		const n = 500
		w := start(t, p, m)
		var frames []byte
		for i := range n {
			what, value := "echo", strconv.Itoa(i+1)
			if m.async {
				what, value = "sleep", "0.2"+value
			}
			frames = append(frames, w.request(uint32(i+1), what, value)...)
		}
		w.send(frames)
		if err := w.halfClose(); err != nil {
			t.Fatal(err)
		}
		answered := map[uint32]bool{}
		for i := range n {
			got, ok := w.next()
			if !ok {
				t.Fatalf("the worker ended after %d answers (%v)\n%s", i, w.cmd.Wait(), w.stderr.String())
			}
			want := strconv.Itoa(i + 1)
			if m.async {
				want = "0.2" + strconv.Itoa(int(got.id))
			}
			if answered[got.id] && m.async || !slices.Equal(got.values, []string{want}) {
				t.Fatalf("got %v as answer %d, want %q, once", got, i+1, want)
			}
			answered[got.id] = true
		}
		if status := w.end(); status != 0 || w.stderr.Len() > 0 {
			t.Errorf("exit status %d, want 0\n%s", status, w.stderr.String())
		}
	})
}

func TestChildDies(t *testing.T) {
	each(t, children, func(t *testing.T, p peer, m mode) {
		w := start(t, p, m)
		first := uint32(1)
		if m.async {
			w.send(w.request(first, "sleep", "1000"))
			first++
		}
		w.send(w.request(first, "echo", "others go on"))
		w.expect(message{first, []string{"others go on"}})
		w.send(w.request(first+1, "die"))
		if status := w.end(); status != p.dies.status {
			t.Errorf("exit status %d, want %d\n%s", status, p.dies.status, w.stderr.String())
		}
	})
}

func TestChildDiesOfAnError(t *testing.T) {
	each(t, children, func(t *testing.T, p peer, m mode) {
		w := start(t, p, m)
		w.send(w.request(1, "nonsense"))
		if status := w.end(); status <= 0 || !strings.Contains(w.stderr.String(), "nonsense") {
			t.Errorf("exit status %d and %q on standard error, want another than 0, and a message", status, w.stderr.String())
		}
	})
}

func TestChildRefusesTruncatedStream(t *testing.T) {
	each(t, children, func(t *testing.T, p peer, m mode) {
		if p.dies.loose {
			t.Skip("the Perl module does not tell this end from a good one")
		}
		for _, missing := range []int{1, len("\x04echo\x01x"), len("\x04echo\x01x") + 1} {
			w := start(t, p, m)
			request := w.request(1, "echo", "x")
			w.send(request[:len(request)-missing])
			if err := w.halfClose(); err != nil {
				t.Fatal(err)
			}
			if status := w.end(); status <= 0 || !strings.Contains(w.stderr.String(), "the stream ended") {
				t.Errorf("%d bytes missing: exit status %d and %q on standard error, want another than 0, and a message", missing, status, w.stderr.String())
			}
		}
	})
}
