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
//	scanner  goes over each element once: finds its end, checks its grammar to
//	         the letter of RFC 8259 (except that strings are UTF-8), remembers
//	         where the hot fields lie; Record.Get finds all else when asked
//	framer   slides the window; follows strings and brackets alone where an
//	         element is malformed or too long, to go on behind it
//
// A document that stands on a line of its own and is malformed ends at the next
// line that begins with {, if its brackets do not end it before: a line that was
// cut in the middle does not swallow those that follow.
//
// io.EOF is returned only where a document could end. What an element is does
// not depend on the size of reads.
//
// # Shapes
//
// What other systems make of records is known by a key that its elements have, by the
// array that holds them, or by a column; one file for each, shape_*.go. Exactly one shape reads
// each of the vectors. Where the record was kept as a whole it is taken out: its class of fidelity is
// re-serialised. Otherwise it is put together from what there is, and is derived: from columns
// (derive.go) or from another schema's fields (mapped.go). Nothing is invented for what is missing.
//
// Insights events and aggregated events are kinds of their own, as is everything Foreign:
// only an Event is a call. What lies beside records is named (foreign.go), and
// HoldsEvents says whether not to read it is a loss.
//
// # Why our own scanner?
//
// sonic, named in the project's first plan, has a stream decoder that mistakes a
// cut for an end (upstream issues 857 and 869), so that it needed a framing pass
// of our own before it. One scanner does both in one pass. In BenchmarkScanner
// that is about half as fast as BenchmarkFramer, the balance of brackets alone;
// BenchmarkReader, window and records included, comes within a tenth of
// BenchmarkScanner (medians of six runs, on a noisy machine).
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
