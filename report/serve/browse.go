package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/coldtrail/coldtrail/report"
)

// A browserConfig is what the pages of one case need.
type browserConfig struct {
	Name     string // of the case
	Base     string // what stands before its URLs: "", or "/NAME"
	Dir      string
	Store    *report.EventStore
	Evidence report.Evidence // nil: events cannot be compared with the evidence
	Timeout  time.Duration   // of a page
	Token    string          // a form must give it back before SQL runs: unknown to other sites
	SQL      sqlEngine
	Log      func(r *http.Request, format string, args ...any)
}

// A browser serves the pages of one case. It is safe for use by many goroutines: what
// it remembers is bounded, and made anew where it was forgotten.
type browser struct {
	browserConfig
	mux *http.ServeMux

	tallies   memo[*tally]
	summaries patientMemo[*report.Breakdown]
	coverages patientMemo[*coverageView]
	overviews memo[*overview]
	findings  memo[*findingIndex]
	problems  memo[*lineIndex]
}

func newBrowser(cfg browserConfig) *browser {
	b := &browser{browserConfig: cfg, mux: http.NewServeMux()}
	heavy := make(chan struct{}, 1) // what reads the whole event store comes one after the other
	b.tallies.init(64, nil)
	b.summaries.init(16, heavy, cfg.Timeout)
	b.coverages.init(1, heavy, cfg.Timeout)
	b.overviews.init(1, nil)
	b.findings.init(1, nil)
	b.problems.init(1, nil)
	for pattern, h := range map[string]pageFunc{
		"/{$}":               b.overviewPage,
		"/timeline":          b.timelinePage,
		"/timeline.csv":      b.timelineFile,
		"/timeline.jsonl":    b.timelineFile,
		"/event/{ordinal}":   b.eventPage,
		"/events":            b.eventsPage,
		"/findings":          b.findingsPage,
		"/findings/{id}":     b.findingPage,
		"/summary":           b.summaryPage,
		"/coverage":          b.coveragePage,
		"/integrity":         b.integrityPage,
		"/objects":           b.objectsPage,
		"/objects/{ordinal}": b.objectPage,
		"/problems":          b.problemsPage,
		"/sql":               b.sqlPage,
		"/questions":         b.questionsPage,

		"/event/{ordinal}/raw":  b.rawFile,
		"/static/{hash}/{name}": staticFile,
	} {
		b.mux.Handle("GET "+pattern, b.handler(h))
	}
	b.mux.Handle("POST /sql", b.handler(b.sqlRun))
	b.mux.Handle("/", b.handler(func(*http.Request) (*answer, error) { return nil, notFound("page: there is none of that name") }))
	return b
}

// close ends what is being made for pages.
func (b *browser) close() {
	b.summaries.close()
	b.coverages.close()
}

// ServeHTTP implements http.Handler.
func (b *browser) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.mux.ServeHTTP(w, r) }

// policy is the Content-Security-Policy of every page: nothing but this server's own
// style, scripts, images and forms, so that even markup which got past the escaping would stay inert.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// pageHeaders are those of every answer. Nothing of the evidence stays in a browser's cache.
func pageHeaders(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// An answer is what a page function makes: one of a page, another place, or a file.
type answer struct {
	status   int // 0: 200
	template string
	title    string
	section  string // of the navigation
	data     any
	posts    bool   // the page has a form that posts
	place    string // to go to instead, below the case
	write    func(w http.ResponseWriter) error
}

// A pageFunc makes an answer.
type pageFunc func(r *http.Request) (*answer, error)

// page is what a template sees.
type page struct {
	Base, Case, Static string
	Title, Section     string
	Data               any
}

// handler serves what a page function answers, within the time that a page may take.
func (b *browser) handler(f pageFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pageHeaders(w.Header())
		ctx, cancel := context.WithTimeout(r.Context(), b.Timeout)
		defer cancel()
		err := b.follow()
		var a *answer
		if err == nil {
			a, err = f(r.WithContext(ctx))
		}
		if err != nil {
			a = b.failure(r, err)
		}
		switch {
		case a.place != "":
			http.Redirect(w, r, b.Base+a.place, http.StatusSeeOther)
		case a.write != nil:
			if err := a.write(w); err != nil {
				b.Log(r, "%v", err)
				panic(http.ErrAbortHandler) // half a file must not look like a whole one
			}
		default:
			b.show(w, r, a)
		}
	})
}

// show writes a page, of which nothing is sent before all of it is made.
func (b *browser) show(w http.ResponseWriter, r *http.Request, a *answer) {
	var out bytes.Buffer
	p := page{Base: b.Base, Case: b.Name, Static: b.Base + "/static/" + staticHash, Title: a.title, Section: a.section, Data: a.data}
	if err := templates()[a.template].Execute(&out, p); err != nil {
		b.Log(r, "page %s: %v", a.template, err)
		http.Error(w, "a defect of this server: its log has more", http.StatusInternalServerError)
		return
	}
	if a.posts {
		// With no-referrer a browser hides the origin of a form even from the form's own server.
		w.Header().Set("Referrer-Policy", "same-origin")
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if a.status == http.StatusAccepted {
		w.Header().Set("Refresh", lookAgain)
	}
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	if r.Method != http.MethodHead {
		_, _ = w.Write(out.Bytes()) // who went away needs no page
	}
}

// A pageError is an error with a status: the request's fault, or nobody's.
type pageError struct {
	status int
	err    error
}

func (e *pageError) Error() string { return e.err.Error() }
func (e *pageError) Unwrap() error { return e.err }

func notFound(format string, args ...any) error {
	return &pageError{http.StatusNotFound, fmt.Errorf(format, args...)}
}

func badRequest(format string, args ...any) error {
	return &pageError{http.StatusBadRequest, fmt.Errorf(format, args...)}
}

// failure is the page that says what went wrong.
func (b *browser) failure(r *http.Request, err error) *answer {
	data := struct{ Heading, Message, Hint string }{"This page could not be made", err.Error(), ""}
	a := &answer{status: http.StatusInternalServerError, template: "error", title: "Error"}
	var known *pageError
	switch {
	case errors.Is(err, errMaking):
		return &answer{status: http.StatusAccepted, template: "making", title: "Please wait"}
	case errors.As(err, &known):
		a.status = known.status
		data.Heading = http.StatusText(known.status)
	case errors.Is(err, context.DeadlineExceeded):
		a.status = http.StatusServiceUnavailable
		data.Heading = "This takes too long for a page"
		data.Message = fmt.Sprintf("nothing was made of it within %s", b.Timeout)
		data.Hint = "Narrow the filter, ask the same on the command line, or start the server with a longer timeout."
	default:
		b.Log(r, "%v", err)
	}
	a.data = data
	return a
}

// known refuses parameters that the page does not know: a misspelt filter would
// select everything in silence.
func known(q url.Values, names ...string) error {
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if !slices.Contains(names, name) {
			return badRequest("parameter %q: this page has none of that name", name)
		}
	}
	return nil
}
