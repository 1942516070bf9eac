package report

import (
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

// doubt says that the finding rests on what is not verified; "": all is, or there is no digest.
func (v Verdicts) doubt() string {
	var parts []string
	for _, w := range []struct{ verdict, text string }{
		{string(integrity.Modified), "in an object that was modified"}, {appendedTo, "appended to an object, which nothing signs"},
		{string(integrity.Uncovered), "in an object that no digest names"}, {string(integrity.Consistent), "in an object whose digest is not proved"},
		{string(integrity.Unreadable), "in an object that could not be read"}, {noVerdict, "in an object that digests do not cover"},
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

// eventIntegrity says what an event's verdict means.
func eventIntegrity(verdict string) string {
	text := map[string]string{
		string(integrity.Verified):   "the object's content has the hash that a proved digest names",
		string(integrity.Consistent): "the object's content has the hash that a digest names which is not itself proved",
		string(integrity.Modified):   "the object's content is NOT what its digest names",
		string(integrity.Uncovered):  "no digest names the object",
		string(integrity.Unreadable): "the object could not be read",
		appendedTo:                   "the record was APPENDED to its object: nothing signs it",
	}[verdict]
	if text == "" {
		return verdict
	}
	return verdict + ": " + text
}
