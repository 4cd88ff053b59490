package host

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// retireLocked takes a worker out of use: it ends when the calls that it has are
// answered.
func (p *Pool) retireLocked(m *member) {
	switch m.state {
	case memberStarting:
		m.unwanted = true
		m.cancel()
	case memberReady:
		m.state = memberDraining
		if m.used == 0 {
			m.stopLocked()
			return
		}
		m.hushLocked()
		m.hurryLocked()
	case memberDraining:
		if m.used > 0 {
			m.hushLocked()
			m.hurryLocked()
		}
	}
}

// hurryLocked has a worker killed that does not finish the calls that it has in
// time.
func (m *member) hurryLocked() {
	if m.drainTimer != nil {
		return
	}
	p, limit := m.p, m.p.o.Limits.Drain
	m.drainTimer = time.AfterFunc(limit, func() {
		p.mu.Lock()
		late := m.state == memberDraining && m.used > 0
		m.late = late
		p.mu.Unlock()
		if late {
			m.w.kill(fmt.Sprintf("it was to be replaced and did not finish its calls within %v (Limits.Drain)", limit))
		}
	})
}

// retire is what a script asks for: no more calls, and another worker.
func (m *member) retire() {
	p := m.p
	p.mu.Lock()
	m.asked = true
	switch {
	case m.state == memberStarting:
		m.leaving = true // once it is ready: it may be all there is
	case m.state == memberReady:
		p.retireLocked(m)
		p.fillLocked()
	}
	p.unlock()
}

// watchAgeLocked has a worker replaced when it is old.
func (p *Pool) watchAgeLocked(m *member) {
	age := p.o.MaxAge
	if age == 0 {
		return
	}
	age = time.Duration(float64(age) * (0.9 + 0.2*rand.Float64()))
	m.ageTimer = time.AfterFunc(age, func() {
		p.mu.Lock()
		defer p.unlock()
		p.leaveLocked(m)
	})
}

// leaveLocked has another worker take m's place; m goes when that is ready.
func (p *Pool) leaveLocked(m *member) {
	switch {
	case m.state != memberReady || m.leaving:
	case m.spare:
		p.retireLocked(m)
		p.fillLocked()
	default:
		m.leaving = true
		p.fillLocked()
	}
}

// wornLocked is told of each call that a worker gets, of those that it may have.
func (p *Pool) wornLocked(m *member) {
	limit := p.o.MaxCalls
	if !m.leaving && m.taken >= limit-limit/10 {
		m.leaving, m.worn = true, true
		p.fillLocked()
	}
	if m.taken >= limit && m.state == memberReady {
		m.state = memberDraining // its calls have the time that all calls have
	}
}

// residentInterval is how often a worker's size is looked at, at most.
const residentInterval = 250 * time.Millisecond

func (p *Pool) lookAt(m *member, pid int) {
	defer p.ends.Done()
	size, ok := resident(pid)
	if !ok || size <= p.o.MaxResident {
		return
	}
	p.mu.Lock()
	defer p.unlock()
	p.leaveLocked(m)
}
