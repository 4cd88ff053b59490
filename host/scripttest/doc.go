// Package scripttest runs tests of worker scripts, which are scripts themselves:
// what [Discover] finds, or other files.
//
// Each file is run in a worker of its own, as limited and protected as any, that
// has what tests are written with (docs/TESTING.md): describe, it and expect in
// JavaScript, describe, it and assert in Lua. The worker that a test loads is yet
// another one, with its own process, which this package starts and calls for the
// test: so it is run as it will be, and may hang or die without taking the tests
// with it.
//
// What is told of a test comes from the process that runs it, which may be taken
// over by what it tests: it is a claim.
package scripttest
