package wire

import (
	"os"
	"runtime"
	"testing"
	"time"
)

// A reader is sure once enough Reads one after the other have got something in time, and
// needs twice as many after each look in vain.
func TestPatience(t *testing.T) {
	t.Parallel()
	p := patience{on: true, needed: trusted}
	notes := func(n int, ago time.Duration) {
		for range n {
			p.note(time.Now().Add(-ago))
		}
	}
	const long, ages = patientFor * 2, time.Hour // note looks at the clock a bit later
	future := -ages                              // so that it is in time however late that is
	notes(trusted-1, future)
	if p.sure() {
		t.Error("it is sure too soon")
	}
	notes(1, long)
	notes(trusted-1, future)
	if p.sure() {
		t.Error("one that took too long is no reason to begin again")
	}
	notes(1, future)
	if !p.sure() {
		t.Error("it is not sure")
	}
	for range 3 {
		p.lose()
	}
	notes(8*trusted-1, future)
	if p.sure() {
		t.Error("looks in vain do not count")
	}
	if notes(1, future); !p.sure() {
		t.Error("it is never sure again")
	}
	p.keep()
	for range 100 {
		p.lose()
	}
	if notes(mostTrusted, future); !p.sure() {
		t.Error("there are no so many Reads that make it sure")
	}
	p.began = time.Now().Add(-long)
	if p.note(time.Now()) || p.sure() {
		t.Error("the look before does not count")
	}
	if (&patience{steady: 1 << 20}).sure() {
		t.Error("one that is not patient is sure")
	}
}

// A patient reader looks for longer, and at each Read, where what comes comes a bit later than
// others look, until that is in vain.
func TestEagerReaderIsPatient(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("there is no looking on this system")
	}
	for _, patient := range []bool{false, true} {
		in, out, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		defer out.Close()
		r := NewEagerReader(in)
		if patient {
			r.SetPatient()
		}
		r.SetEager(true)
		looks := 0
		r.once = func(uintptr) { // in vain, and something comes at once
			looks++
			r.got = false
			out.WriteString("x")
		}
		read := func() {
			before := looks
			if r.patience.sure() || !r.vain && r.skip == 0 { // it looks
				defer func() {
					if looks != before+1 {
						t.Errorf("%d looks of one Read", looks-before)
					}
				}()
			} else {
				out.WriteString("x")
			}
			if _, err := r.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
		}
		for range 1000 { // not all of which are in time on a busy machine
			if read(); r.patience.sure() {
				break
			}
		}
		if r.patience.sure() != patient {
			t.Fatalf("patient: %v, sure: %v", patient, r.patience.sure())
		}
		if !patient {
			continue
		}
		r.skip, r.vain = mostSkipped-1, true
		read()
		r.patience.steady, r.skip, r.vain = 1<<20, 0, false
		r.once = func(fd uintptr) { // nothing comes before the look is over
			r.look(fd)
			out.WriteString("x")
		}
		if _, err := r.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if r.got || r.patience.sure() {
			t.Errorf("after a look in vain: got: %v, sure: %v", r.got, r.patience.sure())
		}
	}
}
