package main

import (
	"context"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/report"
)

// A shownEvent is an event as show -f json has it.
type shownEvent struct {
	Ordinal       uint64          `json:"ordinal"`
	ID            string          `json:"event_id"`
	Name          string          `json:"event_name"`
	Time          time.Time       `json:"time"`
	Kind          string          `json:"kind"`
	Shape         string          `json:"shape"`
	Marks         []string        `json:"marks,omitempty"`
	Object        shownPlace      `json:"object"`
	RecordSHA256  string          `json:"record_sha256"`
	Integrity     string          `json:"integrity,omitempty"`
	IntegrityText string          `json:"integrity_text,omitempty"`
	CopyCount     int64           `json:"copies_count"`
	Copies        []shownPlace    `json:"copies"` // the first of them
	Findings      []shownFinding  `json:"findings"`
	Record        json.RawMessage `json:"record,omitempty"`      // reformatted: --raw has the exact bytes
	RecordText    string          `json:"record_text,omitempty"` // in place of it, where it is no UTF-8
	Verification  *shownVerdict   `json:"verification,omitempty"`
	Related       []shownEvent    `json:"related,omitempty"` // the record that it updates, or its addenda
}

// A shownPlace is where a record lies. Size and hash are of the object as stored, and of no copy.
type shownPlace struct {
	Object  string `json:"object"`
	Ordinal uint64 `json:"object_ordinal"`
	Index   int    `json:"index"`
	Offset  int64  `json:"offset"`
	Size    int64  `json:"size,omitempty"`
	SHA256  string `json:"sha256,omitempty"`
}

type shownFinding struct {
	ID       string          `json:"finding_id"`
	Detector string          `json:"detector"`
	Severity detect.Severity `json:"severity"`
	Why      string          `json:"why"`
}

// A shownVerdict says whether the evidence is what the case was made from.
type shownVerdict struct {
	OK           bool   `json:"ok"`
	Missing      string `json:"missing,omitempty"`
	ObjectSHA256 string `json:"object_sha256,omitempty"`
	SameObject   bool   `json:"same_object"`
	Unhashed     bool   `json:"object_not_hashed_in_case,omitempty"`
	SameRecord   bool   `json:"same_record"`
	Problem      string `json:"problem,omitempty"`
}

// json writes the events as an array.
func (s *showCmd) json(ctx context.Context, c *console, store *report.EventStore, evidence report.Evidence, events []*report.CaseEvent) error {
	all := []shownEvent{}
	var different error
	for _, e := range events {
		one := asShown(e)
		if s.Verify {
			v, err := verified(evidence, e, &different)
			if err != nil {
				return err
			}
			one.Verification = &shownVerdict{v.OK(), visible(v.Missing), v.ObjectSHA256, v.SameObject, v.Unhashed, v.SameRecord, visible(v.Problem)}
		}
		err := store.Related(ctx, e, func(other *report.CaseEvent) error {
			one.Related = append(one.Related, asShown(other))
			return nil
		})
		if err != nil {
			return err
		}
		all = append(all, one)
	}
	if err := c.json(all); err != nil {
		return err
	}
	return different
}

// visible is a text that need not be UTF-8.
func visible(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return report.Terminal(s)
}

func asShown(e *report.CaseEvent) shownEvent {
	out := shownEvent{
		Ordinal: e.Ordinal, ID: visible(e.ID), Name: visible(e.Name), Time: e.Time.UTC(), Kind: e.Kind, Shape: e.Shape, Marks: e.Marks, RecordSHA256: e.SHA256(),
		Object:    shownPlace{visible(e.Object.Source + "/" + e.Object.Path), e.Place.Object, e.Place.Index, e.Place.Offset, e.Object.Size, e.Object.SHA256},
		Integrity: e.Integrity, IntegrityText: visible(e.IntegrityText), CopyCount: e.Count, Copies: []shownPlace{}, Findings: []shownFinding{},
	}
	for _, p := range e.Copies {
		out.Copies = append(out.Copies, shownPlace{Object: visible(p.Object), Ordinal: p.Place.Object, Index: p.Index, Offset: p.Offset})
	}
	for _, f := range e.Findings {
		out.Findings = append(out.Findings, shownFinding{f.ID, f.Detector, f.Severity, visible(f.Why)})
	}
	if json.Valid(e.Raw) && utf8.Valid(e.Raw) {
		out.Record = e.Raw
	} else {
		out.RecordText = report.Terminal(string(e.Raw))
	}
	return out
}
