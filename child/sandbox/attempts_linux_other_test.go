//go:build linux && !amd64

package sandbox_test

const legacyFork = ^uintptr(0) // there is none

func legacyAttempts(func(string) string) []attempt { return nil }
