package broker

import "path/filepath"

// WithModuleHook has hook told of the files that the child asks for as modules, by
// absolute paths: of the one that it gets, or, if there is none, of all places
// where it was looked for. It is called by many goroutines at a time.
func WithModuleHook(hook func(paths []string)) Option {
	return func(b *Broker) { b.onModule = hook }
}

// tellModule tells of the places that names stand for.
func (b *Broker) tellModule(names ...string) {
	if b.onModule == nil {
		return
	}
	var places []string
	for _, name := range names {
		for i := range b.modules {
			r := &b.modules[i]
			rel, ok := r.rel(name)
			if !ok || r.FS != nil {
				continue
			}
			if local, err := filepath.Localize(rel); err == nil {
				places = append(places, filepath.Join(r.Dir, local))
			}
		}
	}
	if len(places) > 0 {
		b.onModule(places)
	}
}
