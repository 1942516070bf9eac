package serve

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/report"
)

//go:embed templates/*.html static/*
var embedded embed.FS

// templates are the pages by name, each with the layout and the parts. What they show is
// escaped for its place by html/template, and made visible by "v": nothing is marked as safe. They are read when
// the first page is asked for: no other command waits for them.
var templates = sync.OnceValue(func() map[string]*template.Template {
	parts := template.Must(template.New("layout.html").Funcs(functions).ParseFS(embedded, "templates/layout.html", "templates/parts.html"))
	all := map[string]*template.Template{}
	names, err := fs.Glob(embedded, "templates/*.html")
	if err != nil {
		panic(err)
	}
	for _, path := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(path, "templates/"), ".html")
		if name != "layout" && name != "parts" {
			all[name] = template.Must(template.Must(parts.Clone()).ParseFS(embedded, path))
		}
	}
	return all
})

var functions = template.FuncMap{
	"v":        visible,
	"moment":   moment,
	"day":      func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
	"number":   number,
	"plural":   plural,
	"size":     size,
	"glob":     literalGlob,
	"arn":      splitARN,
	"severity": func(s detect.Severity) string { return s.String() },
	"join":     func(v []string) string { return visible(strings.Join(v, ", ")) },
	"numeric":  numeric,
	"link":     link,
	"pivot":    pivot,
	"args":     args,
}

// link returns a URL below the case, which a template must use as a whole attribute: it is encoded.
func link(base, path, query string) string { return base + path + behind("?", query) }

// pivot are the parameters of a selection (nil: of everything) with a flag set to a value, just as it
// is; "" stands for events that have none.
func pivot(s *selection, flag, value string) string {
	if s == nil {
		s = &selection{}
	}
	if value == "" {
		return s.With("not-"+flag, "*")
	}
	return s.With(exactFilter(flag, value))
}

// exactFilter returns the filter that selects the events which have a value: the flag and its value. Where the
// flag takes no such value, which is no address for example, it is the text anywhere in the record.
func exactFilter(flag, value string) (string, string) {
	if flag == "grep" {
		return flag, value
	}
	pattern := literalGlob(value)
	if _, err := report.NewFilter([]report.Term{{Flag: flag, Value: pattern}}, 0); err != nil {
		return "grep", value
	}
	return flag, pattern
}

// args makes the data of a part of a page: names and values in turn.
func args(pairs ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return m
}

// visible returns text of the evidence with everything in it that cannot be seen, or would
// turn the direction of text, as an escape. It still has to be escaped for its place.
func visible(s any) string {
	switch s := s.(type) {
	case string:
		return report.Terminal(s)
	case []byte:
		return report.Terminal(string(s))
	case fmt.Stringer:
		return report.Terminal(s.String())
	}
	return report.Terminal(fmt.Sprint(s))
}

// moment writes a time in UTC, or an en dash for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// number writes a whole number with a comma after each group of three digits.
func number(n any) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural writes a number and the noun, with an s unless it is one.
func plural(n any, noun string) string {
	if fmt.Sprint(n) != "1" {
		noun += "s"
	}
	return number(n) + " " + noun
}

// size writes a number of bytes for people, in decimal units.
func size(n int64) string {
	if n < 1000 {
		return plural(n, "byte")
	}
	f, unit := float64(n), ""
	for _, unit = range []string{"kB", "MB", "GB", "TB", "PB", "EB"} {
		if f /= 1000; f < 999.95 {
			break
		}
	}
	return strconv.FormatFloat(f, 'f', 1, 64) + " " + unit
}

// A splitName is a name in two parts, of which the second one tells it from its like.
type splitName struct{ Head, Tail string }

// splitARN parts an ARN before its resource.
func splitARN(s string) splitName {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return splitName{Tail: s}
	}
	return splitName{strings.TrimSuffix(s, parts[5]), parts[5]}
}

// literalGlob returns the pattern that only this text matches.
func literalGlob(s string) string {
	if !strings.ContainsAny(s, `*?\`) {
		return s
	}
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `\`, `\\`).Replace(s)
}

// static returns a file of the program. The style stands behind the one that report.html has too.
func static(path string) ([]byte, error) {
	b, err := embedded.ReadFile(path)
	if path == "static/style.css" {
		b = append([]byte(report.Style), b...)
	}
	return b, err
}

// staticHash is in the URLs of style and script, which browsers therefore may keep for good.
var staticHash = func() string {
	h := sha256.New()
	err := fs.WalkDir(embedded, "static", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := static(path)
		fmt.Fprintf(h, "%s %d\n", path, len(b))
		h.Write(b)
		return err
	})
	if err != nil {
		panic(err)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}()

var staticTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

// staticFile serves style and script, which are the program's own and the same for all cases.
func staticFile(r *http.Request) (*answer, error) {
	name := r.PathValue("name")
	b, err := static("static/" + name)
	if err != nil || r.PathValue("hash") != staticHash {
		return nil, notFound("file: there is none of that name")
	}
	return &answer{write: func(w http.ResponseWriter) error {
		w.Header().Set("Content-Type", staticTypes[name[strings.LastIndexByte(name, '.'):]])
		w.Header().Set("Content-Length", strconv.Itoa(len(b)))
		w.Header().Set("Cache-Control", "max-age=31536000, immutable")
		_, _ = w.Write(b)
		return nil
	}}, nil
}
