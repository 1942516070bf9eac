package report

import (
	"io"

	"github.com/coldtrail/coldtrail/scan"
	"github.com/coldtrail/coldtrail/scan/integrity"
)

// An integrityLine is a line of integrity.jsonl: of an object, or of what is absent.
type integrityLine struct {
	integrity.Row
	Source string `json:"source,omitempty"`
	Path   string `json:"path,omitempty"`
}

// chainLine is a line of integrity.jsonl on a chain.
type chainLine struct {
	Kind string `json:"kind"`
	*integrity.Chain
}

// WriteIntegrity writes the lines of integrity.jsonl: first the chains, then every digest and log in the order of
// the objects, then what digests name and the copy has not.
func WriteIntegrity(w io.Writer, judged *integrity.Result, names scan.Objects) error {
	if judged == nil {
		return nil
	}
	var b []byte
	var err error
	for _, c := range judged.Chains {
		own := *c
		own.Places = validAll(own.Places)
		own.Trail = valid(own.Trail)
		if b, err = appendJSON(b[:0], chainLine{"chain", &own}, ""); err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	for r, err := range judged.Rows {
		if err != nil {
			return err
		}
		line := integrityLine{Row: r}
		line.Bucket, line.Key, line.Detail, line.Listed = valid(r.Bucket), valid(r.Key), valid(r.Detail), valid(r.Listed)
		line.Start, line.End = valid(r.Start), valid(r.End)
		if r.Object != nil {
			source, path, err := names.Name(*r.Object)
			if err != nil {
				return err
			}
			line.Source, line.Path = valid(source), valid(path)
		}
		if b, err = appendJSON(b[:0], line, ""); err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}
