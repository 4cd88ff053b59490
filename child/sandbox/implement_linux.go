package sandbox

func implementations() map[string]implementation {
	return map[string]implementation{
		"max-stack":     maxStack,
		"soft-memory":   softMemory,
		"no-new-privs":  noNewPrivs,
		"descriptors":   closeOthers,
		"rlimit-core":   noCore,
		"rlimit-fsize":  noFileSize,
		"rlimit-nofile": fewDescriptors,
		"rlimit-cpu":    cpuTime,
		"rlimit-data":   dataSize,
		"rlimit-as":     addressSpace,
		"landlock":      landlocked,
		"not-dumpable":  notDumpable,
		"seccomp":       filtered,
		"self-test":     selfTested,
	}
}
