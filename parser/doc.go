// Package parser reads CloudTrail records out of JSON of any size, in bounded
// memory, and says exactly what it could not read.
//
//	rd := parser.NewReader(r, parser.Origin{Source: "dump", Object: "AWSLogs/…/x.json.gz"})
//	for {
//		rec, err := rd.Next()
//		var bad *parser.RecordError
//		switch {
//		case errors.As(err, &bad):
//			continue // this one is lost or misplaced; the reader goes on
//		case err == io.EOF:
//			return nil // a well-formed end
//		case err != nil:
//			return err // cut short or damaged; what came before stands
//		}
//		use(rec)
//	}
//
// # How it reads
//
// The input is a sequence of JSON documents. A document is an object with a
// member that a shape names, such as "Records", whose array holds the records;
// or a bare array of records; or one record. Several documents may follow each
// other, with or without white space: JSON lines, concatenated objects, joined
// envelopes. A UTF-8 byte order mark at the start is passed over.
//
//	framer   finds where each element begins and ends: strings, braces and depth
//	         only, resumable at any byte, so that the window slides and nothing
//	         is scanned twice
//	decoder  sonic checks the grammar of the whole element and fills the hot
//	         fields; everything else is found lazily by Record.Get
//
// # Why two passes over a record?
//
// sonic's stream decoder takes a value that was cut short for a clean end, and a
// stray bracket makes it loop (upstream issues 857 and 869). The framer owns the
// end of input instead: io.EOF is returned only where a document could end. It
// is lenient about what stands inside an element, since sonic is strict about
// that right afterwards, and being lenient it can pass over a broken element and
// still know where the next one begins.
//
// Escapes and control characters are checked in the hot fields only: a wrong
// escape in a string that nobody asked for is no reason to lose an event.
//
// # Lifetime and concurrency
//
// A Record and everything reached from it borrows the Reader's window and is
// valid until the following call of Next. A Reader serves one goroutine at a
// time. The package starts no goroutine, prints nothing and opens nothing.
//
// # What it does not do
//
// It does not decompress, sort, filter, or judge: scan and detect do.
package parser
