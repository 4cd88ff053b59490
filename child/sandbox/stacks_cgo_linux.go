//go:build cgo

package sandbox

/*
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>

static void one_arena(void) {
#ifdef __GLIBC__
	mallopt(M_ARENA_MAX, 1);
#endif
}

static int set_stack_size(size_t size) {
	pthread_attr_t attr;
	int err = pthread_getattr_default_np(&attr);
	if (err != 0)
		return err;
	err = pthread_attr_setstacksize(&attr, size);
	if (err == 0)
		err = pthread_setattr_default_np(&attr);
	pthread_attr_destroy(&attr);
	return err;
}
*/
import "C"

import (
	"fmt"
	"syscall"
)

const usesCgo = true

// threadStack is how large the C stack of a new thread is. Go code does not run
// on it, only the runtime and the C library do.
const threadStack = 512 << 10

// shrinkStacks has new threads take less than the 8 MiB that they usually take
// in a program with cgo. All of it would count as memory that can be written.
// It also has malloc of the GNU C library reserve addresses once only: it would
// take 64 MiB for each thread.
func shrinkStacks() error {
	C.one_arena()
	if err := C.set_stack_size(threadStack); err != 0 {
		return fmt.Errorf("the C library cannot make the stacks of threads smaller: %w", syscall.Errno(err))
	}
	return nil
}
