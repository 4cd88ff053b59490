package sandbox

import "errors"

// layers are all layers in the order in which they are put in force. What a
// system does not implement is there too, so that who asks learns of it.
func layers() []layer {
	const (
		newer   = "Run on Linux 5.13 or later with landlock among the security modules (boot parameter lsm=landlock,...; CONFIG_SECURITY_LANDLOCK), and let a container's seccomp profile pass the landlock system calls"
		seccomp = "Run on Linux 3.17 or later for amd64 or arm64 with CONFIG_SECCOMP_FILTER, and let a container's seccomp profile pass seccomp itself"
		linux   = "Run on Linux"
		unix    = "Run on Linux or macOS"
		procfs  = "Run on Linux with /proc mounted, in a build without the race detector, and with a hard limit (ulimit -H) that is not lower"
	)
	all := []layer{
		{name: "max-stack", limit: true},
		{name: "soft-memory", limit: true, wanted: limitsMemory},
		{name: "no-new-privs", hint: linux},
		{name: "descriptors", hint: linux},
		{name: "rlimit-core", hint: unix},
		{name: "rlimit-fsize", hint: unix},
		{name: "rlimit-nofile", hint: unix},
		{name: "rlimit-cpu", hint: unix, limit: true, wanted: limitsCPU},
		{name: "rlimit-data", hint: procfs, limit: true, wanted: limitsMemory},
		{name: "rlimit-as", hint: procfs, limit: true, wanted: limitsMemory},
		{name: "landlock", hint: newer},
		{name: "not-dumpable", hint: linux},
		{name: "seccomp", hint: seccomp},
		{name: "self-test", hint: seccomp},
	}
	implemented := implementations()
	for i := range all {
		l := &all[i]
		impl, ok := implemented[l.name]
		if !ok {
			impl = notImplemented
		}
		l.apply, l.probe = impl.apply, impl.probe
		if l.probe == nil {
			l.probe = func() (string, error) { return "", nil }
		}
	}
	return all
}

// An implementation is a layer on one system.
type implementation struct {
	apply func(*process) error
	probe func() (detail string, err error) // nil: it is always there
}

var errNotImplemented = errors.New("this system has nothing of the kind that this program could use")

var notImplemented = implementation{
	apply: func(*process) error { return errNotImplemented },
	probe: func() (string, error) { return "", errNotImplemented },
}

func limitsMemory(cfg *Config) bool { return cfg.Memory > 0 }

func limitsCPU(cfg *Config) bool { return cfg.CPU > 0 }
