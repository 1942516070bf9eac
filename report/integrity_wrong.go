package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/scan"
	"github.com/coldtrail/coldtrail/scan/integrity"
)

// shownWrong is how many of the files with which something is wrong the report names.
const shownWrong = 50

// A WrongFile is one with which something is wrong.
type WrongFile struct {
	Object *uint64  `json:"object,omitempty"` // nil: it is not in this copy
	File   string   `json:"file"`             // its name in the evidence, or in S3
	What   []string `json:"what"`             // words
	Detail string   `json:"detail,omitempty"`
	Listed string   `json:"listing,omitempty"` // what a listing of the bucket says of it
}

// unnamedTitle stands over the logs that no digest names although digests cover their time.
const unnamedTitle = "Logs that no digest names although digests cover their time"

// wrongFiles names the first files with which something is wrong, and the first logs that no digest names although digests
// cover their time: a log that somebody planted is one of these.
func wrongFiles(judged *integrity.Result, names scan.Objects) (wrong, unnamed []WrongFile, err error) {
	for r, err := range judged.Rows {
		if err != nil {
			return nil, nil, err
		}
		list := &wrong
		if !r.Failure {
			list = &unnamed
		}
		if !r.Failure && r.Where != integrity.Inside || len(*list) == shownWrong {
			continue
		}
		w, err := wrongFile(&r, names)
		if err != nil {
			return nil, nil, err
		}
		*list = append(*list, w)
	}
	return wrong, unnamed, nil
}

func wrongFile(r *integrity.Row, names scan.Objects) (WrongFile, error) {
	w := WrongFile{Object: r.Object, File: valid(r.Key), Detail: valid(r.Detail), Listed: valid(r.Listed)}
	if r.Bucket != "" {
		w.File = valid("s3://" + r.Bucket + "/" + r.Key)
	}
	if r.Object != nil {
		source, path, err := names.Name(*r.Object)
		if err != nil {
			return w, err
		}
		w.File = objectName(valid(source), valid(path))
	}
	switch r.Verdict {
	case integrity.Absent:
		w.What = append(w.What, "not in this copy")
	case integrity.Modified, integrity.Invalid:
		w.What = append(w.What, string(r.Verdict))
	}
	for _, n := range []struct{ note, text string }{
		{integrity.TrailingData, "appended to"}, {integrity.LinkMismatch, "says of the digest before it what is not so"}, {integrity.TooMany, "one of too many digests, or one of too many signatures"},
		{integrity.Contradicted, "digests name different hashes of it"},
	} {
		if slices.Contains(r.Notes, n.note) {
			w.What = append(w.What, n.text)
		}
	}
	return w, nil
}

// Kind is what is wrong, in words.
func (w *WrongFile) Kind() string { return cmp.Or(strings.Join(w.What, ", "), "wrong") }

// About is all that is said of why.
func (w *WrongFile) About() string {
	if w.Detail != "" && w.Listed != "" {
		return w.Detail + "; " + w.Listed
	}
	return w.Detail + w.Listed
}

// wrongLines list the files with which something is wrong.
func (i *Integrity) wrongLines() (lines []string) {
	for n := range i.Wrong {
		w := &i.Wrong[n]
		line := w.Kind() + ": " + w.File
		if about := w.About(); about != "" {
			line += ": " + about
		}
		lines = append(lines, line)
	}
	return withMore(lines, i.MoreWrong())
}

func (i *Integrity) unnamedLines() (lines []string) {
	for n := range i.Unnamed {
		lines = append(lines, i.Unnamed[n].File)
	}
	return withMore(lines, i.MoreUnnamed())
}

func withMore(lines []string, more string) []string {
	if more != "" && len(lines) > 0 {
		lines = append(lines, more)
	}
	return lines
}

// MoreWrong says how many are not listed; "": all are.
func (i *Integrity) MoreWrong() string { return i.andMore(i.Failures - int64(len(i.Wrong))) }

// MoreUnnamed says how many are not listed; "": all are.
func (i *Integrity) MoreUnnamed() string {
	if len(i.Unnamed) < shownWrong {
		return ""
	}
	return i.andMore(i.Where[string(integrity.Inside)] - int64(len(i.Unnamed)))
}

func (i *Integrity) andMore(n int64) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("and %s; %s has all", plural(n, "more file"), i.file())
}
