// Package driver is what a process that is measured has in common with the others.
//
// Each subject is measured in a process of its own, its driver: the program that
// somebody who uses that subject would write, which starts workers and calls them.
// The bench sends it jobs, one JSON object a line, on its standard input, and gets
// an outcome for each on its standard output. So programs in Perl, Python and
// JavaScript are measured as those in Go are, by their own clocks and without a Go
// program between, and a driver that is pinned to one CPU has all of its workers there.
//
// A driver in Go says how a worker is started and called (Peer, Worker); this package
// does the jobs. Drivers in other languages do them themselves, by the same rules:
//
//   - The first line is a Hello.
//   - Arguments differ from call to call: call n has the decimal number 10^15 + n, of
//     16 digits. Larger payloads begin with it, and there are eight of them.
//   - Each answer is compared with what was asked. A wrong one is an error.
//   - A tenth of the time of a job is spent before measuring, to warm up.
//   - Two ways to do the same are there at once and have their turns in pairs: one, other,
//     other, one, and so on.
package driver
