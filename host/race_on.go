//go:build race

package host

// childEnvironment keeps the race detector of a child from sleeping for a
// second before it exits. Only builds with the race detector have it.
func childEnvironment() []string { return []string{"GORACE=atexit_sleep_ms=0"} }
