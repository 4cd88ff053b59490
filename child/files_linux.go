package child

import "golang.org/x/sys/unix"

// cloexecRights has recvmsg set descriptors to be closed on exec.
const cloexecRights = unix.MSG_CMSG_CLOEXEC
