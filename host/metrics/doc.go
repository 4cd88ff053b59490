// Package metrics tells Prometheus, and all that reads its text format, what pools are
// doing:
//
//	pool, err := host.NewPool(ctx, script, nil)
//	…
//	http.Handle("GET /metrics", metrics.Handler(func() map[string]host.PoolStats {
//		return map[string]host.PoolStats{"tidy": pool.Stats()}
//	}))
//
// [Serve] is a server for that, for programs that have none. What is told costs nothing
// until it is asked for: a pool counts anyway.
//
// It is a package of its own so that programs that serve no metrics have no server in
// them. Instances of a fleet tell of more, see scripthost.example/fleet/telemetry.
package metrics
