package child

// What tests of the worker end's limits go by.
const (
	MaxIdle   = maxIdle
	OutHigh   = outHigh
	OutDirect = outDirect
)
