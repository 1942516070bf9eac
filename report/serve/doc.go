// Package serve answers AWS's clients and browsers from cases, on this machine only.
//
//	s, err := serve.New(serve.Config{Cases: []serve.Case{{Name: "case", Dir: dir}}, Now: time.Now, NewID: newUUID})
//	defer s.Close()
//	ln, err := serve.Listen(ctx, "127.0.0.1:4117")
//	err = s.Serve(ctx, ln) // until ctx ends
//
// # The case browser
//
// Pages of HTML, made here by html/template and complete without JavaScript, one address for each thing:
//
//	/                 the report's first screen      /findings, /findings/ID
//	/timeline         events: filter, pages, bars    /summary, /coverage
//	/event/ORDINAL    one event; /raw: its bytes     /objects, /objects/ORDINAL, /problems
//	/events?id=ID     events of an ID                /sql, /questions
//
// The parameters of a filter are the flags of `coldtrail timeline`: ip=192.0.2.0/24, not-ip=…; one that is
// not known is refused, because a misspelt filter would select everything. Places in lists are
// ordinals, so that a link stays what it was.
//
// No page reads a whole case: a pageWalk takes one page's items in steps that grow, within seconds, and
// says where it stopped. Counting goes on from page to page (tally). Only the summary and the coverage
// read everything, one at a time, under their request's context and the server's timeout, and are
// remembered (memo) in a bounded number.
//
// All text of the evidence passes report.Terminal, which makes visible what cannot be seen, and html/template,
// which escapes it for its place; nothing is marked as safe. Should something get past both, the
// Content-Security-Policy lets no script, style, image or form of another kind work. Raw bytes are
// attachments under names of ours. SQL runs when a form of this server's own page asks, by its token, or
// a link within these pages; a link that was pasted fills in the form and waits.
//
// # Why …?
//
// Why do the SQL pages have another Referrer-Policy? With no-referrer a browser sends "Origin: null" with a
// form, which is what the guard refuses.
//
// Why are values that cannot be seen in hidden fields of the filter's form? An entry field drops line breaks
// and shows text turned around: sending the form again would ask for something else.
package serve
