package sandbox

func implementations() map[string]implementation {
	return map[string]implementation{
		"max-stack":     maxStack,
		"soft-memory":   softMemory,
		"rlimit-core":   noCore,
		"rlimit-fsize":  noFileSize,
		"rlimit-nofile": fewDescriptors,
		"rlimit-cpu":    cpuTime,
	}
}
