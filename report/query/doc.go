// Package query answers SQL over a case, as Amazon Athena and CloudTrail Lake answer it, with
// DuckDB as the engine.
//
//	db, err := query.Open(ctx, dir, query.Options{})
//	defer db.Close()
//	rows, err := db.Query(ctx, "SELECT eventname, count(*) FROM cloudtrail_logs GROUP BY 1")
//	defer rows.Close()
//	for rows.Next() { … rows.Values() … }
//	err = rows.Err()
//
// # Tables
//
// Athena's table under any name that published queries have (cloudtrail_logs, db.cloudtrail_x …): the
// columns of AWS's definition, every leaf a text, and the partition columns of all published
// definitions and "$path" where a query names them. An event data store of CloudTrail Lake
// under any ID: times, truth values and maps. And the case's own: events, objects, findings, integrity (see
// package report). CREATE TABLE AS and CREATE VIEW AS make tables of the session,
// which are in memory until the DB is closed and hide the others of the same name.
//
// # From the text to the rows
//
//	statement ─Rewrite─► the engine's SQL ─its own parser─► syntax tree ─► refuse, plan ─► prepare ─► rows
//
// Rewrite translates the dialect, token by token (dialect_*.go, macros). The engine parses
// what comes of it, and the tree of that, not the text, says which functions are called and
// which columns are asked for (guard.go, plan.go). Only then is it prepared, because to
// prepare a statement is to call its table functions. Rows come as they are made.
//
// # The sandbox
//
// A query is hostile. The engine may open the files of the case that report.OpenStore has
// checked, by their descriptors, and no other; it has no network, no extensions, and settings
// that nobody can change. Statements are let through by the engine's own word for what they are;
// table functions by a short list. What changes the session runs in a transaction that is undone if
// it changed anything that is not the session's. Memory, time, and what is
// spilled to disk have limits. Statements that would take minutes to parse or to plan are refused, and so is any while
// several that were stopped have not ended. What the engine does not count as memory, the values that a
// function makes of one row, a process limit must bound: the command query sets one. A server cannot: the limit
// counts what was freed, too, and Go ends a program that gets no memory. There only a query's time bounds it.
//
// # Lifetime and concurrency
//
// A DB is safe for use by many goroutines; each query has a connection, and all share the memory.
// Rows are for one goroutine, and hold their connection until they are closed. The end of a
// query's context interrupts the engine; a query that is in the middle of one long
// function is left to itself after two seconds, and what it holds is freed when it ends.
//
// # What it does not do
//
// Without cgo there is no engine, and Open returns ErrNoSQL; all else compiles and works. Nothing
// is written but what Export writes into the file that it was given. Answers are not
// ordered unless the query says so.
//
// # Why …?
//
// Why the bindings of DuckDB and not its database/sql driver? The driver turns structs into maps
// without order and JSON into values that have lost digits, gives whole results at once, and
// does not say what a statement is before it runs it. The bindings are the same project's, MIT.
//
// Why are files opened by descriptor? A name may have characters that the engine takes for a
// pattern, and may lead elsewhere after it was checked.
//
// Why is everything else in the schemas ct and trino made only when it is named? To make some two
// hundred views and macros takes longer than most queries.
//
// Why are there several views of one table? The engine compares plain columns with the bounds and
// bloom filters of the files, and reads one field of a struct where it is a column. An
// expression in a view hides that from it: an hour of a store of 664,700 events took 1.7 s of CPU where
// it now takes 0.05. Which view is meant is seen from the tree.
//
// Why may the bounds of time be a day too wide? Athena's eventtime is a text, which may have an
// offset. A bound must let every event through that the condition lets through.
package query
