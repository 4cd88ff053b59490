// Package types knows what scripts find in their workers, and writes it down: as
// definitions for editors and type checkers (.d.ts for TypeScript and JavaScript,
// LuaCATS for Lua), and as documentation. A program that registers host functions
// writes definitions of those, too, from their Go signatures:
//
//	files, err := types.Write("types", host.TS, options.Host)
//
// The registry is in the files whose names begin with "registry". A test compares it
// with what workers really have, so that it misses nothing and invents nothing.
package types
