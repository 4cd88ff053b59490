//go:build race

package bundle

const raceDetector = true
