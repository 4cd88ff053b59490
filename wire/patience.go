package wire

import "time"

const (
	// patientFor is how long a patient reader looks where that is worth it.
	patientFor = 4 * eagerFor
	// trusted is how many Reads one after the other have to show that at first, and
	// mostTrusted how many there have to be after looks in vain, each of which doubles it.
	trusted     = 8
	mostTrusted = 1024
)

// A patience is how an [EagerReader] finds out that what it waits for comes a bit later than
// it looks, each time. So it is where one caller makes call after call by way of a broker:
// the next one comes when the answer has gone all the way, and the call has come all the
// way. To be woken for that takes as long again, and has both ends wake more threads than
// one: it costs more processor time than to look does.
type patience struct {
	on bool
	// steady is how many Reads one after the other have got something after eagerFor and
	// within patientFor; from needed on it looks for patientFor.
	steady, needed int
	began          time.Time // when the look of this Read did, which was in vain
}

// SetPatient has the reader look for longer than others where all that has come lately came
// within that time. It is for who waits for calls, and not for who waits for answers: a
// script that computes for that long is no reason to look.
func (r *EagerReader) SetPatient() { r.patience = patience{on: true, needed: trusted} }

// sure reports whether it is worth it to look for patientFor.
func (p *patience) sure() bool { return p.on && p.steady >= p.needed }

// note notes that a Read, which has waited since began, has got something. It reports whether
// that took no longer than patientFor in all.
func (p *patience) note(began time.Time) (soon bool) {
	if !p.began.IsZero() {
		began = p.began
	}
	if soon = time.Since(began) <= patientFor; soon {
		p.steady++
	} else {
		p.steady = 0
	}
	return soon
}

// keep notes that a look for patientFor has got something.
func (p *patience) keep() { p.needed = trusted }

// lose notes that one was in vain, or that looking keeps others from running.
func (p *patience) lose() { p.steady, p.needed = 0, min(2*p.needed, mostTrusted) }
