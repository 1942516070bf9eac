//go:build cgo

package query_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The expected results of the published queries are computed from the raw records with
// the standard library alone: neither the event store nor the engine has a part in them.

// A rawRecord is a record as encoding/json reads it, and the object that it lies in.
type rawRecord struct {
	object string // AWSLogs/…
	fields map[string]any
	texts  map[string]json.RawMessage // of its members
}

// rawRecords reads the records of an archive, in the order of the objects' names,
// and drops those that are there a second time.
func rawRecords(t testing.TB, root string) (all records) {
	t.Helper()
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(filepath.ToSlash(path), "/CloudTrail/") {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		var object struct{ Records []json.RawMessage }
		if err := json.Unmarshal(objectText(t, path), &object); err != nil {
			return err
		}
		for _, raw := range object.Records {
			if seen[string(raw)] {
				continue
			}
			seen[string(raw)] = true
			r := &rawRecord{object: filepath.ToSlash(name)}
			d := json.NewDecoder(bytes.NewReader(raw))
			d.UseNumber()
			if err := d.Decode(&r.fields); err != nil {
				return err
			}
			if err := json.Unmarshal(raw, &r.texts); err != nil {
				return err
			}
			all = append(all, r)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// objectText reads an object, which may be compressed.
func objectText(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(path, ".gz") {
		return b
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err == nil {
		b, err = io.ReadAll(z)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// field returns a field by its path; nil where there is none, or null.
func (r *rawRecord) field(path string) any {
	var v any = r.fields
	for name := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}

// text returns what is at a path as text: the content of a string, the digits of a number;
// "" where there is nothing, or an object or list.
func (r *rawRecord) text(path string) string {
	s, _ := r.value(path).(string)
	return s
}

// value is text with nil where there is nothing, or an object or list.
func (r *rawRecord) value(path string) any {
	switch v := r.field(path).(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return nil
}

// member returns the exact JSON text of a member of the record; nil where there is none, or null.
func (r *rawRecord) member(name string) any {
	if text, ok := r.texts[name]; ok && string(text) != "null" {
		return string(text)
	}
	return nil
}

// list returns the elements of a list.
func (r *rawRecord) list(path string) []any {
	l, _ := r.field(path).([]any)
	return l
}

// time returns eventTime.
func (r *rawRecord) time() time.Time { return r.timeAt("eventTime") }

func (r *rawRecord) timeAt(path string) time.Time {
	t, err := time.Parse(time.RFC3339, r.text(path))
	if err != nil {
		panic(err)
	}
	return t
}

// arn and its like are what many queries ask for.
func (r *rawRecord) arn() string    { return r.text("userIdentity.arn") }
func (r *rawRecord) name() string   { return r.text("eventName") }
func (r *rawRecord) source() string { return r.text("eventSource") }
func (r *rawRecord) key() string    { return r.text("userIdentity.accessKeyId") }

// is reports whether a text is one of some.
func (r *rawRecord) is(path string, any ...string) bool {
	return r.field(path) != nil && slices.Contains(any, r.text(path))
}

var partition = regexp.MustCompile(`AWSLogs/(?:o-[a-z0-9]+/)?(\d{12})/CloudTrail/([^/]+)/(\d{4})/(\d\d)/(\d\d)/`)

// of returns a part of the object's name.
func (r *rawRecord) of(part string) string {
	m := partition.FindStringSubmatch(r.object)
	switch part {
	case "account":
		return m[1]
	case "region":
		return m[2]
	}
	return strings.NewReplacer("yyyy", m[3], "MM", m[4], "dd", m[5]).Replace(part)
}

// records is what queries select from.
type records []*rawRecord

// where keeps those for which all of some conditions hold.
func (all records) where(conditions ...func(r *rawRecord) bool) (kept records) {
	for _, r := range all {
		if !slices.ContainsFunc(conditions, func(holds func(*rawRecord) bool) bool { return !holds(r) }) {
			kept = append(kept, r)
		}
	}
	return kept
}

// fields returns the texts at some paths, a line a record.
func (all records) fields(paths ...string) (lines []string) {
	for _, r := range all {
		values := make([]any, len(paths))
		for i, p := range paths {
			values[i] = r.value(p)
		}
		lines = append(lines, line(values...))
	}
	return lines
}

// each makes a line of each record.
func (all records) each(of func(r *rawRecord) []any) (lines []string) {
	for _, r := range all {
		lines = append(lines, line(of(r)...))
	}
	return lines
}

// by groups records by what is at some paths.
func (all records) by(paths ...string) groups {
	return all.byFunc(func(r *rawRecord) []any {
		values := make([]any, len(paths))
		for i, p := range paths {
			values[i] = r.value(p)
		}
		return values
	})
}

func (all records) byFunc(key func(r *rawRecord) []any) groups {
	g := groups{}
	for _, r := range all {
		k := line(key(r)...)
		g[k] = append(g[k], r)
	}
	return g
}

// groups are records by the line that their rows begin with.
type groups map[string]records

// having keeps groups.
func (g groups) having(holds func(all records) bool) groups {
	kept := groups{}
	for k, all := range g {
		if holds(all) {
			kept[k] = all
		}
	}
	return kept
}

// rows makes a line of each group.
func (g groups) rows(of ...func(all records) any) (lines []string) {
	for k, all := range g {
		for _, f := range of {
			k += "|" + line(f(all))
		}
		lines = append(lines, k)
	}
	return lines
}

func count(all records) any { return len(all) }

// distinct counts the different texts at a path.
func distinct(path string) func(all records) any {
	return func(all records) any { return len(all.set(path)) }
}

// set returns the different texts at a path, sorted.
func (all records) set(path string) (texts []string) {
	for _, r := range all {
		if v, ok := r.value(path).(string); ok {
			texts = append(texts, v)
		}
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

func first(path string) func(all records) any {
	return func(all records) any { return all.set(path)[0] }
}

func last(path string) func(all records) any {
	return func(all records) any { texts := all.set(path); return texts[len(texts)-1] }
}

// top sorts lines by a number that they have in a column, the greatest first, then by the line,
// and returns the first n.
func top(lines []string, column, n int) []string {
	number := func(s string) int {
		i, err := strconv.Atoi(strings.Split(s, "|")[column])
		if err != nil {
			panic(err)
		}
		return i
	}
	slices.SortFunc(lines, func(a, b string) int { return cmp.Or(cmp.Compare(number(b), number(a)), strings.Compare(a, b)) })
	return lines[:min(n, len(lines))]
}

// line joins the values of a row as ask does.
func line(values ...any) string {
	texts := make([]string, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case nil:
			texts[i] = "–"
		case string:
			texts[i] = v
		case int:
			texts[i] = strconv.Itoa(v)
		case bool:
			texts[i] = strconv.FormatBool(v)
		case time.Time:
			texts[i] = v.Format("2006-01-02 15:04:05.000")
		case []string:
			texts[i] = "[" + strings.Join(v, ", ") + "]"
		default:
			panic(v)
		}
	}
	return strings.Join(texts, "|")
}
