// Package lua runs worker scripts written in Lua 5.1, on gopher-lua. [Engine]
// is all that a program needs of it:
//
//	child.Enter(lua.Engine())
//
// The rest of this comment is for readers of the package.
//
// # One VM, many threads
//
// A vm (vm.go) is one Lua state. Whatever runs in it runs as a task (task.go):
// one for each call, timer callback, load and init. A task has a Lua thread of
// its own (thread.go), because a task that waits gives the VM to others while
// its Lua stack is in use: it waits inside a Go function, and so may be under
// pcall, a metamethod, an iterator or a coroutine of the script's.
//
// # What is not gopher-lua's
//
// Parts of gopher-lua's libraries are replaced: those that reach for files or
// processes, and those whose behaviour differs from Lua's in a way that a
// script can fall over. In particular pcall and xpcall run the function on a
// thread of its own (protect.go), since gopher-lua closes every upvalue of a
// thread that an error is raised on, also of functions that are still running;
// and coroutines (coroutine.go) check what gopher-lua takes for granted.
//
// What gopher-lua raises itself, blame.go says as Lua 5.1 does, with the name that
// origin.go finds in the code of the function.
//
// # Values
//
// build.go makes Lua values of what a payload says, and write.go writes them, both
// by what is inside of gopher-lua's tables (table.go). For what is no payload, and
// for the serialiser "string", freeze.go takes Lua values to those of engine.Codec,
// and thaw.go back. time.Time, which Lua has no type for, becomes a string in RFC 3339 format.
package lua
