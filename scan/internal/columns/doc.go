// Package columns reads Parquet as JSON: a line for each row, with its columns as they nest. It
// knows bytes, nothing of CloudTrail.
//
//	r, err := columns.Open(file, size, columns.Limits{Held: 64 << 20})
//	io.Copy(dst, r) // {"time":1772439065000,"api":{"operation":"CreateUser"}}…
//
// What is NULL is left out; lists are arrays, maps are objects, times are RFC 3339 in
// UTC, and bytes are strings, as they are. The lines are the same whenever they are made, so
// that an offset in them leads to a row.
//
// # Limits
//
// Whatever a file says of itself is a claim. Before a row group is read, every page of it is
// gone through: its sizes must add up, what it unpacks to must be as long as its header says,
// and its runs must have no more values than there are to be. Only then is it given to the
// library, whose decoders would believe it. What the pages of one row group take together is held
// to Limits.Held.
//
// A panic in the library is an error of the reader. No goroutine is started, and nothing is
// written anywhere.
package columns
