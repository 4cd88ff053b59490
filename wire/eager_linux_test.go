package wire

import (
	"os"
	"testing"
	"time"
)

// Where others than the other end are given the processor, for as long as they like, there
// is no looking for a while, and then again.
func TestEagerReaderIsCrowded(t *testing.T) {
	t.Parallel()
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer out.Close()
	r := NewEagerReader(in)
	r.SetEager(true)
	looks := 0
	b := make([]byte, 1)
	read := func(before string) {
		t.Helper()
		if _, err := out.WriteString(before); err != nil {
			t.Fatal(err)
		}
		r.vain = false // on a busy machine the Read before may have taken long
		if n, err := r.Read(b); n != 1 || err != nil {
			t.Fatalf("read %d, %v", n, err)
		}
	}
	slow := func() {
		looks++
		time.Sleep(2 * crowded) // as others who have the processor
		if _, err := out.WriteString("x"); err != nil {
			t.Error(err)
		}
	}
	r.yield = slow
	for r.skip == 0 {
		read("")
		if looks > 2*timing {
			t.Fatal("it goes on looking")
		}
	}
	before := looks
	for range skipCrowded {
		read("x")
	}
	if looks != before {
		t.Errorf("%d looks in between", looks-before)
	}
	r.yield = func() {
		looks++
		if _, err := out.WriteString("x"); err != nil {
			t.Error(err)
		}
	}
	read("")
	if looks != before+1 {
		t.Errorf("%d looks after it", looks-before)
	}
}
