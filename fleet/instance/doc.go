// Package instance serves the plugins of a fleet on this machine: it follows the
// registry, and for each track of a plugin has a pool of workers that runs the version
// which the track is at.
//
// When a track moves, a pool with the new version is started first, and has the calls
// once its script has been loaded; the one before finishes what it has. A version that
// does not load here changes nothing: the one before goes on, the statistics of the
// instance say why (fleet.InstanceStats), and it is tried again after a while. Tracks
// that have a weight, such as canary, get so many of a hundred calls of stable.
package instance
