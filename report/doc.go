// Package report writes the case: the directory that a run of coldtrail leaves
// behind, from which every later question is answered.
//
//	c, err := report.Create(dir, force)
//	defer c.Abort()
//	sinks, tally, err := report.Sinks(c, conclusion, opt) // before the timeline is written
//	…                                                     // scan feeds the sinks
//	model, err := report.Write(ctx, c, result, tally, opt)     // after it is settled
//	aside, err := c.Settle()
//	model.Terminal(os.Stdout, color)
//
// # The case
//
// A case is written into a temporary directory beside its final place, brought
// to the disk and then renamed: a case that has its name is complete. It holds
//
//	manifest.jsonl   every object that was listed, once: scan.Object, and
//	                 path_base64 where the path is not UTF-8
//	problems.jsonl   every problem: object, source, path, index, offset, text
//	copies.jsonl     every identical copy: ordinal and event_id of the timeline's
//	                 line that it lies beneath, and its object, source, path, index, offset
//	timeline.csv     one line an event, in order: time, event_id, event_name,
//	                 event_source, region, account, principal, credential, source_ip,
//	                 user_agent, error (errorCode or, where that is empty, errorMessage: a
//	                 sign-in that failed has no code), findings (IDs of detectors, joined
//	                 by ";"), object (source/path), index (of the record in it), copies
//	findings.jsonl   every finding, suppressed ones too: scan.FindingHead, title, techniques; events, each
//	                 with id, ordinal (its line in the timeline, from 0), time, name, error, object, source,
//	                 path, index, offset; records, the first raw ones, with sha256 of
//	                 their exact bytes
//	incidents.jsonl  the incidents, one a line, with their events: Incident; where there is an event store
//	judgements.jsonl what examiners hold: Judgement. There if one has
//	integrity.jsonl  what the digest files prove: chains, then every digest and log, then
//	                 what they name and the copy has not (scan/integrity)
//	report.json      the report: Model
//	report.md        the same, for reading
//	report.html      the same as one page that needs nothing else: see "The page"
//	persistence.jsonl, data-access.jsonl, defences.jsonl
//	                 the ledgers, a row a line: PersistenceRow, DataRow, DefenceRow
//	persistence.parquet, data-access.parquet
//	                 where persistence.jsonl or data-access.jsonl is full: what was left behind and read beyond its
//	                 first rows, in timeline order: changeColumns, restColumns. Hunt finds there what others did who
//	                 are suspected since
//	summary.json     the run in a few figures, for scripts: Summary
//
//	lineage.parquet  who came from whom: the graph of all credentials, a row a node: lineageColumns. There where
//	                 incidents were made
//
//	objects.parquet  the manifest as a table: objectColumns
//	events/part-NNNNN.parquet
//	                 the event store: a row an event, in timeline order, in parts of
//	                 at most 512 MiB: eventColumns
//	findings/rev-001.parquet
//	                 a row for each event of each finding: findingColumns. Hunt makes later
//	                 revisions, and keeps the reports before them as rev-NNN.report.md and .json
//	findings/rev-001.json
//	                 which detectors there were, and of what identity (detect.Identity)
//	integrity/rev-001.parquet
//	                 a row for each object with a verdict: integrityColumns. Later revisions
//	                 have integrity/rev-NNN.jsonl, .md and .json beside it
//	integrity/digests.parquet
//	                 the contents of the digest files, and what the examiner gave but the
//	                 keys, to judge them again: digestColumns
//
// The Parquet files are there where the run kept the records. The event store holds
// evidence and nothing that was concluded from it: Athena's columns under their own
// names, the raw record (eventjson; where that is not UTF-8, eventbytes), where it and
// its copies lie, and what helps to find it.
//
// An index counts from 0; an offset is in the decompressed object and -1 where there is none.
// A time is RFC 3339 in UTC. Nothing in a case depends on the clock, the
// machine or the number of workers, nor, the event store apart, on how batches were cut.
//
// # Writing the event store
//
// A batch of entries becomes a row group, encoded by a worker and appended in
// order. The extractor takes the columns out of the record's text in one pass
// (parser.Walk) and without an allocation for each; a userIdentity that the row group
// has had before is known by its bytes and is not taken apart again. Columns of words
// have a dictionary, columns of texts a dictionary and ZSTD at its fastest, JSON text and
// raw records pages of 2 MiB with ZSTD; IDs are as they are. Least and greatest values are
// kept of time, ordinal and what is often asked for, bloom filters of eventid, derived_id,
// access keys and credentials, places of pages of everything; a footer takes about 8 kB for
// a row group. The bytes depend on where the batches are cut, and on nothing else.
//
// Of 8 MiB of records a row group has 2.4 MiB; a worker keeps some 16 MiB to make it.
// On two shared cores 1 GB of records takes 4.8 s of CPU: 2.7 in ZSTD, of which 1.8 are the raw
// records, 0.9 to read the record, 1.1 to place its values. The store is 0.29 of the records' bytes.
//
// # What 300 GB would take
//
// A paper exercise: 300 GB of gzip objects are 1.65 TB of JSON at 5.5 : 1, 1.1 billion records of
// 1.5 kB (1.5 billion of smaller ones), of 40 accounts in 17 regions, in 15 million objects; 16 cores and
// the default 4 GiB. It extrapolates runs with --memory 256MiB and all that is looked for over 1 GB (664 k records,
// 20.5 s of CPU, 332 MiB) and over 10 GB (6.7 M records, 209 to 229 s, 346 to 358 MiB), on two cores of a virtual machine. Time
// grew as the data did, and memory by a tenth: for the graph of credentials, and the footers of the parts.
//
//	spool       1.65 TB / 3.9 = 430 GB, written once and read about once: the 680 busy blocks
//	            of 64 KiB, one for each account and region, are 43 MiB of 340 MiB of cache
//	entries     some 200 bytes each: 220 GB, 110 GB when packed. A worker has 54 MB, so there are 4,100
//	            runs. 192 are merged at once: one level more, each entry written twice
//	ids         64 bytes each: 70 GB in runs of 27 MB, 2,600 of them, one level more as well
//	disk        430 + 2 × 110 + 2 × 40 GB of temporary files, then 480 GB of event store: 1.2 TB
//	parts       480 GB in 940 parts of 512 MiB; their footers, 8 kB a row group, are 1.6 GB in all
//	CPU         21 s a GB: 10 hours in all, 36 minutes on 16 cores
//	in order    merging takes 0.3 s a million of entries, and so does reading the hits for the streams, of which the
//	            busiest take 0.2 s a million of events each: 10 to 20 minutes, on one core; committing moves 480 GB
//	            through one goroutine, at 500 MB/s 16 minutes, beside the merge
//	in all      one to two hours, if the disk gives 1 GB/s
//
// What breaks first is the disk: 1.2 TB that are not there, or that are slow. Next is the graph of
// credentials: incidents know a million nodes of it, enough for 15 GB of such logs, and say what found no room. Then findings: their
// heads are read whole into the report's bounded tables, but an access pattern that makes one
// finding an hour and principal makes some million of them. Readers keep the names of some
// million objects; coverage reads the manifest of 15 million.
//
// # Reading a case
//
//	s, err := report.OpenStore(dir)
//	defer s.Close()
//	f, err := report.NewFilter([]report.Term{{Flag: "ip", Value: "192.0.2.0/24"}}, 0)
//	err = s.Scan(ctx, f, []string{"eventname", "useridentity.arn"}, func(r *report.Row) error { … })
//
// Timeline, summary, show, coverage and export all read so. A filter is evaluated by row
// group: bounds of time and ordinal and bloom filters say which may have what is
// wanted; each term asks once of every value of a column, not of every row, the cheapest
// column first; and of the other columns only those pages are read in which selected
// rows lie. Two row groups are in work at once; rows come in timeline order, on one
// goroutine, and are valid until the call that receives them returns.
//
// # Redaction
//
//	shown, err := s.Redacted(ctx)
//
// The view that Redacted returns has pseudonyms for accounts, keys, addresses, ARNs and names in every column, record,
// finding and object's name, so that no format needs to know of it. All of the case is read first, to gather names: what is
// one in a field that names somebody is one in every text. A text's tokens are replaced unless they are known to be harmless: words of a list and
// of coldtrail's detectors, versions, regions, times. JSON, percent-encoding and base64 of text are looked into. The table
// is in memory, 256 MiB of names at most.
//
// # Pivoting
//
//	p, err := s.Pivot(ctx, report.PivotQuery{Subject: "AKIA…"})
//	err = p.Write(ctx, w, "text") // or json, dot, mermaid
//
// One pass over the columns of identity of all events makes the graph (detect.Lineage): the calls of a row
// group are summed up by caller, and of the events that issue something request and answer are read. The
// subject's nodes and what is above and below them are the tree. A second pass finds its events, which are remembered
// by their places; those it shares an ID with, in other accounts, join them. Counts, changes and timeline are
// read from the columns of these events alone, what was read and left behind from their records and,
// where something was, from those of whoever took such things away later. A case of a million events takes 2 to 4 s of CPU and 340 MB.
//
// What a principal does without a credential, such as signing in again, is counted where the subject is
// that principal. Above the subject it would bring in the owner's other days.
//
// # Incidents
//
//	m, err := report.ReadModel(dir)          // m.Incidents: all of them, with their first events
//	in, err := report.ReadIncident(dir, 1)   // one with its events
//	err = in.Print(w, "text")                // or json
//
// When the findings are settled, those from SuspectFrom on are joined; a run without them pays nothing for it. The graph of credentials is
// made as for a pivot, then the events are read of all that has to do with the findings: their principals with all that these hold, what
// came from them, their addresses. Whose an event is, a record does not tell; what does is the hand, a principal at an address:
//
//	accuse   what the findings list is claimed
//	follow   a hand that was first seen within a day before its finding is the intruder's, with all that it did, and so are
//	         attempts of others at its address, and those who came new to it, unless it is shared
//	draw     what a claimed event issued is claimed wholly, wherever it is used; so is a user that it made, whoever took a role that it
//	         opened, and new hands of a user to whom it gave a password
//	weakly   at an ordinary place what the same credential did within 15 minutes around a finding is told and joins nothing
//	join     findings whose events are claimed together, or on one principal at one address within a day, are one incident
//
// A hand whose principal has no other known place and that hands out more than ten credentials is a machine's, not an intruder's. The
// score ranks; its parts are shown. Medium findings of one tactic alone make no incident above low: so looks work that a detector does not know.
// Some 40 bytes are held for an event that is looked at, of a million at most, and 230 for a credential of the graph. What
// the bounds left out is said in Incidents.Limits.
//
// What was new to a principal is told against all that it did before the incident began, if that reaches back a day or more; else against
// what its role did, under whatever names its sessions have: values whose first event in the evidence is one of the incident's, which it
// cites. Of principals without either that is said; of at most six of an incident, and 64 of all, in one pass over the row groups that
// have them (as for a baseline, below).
//
// Commands hold names of the evidence only where these have nothing but letters, digits and +=,.@_/:-, do not begin with a dash and are no URL,
// at which the AWS CLI would read a file; they are quoted for a POSIX shell besides.
//
// # Baselines
//
//	all, err := s.Baselines(ctx, report.BaselineQuery{Subjects: []string{"AKIA…", "app-role"}})
//	words := all[0].Unusual(5) // "first use of ssm by this role in 41 days of evidence"
//
// One pass over nine columns of all events, counted by the numbers of their values, says of services, APIs, regions,
// addresses, networks, countries and tools when each subject used them first, and whether anybody had before: 0.15 s of CPU
// for 100,000 events. Ordinary is what came before a time, or in the subject's own first days.
//
// # Looking events up
//
//	q := report.LookupQuery{Attributes: []report.LookupAttribute{{Key: "AccessKeyId", Value: "AKIA…"}}}
//	events, next, more, err := s.Lookup(ctx, &q, report.LookupPlace{}, 50)
//
// A look-up is CloudTrail's LookupEvents: exact values, the newest event first, management events only,
// ends of time inclusive to the second, AWS's limits and the names of its exceptions (LookupError). A
// page reads row groups from the end: first the columns that decide, then of the records that are
// wanted the pages in which they lie. LookupAll reads all in one pass. Of one time the later event in
// the timeline comes first; AWS promises no order there.
//
// AWS does not answer, and coldtrail does: events older than 90 days, of all regions at once, several
// attributes together, events of other categories than management (LookupQuery.All), the record's own
// resources (LookupQuery.Resources), and records without an ID, which get that of timeline.csv.
//
// What AWS takes for Resources is nowhere written. callTypes has what was observed of 129 calls, and
// limits the types of these; keyTypes says which member names a resource of which type. Of other calls Resources,
// and so what ResourceName and ResourceType find, is a superset; calls that describe or list have none, as was
// observed but for one. The types are in the store (lookup_types), by the rules of the coldtrail that wrote it, and resource_names
// has all names and some more: both only choose the candidates, and the record decides.
//
// WriteLookup writes as the AWS CLI does, version 2 in UTC and without colours: json, text, table, yaml and
// yaml-stream, byte for byte, with its paging and its tokens. It refuses what it cannot write so: YAML
// in which an object or list is there twice (an anchor), integers of more than 64 bits in a query. For a
// terminal what does not print is escaped. What must be held whole, a table, YAML or a
// query's result, is bounded (LookupView.MaxBytes).
//
// # Ledgers
//
// The ledgers say what all of the evidence shows: what was left behind, what was read, what weakened the defences.
// They are entered in the settling pass (books) from what Carry takes of such calls' records, are bounded, and
// are a function of the evidence alone: only the links of their rows come from the suspects. A row is of one
// principal with one credential from one address. Where a ledger is full, rows linked to suspects find room longer,
// data rows are summed up by role and resource, and what found none is counted. A hunt therefore takes the rows
// from the case and makes the links anew; it reads the events again where the ledger of defences was full or what the case has
// does not tell the rows (see hunt.readmitted), or where examiners hold
// something, which may be about some events of a row. What AWS does of itself is in no ledger.
//
// # Hunting
//
//	h, err := kase.Hunt(ctx, report.Hunting{Detectors: detectors, Workers: 2, Memory: 1 << 30})
//
// A hunt asks detectors about the events of a case that is settled, and writes a new revision of
// the findings and of all that names them: what analyze would have written with these detectors.
//
//	ask       Record halves, on the row groups that have what they want (detect.Wanted)
//	conclude  Stream halves (scan.Hunt); their findings and those that stay are brought into one order
//	gather    the tally sees the events of findings, as far as they have changed, and those that have to do with suspects
//	write     findings.jsonl, table, report, and beside all of it timeline.csv; then they get their places
//
// What does not depend on the findings, as the coverage, is taken over from the report that is there. The
// findings of a detector stay as they are if its identity is the same and the program too; those on
// conflicting copies always stay, because only the evidence has all copies. Lines of timeline.csv
// change only for events whose detectors have changed.
//
// # Where addresses are
//
// An Enrichment says of a sourceIPAddress what files say that somebody gave: databases in MaxMind's format, AWS's ranges, lists of
// Tor's relays. It is asked when a report, a summary or a timeline is made, and by detectors that
// need places (detect.Context.Locate); the event store has nothing of it. With each value stands what said so, and when that was built.
//
// # The page
//
//	err := report.WriteHTML(ctx, w, dir, report.HTMLOptions{Budget: 3_000_000})
//
// The page is made of report.json, findings.jsonl, incidents.jsonl, the ledgers and the event store, and of
// nothing else: so analyze, hunt and report write the same bytes. It is put together from sections, tables and pictures
// (html_page.go, html_charts.go), which hold texts of the evidence as they are; html/template escapes
// each for its place, after Terminal has made it visible. No address, style or attribute is ever made of
// evidence: links lead to anchors that are numbers. Only the program's own style and script are marked as safe, and the
// page's policy names their hashes and forbids everything else.
//
// What a reader without the script sees is written first, with the longest tables that half of the budget
// holds. Then come the findings and the first events of each as JSON for the script, the
// severest first, as far as the rest of the budget reaches: at most htmlFindingLimit findings are held in memory. At the end stands
// what was left out, and where it is.
//
// # Judging
//
//	held, err := report.ReadJudgements(dir)
//	v, ok := held.OfEvent(&ref, findings...) // or held.Of(time, subjects...)
//
// judgements.jsonl holds what examiners hold of subjects (Judgement), a line each, which is only added to. Its readers take no
// line that is not, byte for byte, as it is written here: an ID is the hash of its line. Judgements is the sum of
// them, whatever their order and however often each is there. Of those that fit an event the narrowest counts
// (SubjectKind); where examiners disagree it is suspect, and where none of them accuses, a responder's. A credential inherits
// what was held of the event that issued it, or else of what it came from at that time (detect.Lineage): from parents to
// children, once each. Through a tie that is not exact malicious becomes suspect. What clears where an event came from, or with what tool, clears of a
// credential that was issued so only what services did for it: elsewhere it may have been taken.
//
// Only a hunt follows judgements, for the lineage is known when the store is. Hunting.Stand asks no detector: all
// findings stay, and whom they accuse is made anew from those of their events that are neither cleared nor a
// responder's. An analysis with judgements is one without, and then such a hunt.
//
// # Lifetime and concurrency
//
// Timeline, Store and Tally are scan.Sinks: Encode may run on many goroutines, and
// keeps nothing of the entries. Writing starts no goroutine, but for the
// findings and sections of report.html and, in a hunt, the timeline, the incidents and what brings files to the disk. The tally is
// bounded: each table admits a fixed number of rows, in the order of the
// timeline, and counts what else there was; the report says so, and where to look.
//
// # What it does not do
//
// It reads no evidence except to verify an event (Evidence), judges nothing (that is the detectors' part, and the examiner's), looks
// nothing up, and prints nothing by itself. It does not follow credentials that a
// suspected one handed out, unless a finding names them or a judgement comes down to them: it lists them.
//
// # Why …?
//
// Why do conflicting copies make nobody a suspect? Whoever can write a false record
// chooses whom it names: counting it would turn the report against that person.
//
// Why are there two links, identity and address? The address of a finding may be an
// office's proxy: what others did from there is shown, but apart, and counts in
// no figure of the suspects.
//
// Why is a call that nobody marked read-only an action? CloudTrail's old records have no
// readOnly, and leaving their writes out is worse than showing some reads.
//
// Why parquet-go, and why are row groups laid out here? Measured on 100 MB of records
// in this schema, columns not rows, one run, CPU seconds for each GB: the row groups of this
// package 4.9, github.com/parquet-go/parquet-go v0.32.0 by its column writers 9.2,
// github.com/apache/arrow-go v18.8.0 by its column chunk writers 15.9; the sizes are within 1 % of each
// other. A library takes a value at a time, NULLs too, and hashes each for the dictionary;
// here sessions and NULLs come in bulk. What a format needs to be right, its Thrift structs, level,
// index and delta codecs and bloom filters, is parquet-go's, which the reader needs anyway.
// Apart from this package's tests, DuckDB 1.5.4 and 2.0, pyarrow 26 and polars 2.1 read the
// files, every column alike, and fastparquet 2026.9 those that are no lists.
//
// Why are times not written as differences, as other numbers are? fastparquet reads
// differences of more than some 60 seconds, in microseconds, wrong.
//
// Why does a column never change its compression? See the next answer: others read as parquet-go does.
//
// Why does the reader take pages apart itself? github.com/parquet-go/parquet-go takes the
// compression of a file's first row group for that of all, panics over some damage, and
// copies every text twice. Of it the reader uses the footer, bloom filters and level codecs.
//
// Why is an event that lacks a field left in by the negation of a filter on that field? To
// leave out what cannot be judged would hide it: --not --ip drops that address and nothing else.
//
// Why does CSV put an apostrophe before some values, and escape line breaks? A
// spreadsheet runs what looks like a formula, and line-wise tools take a line break
// for the end of an event. timeline.csv is a rendering; the evidence form is
// the record, to which object and index lead.
//
// Why does Data Accessed put identity before bytes? What others read from a shared
// address may be far more, and would hide what the suspects took.
//
// Why does an address count before a user's key? Whoever marks both has seen that the key was stolen: the address tells the
// thief's calls from the owner's.
//
// Why does a benign finding say nothing of its events? It says that this detector was wrong there. Another may be right
// about the same event.
//
// Why code spans in report.md? They are the one form in which no Markdown
// renderer sees markup or a link, and they still read as plain text.
//
// Why has the page's script its data as JSON in an element of its own, and not in the tables? A browser lays out
// some hundred rows at once, and not fifty thousand; the script shows a hundred of those that pass.
//
// Why are the pictures drawn twice, in Go and in the script? Without the script, and on paper, the first one stands.
//
// Why is a removal matched by name and not by the state that it leaves? The state is
// not in the log. What the matching can miss stands among the report's limits.
package report
