//go:build !linux

package sandbox_test

var roles = map[string]func(*options){}
