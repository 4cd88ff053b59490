package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A situationOfCalls is how far the calls of a run are.
type situationOfCalls struct {
	done    uint64 // answered or failed, in this run and in those before
	failed  uint64
	running uint64
	total   uint64  // 0 if it is not known
	guessed bool    // the total is, from what has been read of the file so far
	rate    float64 // calls per second
}

const (
	red   = "\x1b[31m"
	plain = "\x1b[0m"
)

// Widths of a bar, in columns.
const (
	leastBar = 10
	mostBar  = 30
)

// text is what there is to say, in words.
func (c situationOfCalls) text() string { return c.words(true, true, false) }

func (c situationOfCalls) words(total, more, colour bool) string {
	var b strings.Builder
	b.WriteString(grouped1000(c.done))
	if total && c.total > 0 {
		b.WriteString(" of ")
		if c.guessed {
			b.WriteString("~")
		}
		b.WriteString(grouped1000(c.total))
	}
	failed := grouped1000(c.failed) + " failed"
	if colour && c.failed > 0 {
		failed = red + failed + plain
	}
	b.WriteString(" done, " + failed)
	if more {
		fmt.Fprintf(&b, ", %s running, %s/s", grouped1000(c.running), rateText(c.rate))
		if left, ok := c.left(); ok {
			b.WriteString(", ETA " + left)
		}
	}
	return b.String()
}

// left is how long the calls that are left will take.
func (c situationOfCalls) left() (string, bool) {
	if c.total == 0 {
		return "", false
	}
	if c.rate <= 0 {
		return "?", c.done < c.total
	}
	seconds := float64(c.total-min(c.done, c.total)) / c.rate
	if seconds > (1000 * time.Hour).Seconds() {
		return "?", true
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String(), true
}

// line is that, with a bar, in at most width columns.
func (c situationOfCalls) line(width int, colour bool) string {
	const around = len("100% [] ")
	words := c.words(true, true, false)
	switch bar := min(width-around-len(words), mostBar); {
	case c.total > 0 && bar >= leastBar:
		part := float64(min(c.done, c.total)) / float64(c.total)
		full := int(part * float64(bar))
		return fmt.Sprintf("%3d%% [%s%s] %s", int(part*100), strings.Repeat("#", full), strings.Repeat("-", bar-full), c.words(true, true, colour))
	case len(words) <= width:
		return c.words(true, true, colour)
	}
	for _, total := range []bool{true, false} {
		if len(c.words(total, false, false)) <= width {
			return c.words(total, false, colour)
		}
	}
	return c.words(false, false, false)[:max(0, width)]
}

// rateText is a rate in few digits.
func rateText(rate float64) string {
	if rate < 10 {
		return strconv.FormatFloat(rate, 'f', 1, 64)
	}
	return grouped1000(uint64(rate))
}

// grouped1000 writes a number with a comma between each three digits.
func grouped1000(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
