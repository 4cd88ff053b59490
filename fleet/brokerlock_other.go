//go:build !unix && !windows

package fleet

import (
	"errors"
	"os"
)

// tryLock fails: a broker must not share its folder, and nothing says here that it does.
func tryLock(*os.File) (taken bool, err error) { return false, errors.ErrUnsupported }
