package engine

import "sync"

var registered struct {
	sync.Mutex
	engines []Engine
}

// Register adds an engine to those that every worker of this program has, beside
// the ones that package child is given. It is for the init of a package that a
// program imports for its engine alone. A language that is registered twice is
// that of the first.
func Register(e Engine) {
	registered.Lock()
	defer registered.Unlock()
	registered.engines = append(registered.engines, e)
}

// Registered returns the engines that Register has got, in that order.
func Registered() []Engine {
	registered.Lock()
	defer registered.Unlock()
	return append([]Engine(nil), registered.engines...)
}
