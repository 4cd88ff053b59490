// Package sandboxtest is for tests of what happens where the kernel lacks a
// protection of package sandbox.
package sandboxtest
