//go:build !linux && !darwin

package main

// Nothing starts a worker here.

func kernelRelease() string { return "" }

func usableMemory() int64 { return 0 }
