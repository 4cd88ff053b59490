package sandbox

import "golang.org/x/sys/unix"

// auditArch is what the kernel calls the architecture of this program.
const auditArch = unix.AUDIT_ARCH_AARCH64
