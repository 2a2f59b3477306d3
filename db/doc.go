// Package db keeps incidents, tasks, actors and the trail in SQLite or
// PostgreSQL. It is the only package that knows SQL.
//
// [Migrate] makes and updates a database, [Open] opens it; [Store.Run] writes
// and watches until its context ends. Every change goes through one writer, which carries out all changes
// that wait as one transaction: it locks what they need, runs them, takes the
// append lock last, reads the newest event in a statement of its own, chains
// the new ones behind it and commits once. So the order of positions is the
// order of commits, on one server and on several, and a reader that asks for
// what lies behind a position misses nothing.
//
// The tables themselves refuse what must never happen: see migrations. That they
// still do is what [Store.Diagnose] looks at; [Store.Check] refuses changes where
// they do not. [Grant] gives a role of PostgreSQL what a server needs.
package db
