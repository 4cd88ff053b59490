//go:build unix && !linux

package child

// cloexecRights is 0 where recvmsg cannot set descriptors to be closed on exec.
const cloexecRights = 0
