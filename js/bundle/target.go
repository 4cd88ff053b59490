package bundle

import "github.com/evanw/esbuild/pkg/api"

// target is the last edition of the language that goja has as a whole, but for
// what is in gaps.
const target = api.ES2022

// gaps are what goja lacks of it, by esbuild's names. esbuild writes other code
// for those that it can, and reports the others where they are used. A regular
// expression with a flag that goja does not know becomes a call of RegExp, which
// throws when it is reached.
func gaps() map[string]bool {
	return map[string]bool{
		"async-generator":      false,
		"for-await":            false,
		"dynamic-import":       false, // it becomes a require
		"import-meta":          false,
		"top-level-await":      false,
		"regexp-match-indices": false,
	}
}
