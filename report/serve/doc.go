// Package serve answers AWS's clients and browsers from cases, on this machine only.
//
//	s, err := serve.New(serve.Config{Cases: []serve.Case{{Name: "case", Dir: dir}}, Now: time.Now, NewID: newUUID, TempDir: tmp})
//	defer s.Close()
//	ln, err := serve.Listen(ctx, "127.0.0.1:4117")
//	err = s.Serve(ctx, ln) // until ctx ends
//
// A script, notebook or playbook that asks CloudTrail, Athena, CloudTrail Lake or S3 runs unchanged when
// AWS_ENDPOINT_URL is this server's address. One port answers everybody, by what a request looks like:
//
//	POST with X-Amz-Target      AWS's JSON protocol: operations by their names (protocol.go)
//	signed, or an SDK's headers  S3, path style (s3_*.go); other services are refused as they would refuse
//	anything else               the case browser (browse*.go)
//
// With several cases each has a prefix, /NAME, and the endpoint's URL ends in it.
//
// # What is answered
//
// LookupEvents answers from the event store: of the region that a request is signed for, of all where it
// is not signed or signed for the region "all". It gives management events, as AWS does, unless
// Config.AllEvents; there is no limit of 90 days and none of requests in a second.
//
// Trails are told by the names of digest files, which have a trail's name and home region; an
// account that has logs but no digests has a trail called coldtrail. A trail of an organization is given for each
// of its accounts. GetTrailStatus is what the last StartLogging, StopLogging or DeleteTrail left.
//
// Athena and Lake share what runs queries (run.go): each query is a goroutine, two run at once, more wait;
// a result is a file of CSV, in which pages are found by their places; the oldest results are
// dropped, which is logged, and said to who asks for them. The SQL itself is package query's. The case is the one event
// data store, and answers under every ID; every work group, and every database, is the same one.
// A result can be fetched from S3 at the place that its client named, though nothing is written there.
//
// S3 has the sources of the case that Config.Evidence locates, read-only: each is a bucket by its label, and
// by the name that digests in it say it was copied from, with their prefix. What a copy of a bucket lacks is
// the objects' metadata, and with it the digests' signatures; but each digest repeats the signature of the
// one before it. So `aws cloudtrail validate-logs` works on a copy, for all but the newest digest of a
// chain, if Config.PublicKeys has the keys; and for the newest one where NAME.head.json, the answer of head-object, lies beside it.
//
// # The case browser
//
// Pages of HTML, made here by html/template and complete without JavaScript, one address for each thing:
//
//	/                 the report's first screen      /findings, /findings/ID
//	/timeline         events: filter, pages, bars    /summary, /coverage, /integrity
//	/event/ORDINAL    one event; /raw: its bytes     /objects, /objects/ORDINAL, /problems
//	/events?id=ID     events of an ID                /sql, /questions
//
// The parameters of a filter are the flags of `coldtrail timeline`: ip=192.0.2.0/24, not-ip=…; one that is
// not known is refused, because a misspelt filter would select everything. Places in lists are
// ordinals, so that a link stays what it was.
//
// No page reads a whole case: a pageWalk takes one page's items in steps that grow, within seconds, and
// says where it stopped. Counting goes on from page to page (tally). Only the summary and the coverage
// read everything, one at a time, under the server's timeout, and are remembered in a bounded number (patientMemo). Who
// asks for one that takes more than seconds gets a page with status 202 that asks again by itself; what nobody
// asks for any more is given up.
//
// All text of the evidence passes report.Terminal, which makes visible what cannot be seen, and html/template,
// which escapes it for its place; nothing is marked as safe. Should something get past both, the
// Content-Security-Policy lets no script, style, image or form of another kind work. Raw bytes are
// attachments under names of ours. SQL runs when a form of this server's own page asks, by its token, or
// a link within these pages; a link that was pasted fills in the form and waits.
//
// # Whom it trusts
//
// Nobody beyond this machine, and on it no web page. Only loopback is listened to; a request must name
// it in its Host header, so that no other name can be bound to it; pages of other sites get nothing but
// links that somebody follows; AWS's protocol needs a Content-Type that no page can send unasked. There are no
// cross-origin answers. An object of the evidence is never what a browser shows: it would else run as a page of
// this server. Signatures are not checked: every local user may ask.
//
// What a client got wrong is answered with 400 as AWS does, because clients repeat what is answered with
// 5xx or throttling. What is not implemented is refused with the service's own error, and logged.
// Bodies, headers, connections, waiting and remembered queries, results and their time are bounded.
// No name leads out of a source, no link is followed, and nothing is written but results in Config.TempDir.
//
// # Lifetime and concurrency
//
// A Server is safe for use by many goroutines. The SQL engine is opened by the first query, the names of the
// evidence's objects are read by the first question about trails or buckets; both stay. A case may get new revisions of
// its findings and of what digests prove while it is served: pages show the latest (follow), and the SQL engine is
// opened anew, unless tables were made in it: then the log says that it has earlier ones. Where another case took its place, which
// analyze --add does, every request is refused until the server is started again. Queries outlive the requests
// that start them; Close cancels them. The clock, IDs and the log are injected.
//
// # What it does not do
//
// It implements no operation that changes anything, and gives nobody an identity (sts). How many bytes or events a query
// looked at it does not know: statistics say the size of the result, and the number of the case's events.
//
// # Why …?
//
// Why a region "all"? Playbooks set one region or none, a case has many; a name that no region has can be set once
// in a shell, and means what leaving it out cannot.
//
// Why is NULL null in Lake's rows? AWS does not document it. Clients read it as their language's nothing, and
// a row keeps its columns.
//
// Why does GetQueryExecution wait a moment? Most queries end sooner than their client's first pause.
//
// Why are ETags not MD5? Reading each object for a list would take as long as reading the evidence. They have the form of
// objects that were stored in parts, of which clients know that they are none.
//
// Why do the SQL pages have another Referrer-Policy? With no-referrer a browser sends "Origin: null" with a
// form, which is what the guard refuses.
//
// Why are values that cannot be seen in hidden fields of the filter's form, encoded in a parameter called also? An
// entry field drops line breaks and shows text turned around, and any field sends CR LF for a line break and U+FFFD
// for NUL: sending the form again would ask for something else.
package serve
