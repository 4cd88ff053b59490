// Package sandbox takes from a child what it does not need. It compiles
// everywhere; what a system cannot do is left out there, and said where it is.
package sandbox
