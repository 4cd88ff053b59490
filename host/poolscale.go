package host

import "time"

// A headcount is how many workers of the current generation there are.
type headcount struct {
	live    int // that have calls, or will have once they are ready
	ready   int // of live
	idle    int // that have no calls, the starting ones included
	leaving int // that have calls until others can take their place
	ending  int // that have calls, and get no more or only a few
	spare   int
}

func (p *Pool) headcountLocked() headcount {
	var c headcount
	for _, m := range p.members {
		switch {
		case m.used > 0 && m.gen == p.gen && (m.state == memberDraining || m.state == memberReady && m.worn):
			c.ending++
		case m.state > memberReady || m.candidate || m.unwanted || m.gen != p.gen:
		case m.spare:
			c.spare++
		case m.leaving && m.state == memberReady:
			if !m.worn {
				c.leaving++
			}
		default:
			c.live++
			if m.state == memberReady {
				c.ready++
			}
			if m.used == 0 {
				c.idle++
			}
		}
	}
	return c
}

// fillLocked starts workers where they are missing, and lets those go whose place
// has been taken.
func (p *Pool) fillLocked() {
	if p.finished || p.gen == nil || p.exhaustedLocked() {
		return
	}
	if p.target == 0 && p.queue.len+p.alone.len > 0 {
		p.target = 1
	}
	c := p.headcountLocked()
	now := time.Now()
	// Workers that leave with each call must not become as many as there are calls.
	for c.live < p.target && c.live+c.ending < 2*p.o.Max {
		if m := p.bestSpareLocked(); m != nil {
			m.spare = false
			m.idleSince = now
			c.spare--
			if m.state == memberReady {
				c.ready++
			}
		} else if p.mayStartLocked(now) {
			p.startLocked(p.gen, purpose{})
		} else {
			break
		}
		c.live++
	}
	for ; c.spare < p.o.Spare && p.mayStartLocked(now); c.spare++ {
		p.startLocked(p.gen, purpose{spare: true})
	}
	for _, m := range p.members {
		if c.leaving == 0 || c.ready+c.leaving <= p.target {
			break
		}
		if m.leaving && !m.worn && m.takesLocked() && m.gen == p.gen {
			p.retireLocked(m)
			c.leaving--
		}
	}
}

// bestSpareLocked returns the spare that is ready first, or nil.
func (p *Pool) bestSpareLocked() *member {
	var best *member
	for _, m := range p.members {
		if m.spare && m.state <= memberReady && !m.unwanted && m.gen == p.gen && (best == nil || m.state > best.state) {
			best = m
		}
	}
	return best
}

// mayStartLocked reports whether a worker may be started now; if not, fillLocked
// is called when it may.
func (p *Pool) mayStartLocked(now time.Time) bool {
	if p.ending > 0 && p.breaker.troubled() {
		return false // ended will tell what that one means
	}
	if p.breaker.mayStart(now) {
		return true
	}
	wait := p.breaker.notBefore.Sub(now)
	if wait <= 0 {
		return false // for the probe
	}
	if p.restartTimer == nil {
		p.restartTimer = time.AfterFunc(wait, func() {
			p.mu.Lock()
			defer p.unlock()
			p.fillLocked()
		})
	} else {
		p.restartTimer.Reset(wait)
	}
	return false
}

// hopelessLocked reports whether no worker can be had for a while.
func (p *Pool) hopelessLocked() bool {
	if !p.breaker.open {
		return false
	}
	for _, m := range p.members {
		if m.takesLocked() && !p.probingLocked(m) {
			return false
		}
	}
	return true
}

// probingLocked reports whether a worker has the one call that shows whether
// workers can live.
func (p *Pool) probingLocked(m *member) bool {
	return p.breaker.open && p.breaker.probe == m.number && m.used > 0
}

// shortLocked reports whether there should be one more worker.
func (p *Pool) shortLocked(c headcount) bool {
	return p.target < p.o.Max && !p.finished && (p.queue.len+p.alone.len > 0 || c.idle < p.o.Idle && !p.closing)
}

// pressureLocked has one more worker started if it is still missing in a while.
func (p *Pool) pressureLocked() {
	if p.scaleArmed || !p.shortLocked(p.headcountLocked()) {
		return
	}
	p.scaleArmed = true
	if p.scaleTimer == nil {
		p.scaleTimer = time.AfterFunc(p.o.Start, p.scaleUp)
	} else {
		p.scaleTimer.Reset(p.o.Start)
	}
}

func (p *Pool) scaleUp() {
	p.mu.Lock()
	defer p.unlock()
	p.scaleArmed = false
	c := p.headcountLocked()
	if !p.shortLocked(c) {
		return
	}
	if c.live >= p.target {
		p.target++
		p.fillLocked()
	}
	p.pressureLocked()
}

// armStopLocked has a look at idle workers, of which m is one, when it may have
// been so for long.
func (p *Pool) armStopLocked(m *member) {
	if p.stopArmed || p.finished || p.target <= p.o.Idle && !m.leaving {
		return
	}
	p.stopArmed = true
	p.resetStopLocked(p.o.Stop)
}

func (p *Pool) resetStopLocked(d time.Duration) {
	if p.stopTimer == nil {
		p.stopTimer = time.AfterFunc(d, p.scaleDown)
	} else {
		p.stopTimer.Reset(d)
	}
}

// scaleDown ends workers that have not had a call for long.
func (p *Pool) scaleDown() {
	p.mu.Lock()
	defer p.unlock()
	p.stopArmed = false
	if p.finished {
		return
	}
	now := time.Now()
	idle := 0 // that are not about to be replaced
	for _, m := range p.members {
		if m.idleLocked() && !m.leaving {
			idle++
		}
	}
	var next time.Duration
	for i := len(p.members) - 1; i >= 0; i-- {
		m := p.members[i]
		if !m.idleLocked() || !m.leaving && idle <= p.o.Idle {
			continue
		}
		if left := p.o.Stop - now.Sub(m.idleSince); left > 0 {
			if next == 0 || left < next {
				next = left
			}
			continue
		}
		p.retireLocked(m)
		if !m.leaving {
			p.target = max(p.target-1, p.o.Idle)
			idle--
		}
	}
	if next > 0 {
		p.stopArmed = true
		p.resetStopLocked(next)
	}
}

// idleLocked reports whether a worker could be ended for having nothing to do.
func (m *member) idleLocked() bool {
	return m.takesLocked() && m.used == 0
}
