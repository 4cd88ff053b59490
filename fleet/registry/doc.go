// Package registry keeps the versions of scripts in a NATS broker, and says which of
// them each track of a plugin runs.
//
// A version is a [bundle.Bundle] under a name. Once it is there it does not change. A
// track, such as stable or canary, is a pointer to a version, with a weight; [Registry.Push],
// [Registry.Promote], [Registry.Rollback] and [Registry.SetWeight] move it, each by
// compare-and-swap: of two at once one wins, and the other gets a *[ConflictError]. What
// is stored comes first and the pointer last, so that no track ever leads to a version
// that is not there. [Registry.Watch] tells of every move.
//
// # Where it is
//
// All is in the account of the connection, in the key-value bucket rpc_scripts:
//
//	<plugin>.t.<track>     the track, in JSON
//	<plugin>.v.<version>   the version, in JSON: its SHA-256, and who signed it
//	<plugin>.b.<sha256>    its bundle, a tar archive of up to 900 KB
//
// and in the object store rpc_bundles, as <plugin>.<sha256>, if the bundle is larger. So
// the command nats kv can look at it all. What comes from there is not trusted: a bundle
// is opened after its SHA-256, and who signed it for this plugin and version, have been
// verified (Options.Trust). Tracks are not signed: who can write to the bucket can have a
// track run another of the signed versions.
package registry
