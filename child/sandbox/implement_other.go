//go:build !linux && !darwin

package sandbox

func implementations() map[string]implementation {
	return map[string]implementation{
		"max-stack":   maxStack,
		"soft-memory": softMemory,
	}
}

func checkOpen([]int) error { return nil }
