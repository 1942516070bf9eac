package report

import (
	"maps"
	"strings"

	"github.com/coldtrail/coldtrail/scan/integrity"
)

// Verdicts count events by the verdict of their objects.
type Verdicts map[string]int64

// noVerdict stands for an object that no digest could say anything of, as one that is no log.
const noVerdict = "none"

func (v *Verdicts) count(verdict string) {
	if *v == nil {
		*v = Verdicts{}
	}
	if verdict == "" {
		verdict = noVerdict
	}
	(*v)[verdict]++
}

// append appends the member of a line of findings.jsonl.
func (v Verdicts) append(b []byte) ([]byte, error) {
	b = append(b, `,"integrity":`...)
	out, err := appendJSON(b, map[string]int64(v), "")
	if err != nil {
		return nil, err
	}
	return out[:len(out)-1], nil // its line break
}

// doubt says that the finding rests on what is not verified; "": all is, or there is no digest. Events are counted by verdict
// alone, so that the words fit logs, which digests name, and query results, which sign files do.
func (v Verdicts) doubt() string {
	var parts []string
	for _, w := range []struct{ verdict, text string }{
		{string(integrity.Modified), "in an object that was modified"}, {appendedTo, "appended to an object, which nothing signs"},
		{string(integrity.Uncovered), "in an object that no digest or sign file names"}, {string(integrity.Consistent), "in an object whose digest or sign file is not proved"},
		{string(integrity.Unreadable), "in an object that could not be read"}, {noVerdict, "in an object that neither digests nor sign files cover"},
	} {
		if n := v[w.verdict]; n > 0 {
			parts = append(parts, plural(n, "event")+" "+w.text)
		}
	}
	if parts == nil {
		return ""
	}
	return "not all of it is verified: " + strings.Join(parts, ", ")
}

// sentence says what an event's verdict means.
func (o objectVerdict) sentence() string {
	text := map[string]string{
		string(integrity.Verified):   "the object's content has the hash that a proved digest names",
		string(integrity.Consistent): "the object's content has the hash that a digest names which is not itself proved",
		string(integrity.Modified):   "the object's content is NOT what its digest names",
		string(integrity.Uncovered):  "no digest names the object",
		string(integrity.Unreadable): "the object could not be read, or was not compared",
		appendedTo:                   "the record was APPENDED to its object: nothing signs it",
	}
	if o.kind == integrity.KindResult { // of which the file is signed, and not the content
		maps.Copy(text, map[string]string{
			string(integrity.Verified):   "the object is a query's result of CloudTrail Lake, with the hash that its sign file, which is proved, names",
			string(integrity.Consistent): "the object is a query's result of CloudTrail Lake, with the hash that its sign file names, which is not itself proved",
			string(integrity.Modified):   "the object is a query's result of CloudTrail Lake, and NOT the one that its sign file names",
			string(integrity.Uncovered):  "the object is a query's result of CloudTrail Lake, and no sign file beside it that can be relied on names it",
		})
	}
	if text[o.verdict] == "" {
		return o.verdict
	}
	return o.verdict + ": " + text[o.verdict]
}
