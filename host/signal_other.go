//go:build !unix

package host

import "os"

// signalOf names the signal that ended a process: there are none here.
func signalOf(*os.ProcessState) string { return "" }
