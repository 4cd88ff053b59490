package engine

// What errors end with that a function seems to have because it is written for
// the other mode. Engines look for that when such an error is made, and not
// before.
const (
	// WrittenForAsync is for a function of the sync mode that fails and whose
	// first parameter is called done.
	WrittenForAsync = " (the function's first parameter is called done: is it written for the async mode, Options.Async (--async)?)"
	// WrittenForSync is for one of the async mode that takes done for a value.
	WrittenForSync = " (done is what answers a call of the async mode: is the function written for the sync mode, without Options.Async (--async)?)"
)
