//go:build race

package scripttest

// withRace says whether the race detector is in this build.
const withRace = true
