//go:build !linux

package sandbox

// ThreadHeadroom returns the part of the headroom that is for the C stacks of
// threads, in bytes. Here there is no limit that it would be added to.
func ThreadHeadroom() uint64 { return 0 }
