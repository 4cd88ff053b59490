//go:build !unix

package main

import "io/fs"

// asTrusted leaves it to the folder who may write to the files in it.
func asTrusted(fs.FileInfo, fs.FileInfo) error { return nil }
