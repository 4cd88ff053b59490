//go:build !cgo

package sandbox

const usesCgo = false

// threadStack is 0 as the runtime takes the stacks of threads from its heap.
const threadStack = 0

func shrinkStacks() error { return nil }
