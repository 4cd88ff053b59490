// Package fleet has the workers of package host answer calls from other machines,
// by way of a NATS broker.
//
// [Serve] offers a pool's script to all who can reach the broker, [Client] calls it
// from anywhere as if it were a pool of the caller's own (a host.Caller), and
// [Embedded] is a broker within this program, for those who have none. What routes,
// queues, stores and replicates is NATS; docs/FLEET.md tells of the whole.
package fleet
