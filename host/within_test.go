package host

import "time"

// slack is how much later than its deadline a call may end.
const slack = 500 * time.Millisecond

// within is how long something may take that has the time d. This is the one
// place to make it longer for builds and machines that are slow.
func within(d time.Duration) time.Duration {
	d += slack
	if raceDetector {
		d *= 8
	}
	return d
}
