// Package broker carries out, in the parent, the file operations that a
// worker's script asks for: the built-in host functions whose names start with
// "runner.fs.". A child does no input or output of its own, so this package is
// the place where a grant is checked, and it is written for a child that an
// attacker has taken over: every argument may be a lie, every operation is
// checked anew, and any number of them may run at once.
//
//	b, err := broker.New(broker.Grants{Read: []string{"/srv/data"}})
//	if err != nil { … }
//	defer b.Close()
//	out, err := b.Call(ctx, "runner.fs.readfile", []any{"/srv/data/list.txt"})
//
// Start with [New] and [Broker.Call]. The errors are [*DeniedError] (a grant is
// missing), [*FileError] (granted, and the system refused), [*LimitError],
// [*ArgumentError] and [ErrClosed].
//
// # How an operation is checked
//
// A path is made absolute and cleaned as text, so that ".." never depends on
// the file system, and compared with the grants; a denied path wins over any
// grant. The folder that holds the entry is then opened inside the [os.Root] of
// the most specific grant, and the operation names the entry relative to that
// open folder. What was opened is checked again by where it really is (the
// kernel is asked for the path of the handle), so that neither a symbolic link
// nor a swap between check and use leads out of the grants or to a denied path.
// Handles, not names, are what is used after the check.
//
//   - Symbolic links are followed where every step stays inside what is granted.
//     Where a grant or a denied path is itself a link, or lies behind one, the
//     place is the one that it named when the broker was made; a link put there
//     later is not followed out.
//   - Regular files and folders can be opened, nothing else: no devices, pipes
//     or sockets, and nothing that the kernel makes up (proc, sysfs, cgroups and
//     the like), whatever the grant.
//   - A regular file that has more than one name is not opened for writing, as
//     one of the others may lie outside. There is no operation that makes links.
//   - A write grant does not imply a read grant, not even for stat. A rename may
//     not make readable what is not, and may not move a folder from above or to
//     above a denied path.
//   - A granted path may name a file or a folder, and need not exist; it is
//     opened when used, and opened again if it has been replaced by another
//     file or folder. It may itself be created, removed and renamed.
//
// # What is checked where
//
// Linux has all of this, and is where it is tested. On macOS the kind of file
// system is not checked (it has no proc). On Windows it is not either, a rename
// between two grants fails with EXDEV, and "/" means all drives but no network
// shares. On other systems, and on Linux without /proc, the real path of a
// handle is found by its name and confirmed by its identity, which a swap at the
// right moment could mislead, though not out of the os.Root; the kind of file
// system is checked on Linux only.
//
// The folder around a file has to be readable for the parent's user, not merely
// searchable, as os.Root opens it; those further up need not.
package broker
