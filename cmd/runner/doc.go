// Runner runs a worker script, in Lua, JavaScript or TypeScript, in a process of its own:
//
//	runner --script tidy.lua --allow-write=/tmp/x rmdir /tmp/x/1
//
// It reads flags, starts a worker with package host, and writes what comes
// back. "runner --help" is its manual.
//
// Arguments and lines become calls in lines.go, session.go makes them and sees to
// it that each is answered, answers.go takes what comes back, and output_text.go
// or output_jsonl.go writes it.
package main
