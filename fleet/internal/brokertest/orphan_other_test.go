//go:build !linux

package brokertest

// orphans are the states in which a broker does not outlive its test: how that is looked
// at is known for Linux only.
var orphans []string

func alive(int) bool { return false }
