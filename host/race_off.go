//go:build !race

package host

// childEnvironment is empty, and not nil, which would be the parent's own.
func childEnvironment() []string { return []string{} }
