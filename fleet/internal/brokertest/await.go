package brokertest

import (
	"testing"
	"time"
)

// awaitTime is more than anything that is waited for takes, on however busy a machine.
const awaitTime = 5 * time.Minute

// Await waits until something holds, and ends the test if it does not.
func Await(t testing.TB, holds func() bool) {
	t.Helper()
	AwaitWithin(t, awaitTime, holds)
}

// AwaitWithin is Await for what takes longer than others, such as several elections.
func AwaitWithin(t testing.TB, d time.Duration, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it was waited for in vain for %v", d)
		}
	}
}
