// Package wild_test runs libraries that others wrote, as they are, in workers, and
// compares what they do with what they do in Lua 5.1 itself.
//
// Neither the libraries nor Lua are here: fetch.sh has them from Debian. Without
// them the tests are skipped, or fail where the environment variable CI is "true".
// For each library there is a script in testdata, use_NAME.lua, whose function run
// does with it what it is there for and returns what came of it as text.
//
//	scripts/wild/fetch.sh
//	go test ./scripts/wild
//	go test ./scripts/wild -update   # writes the table of docs/SCRIPTING.md
package wild_test
