//go:build !unix

package main

import "os"

// tryLock does nothing: workers do not run here.
func tryLock(*os.File) (taken bool, err error) { return true, nil }
