package broker

import (
	"os"

	"golang.org/x/sys/unix"
)

// kernelFileSystems are those whose files are not stored anywhere: reading and
// writing there asks the kernel or commands it.
var kernelFileSystems = map[uint32]string{
	unix.PROC_SUPER_MAGIC:      "proc",
	unix.SYSFS_MAGIC:           "sysfs",
	unix.CGROUP_SUPER_MAGIC:    "cgroup",
	unix.CGROUP2_SUPER_MAGIC:   "cgroup",
	unix.DEBUGFS_MAGIC:         "debugfs",
	unix.TRACEFS_MAGIC:         "tracefs",
	unix.SECURITYFS_MAGIC:      "securityfs",
	unix.SELINUX_MAGIC:         "selinux",
	unix.SMACK_MAGIC:           "smack",
	unix.AAFS_MAGIC:            "apparmor",
	unix.BPF_FS_MAGIC:          "bpf",
	unix.BINFMTFS_MAGIC:        "binfmt_misc",
	unix.BINDERFS_SUPER_MAGIC:  "binder",
	unix.EFIVARFS_MAGIC:        "efivarfs",
	unix.PSTOREFS_MAGIC:        "pstore",
	unix.RDTGROUP_SUPER_MAGIC:  "resctrl",
	unix.NSFS_MAGIC:            "nsfs",
	unix.PID_FS_MAGIC:          "pidfs",
	unix.PIPEFS_MAGIC:          "pipefs",
	unix.SOCKFS_MAGIC:          "sockfs",
	unix.ANON_INODE_FS_MAGIC:   "anon_inode",
	unix.BDEVFS_MAGIC:          "bdev",
	unix.DEVPTS_SUPER_MAGIC:    "devpts",
	unix.DEVMEM_MAGIC:          "devmem",
	unix.SECRETMEM_MAGIC:       "secretmem",
	unix.GUEST_MEMFD_MAGIC:     "guest_memfd",
	unix.DMA_BUF_MAGIC:         "dma-buf",
	unix.OPENPROM_SUPER_MAGIC:  "openprom",
	unix.USBDEVICE_SUPER_MAGIC: "usbfs",
	unix.XENFS_SUPER_MAGIC:     "xenfs",
	0x62656570:                 "configfs",
	0x65735543:                 "fusectl",
	0x19800202:                 "mqueue",
	0x67596969:                 "rpc_pipefs",
	0x6e667364:                 "nfsd",
}

// madeUp returns the name of the file system of f if it is one of the kernel's
// own, or cannot be told.
func madeUp(f *os.File) string {
	var st unix.Statfs_t
	err := withFD(f, func(fd int) error { return unix.Fstatfs(fd, &st) })
	if err != nil {
		return "unknown"
	}
	return kernelFileSystems[uint32(st.Type)]
}
