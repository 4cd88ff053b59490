// Package watch tells when files have changed, so that a script can be loaded
// anew while it is being edited or deployed:
//
//	w, err := watch.New([]string{"tidy.lua"}, nil)
//	...
//	defer w.Close()
//	// Read the files now, and not before New: a change in between would be lost.
//	for {
//		changed, err := w.Next(ctx)
//		if err != nil {
//			return err
//		}
//		... // load it; w.Set if it is made of other files now
//	}
//
// What counts is what is in the files. A file that is written anew with what was
// in it has not changed, whatever its time says, and neither has one that an
// editor moves away for a moment and replaces. Symbolic links are followed, and
// watched as well: a file changes when any link on the way to it leads elsewhere,
// as in a folder that Kubernetes has mounted from a ConfigMap.
//
// The system's notifications only say when to look. Not all file systems send
// any (network file systems, most of those that a container shares with a machine
// of another kind), and not all changes are in a folder that is watched (a
// folder further up may be renamed). So files are also looked at every now and
// then, Options.Poll, by their size, their time and their inode. What changes
// none of these, without a notification, is not noticed.
package watch
