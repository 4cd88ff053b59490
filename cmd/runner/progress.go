package main

import (
	"io"
	"os"
	"sync"
	"time"
)

// Values of --progress.
const (
	progressAuto   = "auto"
	progressAlways = "always"
	progressNever  = "never"
)

// How often the progress is written: on a terminal, and elsewhere a line a time. In
// auto it is not shown before a run has taken some time.
const (
	progressInterval = 100 * time.Millisecond
	progressLines    = 10 * time.Second
	progressDelay    = 500 * time.Millisecond
)

// usualWidth is that of a terminal that does not tell, in columns.
const usualWidth = 80

// clearLine has a terminal clear the line that the cursor is in.
const clearLine = "\r\x1b[K"

// A progress shows how far the calls are: on a terminal in its last line, which
// makes way for whatever else is written there, and otherwise a line from time to
// time. A nil one shows nothing. It is safe for concurrent use.
type progress struct {
	file     *os.File
	terminal bool
	colour   bool
	delay    time.Duration // until it is shown
	ended    chan struct{}
	over     chan struct{} // closed when nothing is shown any more

	mu    sync.Mutex // held while something is written to the terminal
	there bool       // a line of it is the last one of the terminal
	seen  bool       // it was shown
}

// newProgress returns what shows the progress, or nil.
func (f *runFlags) newProgress() *progress {
	p := &progress{
		file: os.Stderr, terminal: isTerminal(os.Stderr) && os.Getenv("TERM") != "dumb",
		colour: os.Getenv("NO_COLOR") == "",
		ended:  make(chan struct{}), over: make(chan struct{}),
	}
	switch {
	case f.progress.value == progressAlways:
		return p
	case f.progress.value == progressNever, !p.terminal, f.calls == "":
		return nil
	case f.calls == stdin && isTerminal(os.Stdin):
		return nil // somebody is typing there
	}
	p.delay = progressDelay
	return p
}

// writer is how to write to a file while the progress is shown.
func (p *progress) writer(file *os.File) io.Writer {
	if p == nil || !p.terminal || !isTerminal(file) {
		return file
	}
	return &besideProgress{p, file}
}

// A besideProgress is a terminal to which whole lines are written.
type besideProgress struct {
	p    *progress
	file *os.File
}

func (b *besideProgress) Write(line []byte) (int, error) {
	b.p.mu.Lock()
	defer b.p.mu.Unlock()
	b.p.clearLocked()
	return b.file.Write(line)
}

// clearLocked removes the line. Errors of standard error cannot be told.
func (p *progress) clearLocked() {
	if p.there {
		_, _ = p.file.WriteString(clearLine)
		p.there = false
	}
}

// clear removes the line, if nobody is writing.
func (p *progress) clear() {
	if p != nil && p.mu.TryLock() {
		p.clearLocked()
		p.mu.Unlock()
	}
}

// start shows the progress until end is called. now says what it is.
func (p *progress) start(now func() situationOfCalls) {
	if p == nil {
		return
	}
	go func() {
		defer close(p.over)
		interval := progressLines
		if p.terminal {
			interval = progressInterval
		}
		ticks := time.NewTicker(interval)
		defer ticks.Stop()
		begun := time.Now()
		var recent rate
		for {
			select {
			case <-p.ended:
				return
			case <-ticks.C:
			}
			c := now()
			c.rate = recent.add(time.Now(), c.done)
			if time.Since(begun) >= p.delay {
				p.show(c)
			}
		}
	}()
}

func (p *progress) show(c situationOfCalls) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = true
	if !p.terminal {
		_, _ = p.file.WriteString("runner: " + c.text() + "\n")
		return
	}
	// One write, so that nothing flickers. The terminal may have been resized.
	_, _ = p.file.WriteString("\r" + c.line(terminalWidth(p.file)-1, p.colour) + "\x1b[K")
	p.there = true
}

// end shows nothing any more, and reports whether a summary is called for.
func (p *progress) end() bool {
	if p == nil {
		return false
	}
	close(p.ended)
	<-p.over
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clearLocked()
	return p.seen || p.delay == 0
}

// A rate is how fast calls were done in the last few seconds.
type rate struct {
	samples []sample
}

type sample struct {
	at   time.Time
	done uint64
}

// rateTime is the time that a rate is of.
const rateTime = 5 * time.Second

// add returns the rate, in calls per second.
func (r *rate) add(at time.Time, done uint64) float64 {
	r.samples = append(r.samples, sample{at, done})
	for len(r.samples) > 2 && at.Sub(r.samples[1].at) >= rateTime {
		r.samples = r.samples[1:]
	}
	first := r.samples[0]
	if passed := at.Sub(first.at).Seconds(); passed > 0 {
		return float64(done-first.done) / passed
	}
	return 0
}
