//go:build !unix

package enginetest

// fileCases are about files that are passed, which this system cannot do.
func fileCases() []testCase { return noFileCases() }
