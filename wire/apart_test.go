package wire

import (
	"sync/atomic"
	"testing"
)

// How often one finds out whether the other end is on another processor.
func TestApart(t *testing.T) {
	t.Parallel()
	var a apart
	kept := func(looks int) (n int) {
		for range looks {
			if a.look() {
				n++
				a.note(false)
			}
		}
		return n
	}
	if n := kept(1 + askOften + 2*askOften); n != 3 {
		t.Errorf("the processor was kept %d times at first", n)
	}
	kept(100 * askSeldom)
	if n := kept(10 * askSeldom); n != 10 {
		t.Errorf("the processor was kept %d times in the end", n)
	}
	a.note(true)
	for range 100 {
		if !a.look() {
			t.Fatal("the processor is not kept though the other end has one of its own")
		}
		a.note(true)
	}
	if a.note(false); !a.look() {
		t.Error("one time without is the end of it")
	}
}

// A reader whose other end answers only when it is let have the processor lets it have that,
// and one whose other end answers without does not.
func TestEagerReaderApart(t *testing.T) {
	t.Parallel()
	in, out := lookedAt(t)
	r := NewEagerReader(in)
	yields := 0
	r.yield = func() {
		yields++
		out.WriteString("x")
	}
	r.once = func(fd uintptr) {
		if r.look(fd); !r.got { // this test has not had a processor for long
			out.WriteString("x")
		}
	}
	r.SetEager(true)
	r.SetKeeping()
	const reads = 1000
	for range reads {
		if _, err := r.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		r.skip, r.vain = 0, false // as on a machine that is not busy
	}
	if yields < reads/10 || yields > reads || r.apart.is {
		t.Errorf("%d yields of %d Reads; on another processor: %v", yields, reads, r.apart.is)
	}
	yields = 0
	r.apart = apart{is: true}
	r.late = false
	for range reads { // what is there at once says nothing
		out.WriteString("x")
		if _, err := r.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if !r.apart.is || yields > 0 {
		t.Errorf("%d yields of %d Reads; on another processor: %v", yields, reads, r.apart.is)
	}
}

// Who has not been told that there are processors enough lets others have its own at each look.
func TestEagerReaderDoesNotKeep(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*EagerReader){
		"eager":   func(r *EagerReader) { r.SetEager(true) },
		"patient": func(r *EagerReader) { r.SetPatient(); r.SetEager(true) },
		"in turn": func(r *EagerReader) { r.SetEagerInTurn(new(atomic.Bool)) },
		"no more": func(r *EagerReader) { r.SetKeeping(); r.SetEager(true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, out := lookedAt(t)
			r := NewEagerReader(in)
			r.apart.is = true
			r.yield = func() { out.WriteString("x") }
			set(r)
			for range 2 * timing { // nothing comes while it keeps its processor
				r.skip, r.vain = 0, false // as on a machine that is not busy
				if _, err := r.Read(make([]byte, 1)); err != nil {
					t.Fatal(err)
				}
			}
			if !r.apart.is {
				t.Error("it has kept its processor, in vain")
			}
		})
	}
}

// A patient reader that is sure keeps its processor without being told.
func TestPatientReaderKeeps(t *testing.T) {
	t.Parallel()
	in, out := lookedAt(t)
	r := NewEagerReader(in)
	r.SetPatient()
	r.SetEager(true)
	yields := 0
	r.yield = func() {
		yields++
		out.WriteString("x")
	}
	r.patience.steady = mostTrusted
	r.apart.is = true
	const reads = 100
	for range reads {
		r.late = true // it does not look before it might let others have the processor
		out.WriteString("x")
		if _, err := r.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if yields > 0 {
		t.Errorf("%d yields of %d Reads", yields, reads)
	}
}
