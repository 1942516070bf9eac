// Package scan reads evidence and settles it: it turns a copy of a trail's bucket
// into one timeline in true order, the findings of the detectors, and an account of
// every object.
//
//	res, err := scan.Run(ctx, scan.Config{
//		Paths:     []string{"trail-bucket"},
//		Detectors: detect.All(),
//		Workers:   2, Memory: 1 << 30, WorkDir: tmp,
//		Sinks: func(c *scan.Conclusion) ([]scan.Sink, error) { … }, // before the timeline is written
//	})
//	if err != nil {
//		return err // do not trust what the sinks were given
//	}
//	defer res.Close()
//	for head, events := range res.Findings { … }
//
// Look only says what there is: it lists the evidence in the same way and reads the beginning
// of each object.
//
// # The picture
//
//	evidence ─list: sorted walk─► object table (a file: ordinal → source, path, size)
//	             │          │
//	             │          └─containers: their members right behind them, and their own lines
//	             ├─digests: which objects' contents are to be hashed
//	             ▼
//	         stretches ─unbuffered chan► N workers ◄─ Config.Prior: events of a case that this joins
//	                                      open read-only → hash stored bytes → decompress
//	                                      → parser.Reader → Scope → Set.Record
//	                                      → the record's bytes into the spool, with Config.Raw
//	                                        │
//	      ┌──────────────┬──────────────────┼──────────────────┐
//	      ▼              ▼                  ▼                  ▼
//	   entries         hits                ids              objects        sorted runs, in
//	   every event     the few that        every event:     one line       memory or spilled
//	   in scope        detectors want      copy key, hash   each, problems (internal/extsort)
//	      │              │ in order         │ copies side by side
//	      │              ▼                  ▼
//	      │   conclude: Stream halves    compareCopies
//	      │        │          │             │
//	      │     members     heads        doubts ─► settleDoubts: those objects are read again
//	      │        │          │                        │
//	      │        │          └─► Config.Sinks         again: canonical hash, record
//	      ▼        ▼                                   ▼
//	   merge, one goroutine: entries in order, copies under their original, findings joined
//	      │ batches                 └─► copies, events of findings, clashes
//	      ├─► N goroutines: records from the spool; Sink.Encode
//	      └─► one goroutine: Sink.Commit, in timeline order
//	   settleFindings: heads + events + clashes ─► Result.Findings
//
// As code, run.all:
//
//	listPrior       the objects of the case that the evidence joins come first
//	list            every file and every member of a container gets an ordinal, in the order of the walk
//	readDigests     digest files name the objects that they cover (integrity)
//	checkBags       BagIt bags are validated against their manifests
//	read            workers: records → entries, hits, ids; each object's line
//	conclude        hits in order → findings; ids in order → copies that may differ
//	settleDoubts    what must be compared or shown as a whole is read again
//	Config.Sinks    the caller sees all findings' heads and makes its Sinks
//	settle          merge → batches → encode → commit
//	settleFindings  each finding with its events
//	judgeIntegrity  what the digest files prove of every object
//
// # What holds
//
// Every object that was listed has exactly one line with one Status, and the sums
// reconcile: framed = kept + excluded + bad + other; kept = distinct + copies. Bad
// input is data: it is a Problem of its object, and reading goes on. An error from
// Run is ours (a full disk, a cancelled context, evidence that changed under our
// hands) and says: do not trust the output.
//
// The sort key is total: time, event ID, object ordinal, index. Keys differ even
// where events do not, so neither the number of workers, nor who read what, nor the
// memory budget can change a byte of what the sinks are given.
//
// A row of one sorter finds the rows of another by key: members, again and entries
// are walked side by side, once, none of them held in memory.
//
// # Containers
//
// A zip, tar or 7z archive is known by its first bytes, unless it has the name of a log,
// and is read as a stream: nothing is ever unpacked to disk. A tar may be compressed. The
// walk opens it, and lists its members right behind it as bundle.zip!AWSLogs/…; those that
// are containers themselves are opened likewise, no deeper than two. What the table has of
// a member is enough to read it again: where its bytes begin, how they are packed, and,
// where members share one stream (a compressed tar, a solid 7z folder), how far into it
// they lie. An archive of millions costs no memory for them.
//
//	member with bytes of its own   any worker opens it, as it opens a file
//	members of one stream          giver decodes it, in order; small members go to the
//	                               workers as a whole, of a large one the worker reads the stream
//	whoever reads again            opener keeps the place in a stream, and begins anew
//	                               only for what lies behind it
//
// A container's line is written when it was listed: it is recognised, with its hash; it is
// damaged where its end was not reached or something is wrong with it. A member's line is
// that of any object: its size and hash are of its bytes as they would be unpacked. So the
// bytes of the manifest are those of the files and those of members.
//
// A member's name is only shown. Where it comes again it gets a number; where it would lead
// out of the directory that it is unpacked to, a note says so. Links, devices and what is
// encrypted are listed with the reason. A zip or 7z archive that lies compressed in another
// container is held in memory, up to Limits.Held: its directory lies at its end.
//
// A directory, here or in a container, that holds a bagit.txt is a BagIt bag (RFC 8493) and is
// validated: its manifests, Payload-Oxum, and that no path leads out. Nothing of fetch.txt is fetched.
//
// # Parquet and UTF-16
//
// Parquet, in which Security Lake keeps events, and UTF-16 are made text before the parser sees
// them, as if they were codecs: offsets are those of the text, which is the same each time. A
// Parquet file's directory lies at its end, so that one in a container or under a codec is held in
// memory, up to Limits.Held; another is read where it lies.
//
// # Memory
//
// Config.Memory is shared out among the sorters, the spool and the dictionary of texts
// that events share; what exceeds a share is spilled into WorkDir. Beside it stand, for
// each worker, one reading window and one gzip reader, and the batches in flight.
// The object table lies in files. Conclusion.Findings and everything in Result are
// read from sorted files, one at a time.
//
// # Lifetime and concurrency
//
// Goroutines are started in six places, each with one errgroup and one Wait: read,
// eachPrior, conclude, concludeHits within it (one for each jury: some of the Streams, each of which
// sees all its hits in order), settleDoubts, settle; and by readAhead, one for each huge object, which ends
// with it. Every send selects on the context. A worker owns its
// reader, its buffers and its writers; what they share is the object table and the
// dictionary (both locked), Progress (atomic), and the sorters, which take finished
// runs. Config.Carry and Config.Sign are called by many workers at once.
//
// An Entry, its strings and what it carries alias the batch, and are valid until the
// Encode that received them returns. A record and the reference made of it are valid
// until the parser's following Next; what leaves the worker is encoded first.
// Conclusion is for use within Config.Sinks, and Result until its Close, which
// removes the run's directory. Each sequence of a Result may be ranged over again,
// but by one goroutine at a time.
//
// # What order is not promised
//
// CloudTrail's times are whole seconds. Within one, the order is that of event IDs:
// stable, and without meaning. The calls of Config.Sign, the growth of Progress, and
// the order in which objects are read are those of the machine at that moment.
// Nothing that is settled depends on them.
//
// # What it does not do
//
// It parses no JSON of events (parser), judges none (detect), and writes no output
// (report). It does not unpack anything to disk, decrypt, or follow links. It
// writes to WorkDir only, opens evidence for reading only, and resolves paths below
// the evidence root, so that no link leads out of it; on Linux the times of last access
// stay as they are where the files are the user's own (open.go). It reads no clock,
// environment or host name, and makes no connection.
//
// # Why …?
//
// Why are the detectors concluded before the timeline is written? A finding is
// complete only when its window has ended, which may be days after the event that
// opened it. If the timeline were written first, its lines could not say which
// findings list them, or would have to be written again. The hits are few where the
// events are many, so they are sorted apart and walked first; the timeline is then
// written once, with everything known. A sink can even leave out what no finding
// lists, without a second pass.
//
// Why do the runs not carry the records? A record is several times as large as what
// the timeline shows of it, and all that is carried is sorted, perhaps spilled,
// merged and moved. So an entry holds the hot fields, with those that many events
// share as one number each, and what Config.Carry takes of the few events of which
// the sinks want more. The records themselves stay where they are, in the evidence:
// place and offset lead back to them. The handful that findings show are read again.
// Where sinks want every record (Config.Raw), they wait in the spool, and the entry says where. Each
// is moved three times, whatever the number of runs and merges: a worker sorts some megabytes of them
// by time first, because otherwise a block of the spool is wanted many times, and as often unpacked.
//
// Why do some records wait in memory, if there is much, and are packed otherwise? Packing and
// unpacking takes 1.4 s of CPU a GB, touching as much memory for the first time between 0.1 s, where the
// machine is one's own, and 2.5 s on a virtual machine that gives what is free back to its host. Even there
// all of analyze takes 3 to 8 % less, since nothing is sorted, written or moved once more.
//
// Why does the spool not wait in the evidence itself? Reading it a second time costs
// as much decompression again, and whoever wrote it could have altered it meanwhile.
// s2 packs and unpacks for half of that.
//
// Why is a batch of records cut at 8 MiB, and not by the memory? A sink makes a unit
// of it, such as a row group of Parquet, and the same evidence must give the same bytes.
//
// Why does joining a case (Config.Prior) settle everything anew? A new event can fall between two
// old ones, merge with one, contradict one, or open the window of a finding. The prior events go
// the way of those just read, so there is one way only, and the result is that of a run over both.
//
// Why a keyed hash for copies? Two copies of an event are the same if their
// canonical JSON is equal. Canonical JSON is dear, and nearly all copies are equal
// byte by byte, so a hash of the bytes tells most of them. Eight bytes are enough
// only if nobody can aim at a collision: with a fixed hash, whoever can write to the
// bucket could add an altered record that passes for a copy of the real one. The key
// is drawn anew for each run, and nothing that is written depends on it. Where
// hashes differ there is doubt, and doubt is settled by reading, not by guessing:
// same canonical form, a copy; otherwise a conflict, which is a finding. Copies of
// an event that carry different times do not meet in the timeline. They meet in ids,
// whose key begins with the event, not with the time.
//
// Why one walker and one merging goroutine? Order has to be kept somewhere. Both
// move little; reading, decompressing, parsing and encoding are done by the workers.
//
// Why is a compressed tar decoded twice? Ordinals are given before anything is read, since
// the sort keys hold them, and what a tar holds is known only at its end. On the first pass
// it is hashed too, and its digest files are read.
//
// Why is standard input kept in a file? Evidence is read more than once, and a zip from its
// end. The file holds the bytes as they came, lies in the run's own directory, and goes with it.
//
// Why are objects with the names of logs not looked at for being containers? To open each of
// a million objects twice costs more than all else that the walk does. One that turns out to be an archive says
// so in its line, and is read when it has the name of one.
//
// Why are the limits of members their own? What a member is unpacked from may itself be what a
// few bytes were unpacked to. So its content is compared with what it takes in the file around all,
// and so is that of all members together: a million harmless ones are a bomb too.
//
// Why is a panic of a detector's Stream half a problem of an object? It has none open. But it was
// some event that it stumbled over, and whoever reads the manifest must see where, and that the
// run is not complete. The object's line, which was written, is written anew.
//
// Why may Run read an object twice? For doubts and for the records that findings
// show. It is rare, and the alternative is to keep all records at hand. An object
// in which a record is not found again is an error: evidence must not change.
package scan
