// Package wire is the protocol between a parent (package host) and a child
// (package child): frames, the messages in them, and the serialisers of values.
// The byte layout is described in PROTOCOL.md beside this file.
//
// Frames are made and taken apart by pure functions ([AppendFrame],
// [ParseHeader], [Split]); [Reader] is the only thing here that does I/O. A
// payload is a list of values frozen by a [Serialiser].
//
// Both ends treat the other as hostile: a length is checked before memory is
// taken for it, and whatever does not fit the protocol is a [*ProtocolError].
package wire
