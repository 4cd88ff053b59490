//go:build !linux

package host

func resident(int) (int64, bool) { return 0, false }
