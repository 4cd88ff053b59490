// Package peers_test tests the workers and the parent in this folder against
// raw frames, against one another, and, where it is at hand, against the Perl
// module AnyEvent::Fork::RPC itself.
//
// TestMatrix has package host, and the command runner, drive all of these
// workers, and those of the extended dialect, over a socket, over standard input
// and output, and over ssh: an sshd on the loopback interface is started for it,
// as the user who runs the tests, on a free port and with keys of its own.
//
// What needs a program that is not installed is skipped, or fails where
// the environment variable CI is "true". The tests with the Perl module are
// skipped unless ANYEVENT_FORK_RPC_LIB names the folder that has
// AnyEvent/Fork/RPC.pm in it.
package peers_test
