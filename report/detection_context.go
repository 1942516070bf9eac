package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/coldtrail/coldtrail/detect"
)

// A BlindRow says what some detectors would see more with, and the run lacked.
type BlindRow struct {
	Need      string   `json:"need"`
	Means     string   `json:"means"`
	Detectors []string `json:"detectors"`
}

// blindMeans says what the lack of a need means.
var blindMeans = map[detect.Need]string{
	detect.NeedsAccounts:  "No list of accounts was given: every account is foreign, but for those whose events are in the evidence.",
	detect.NeedsGeography: "Where addresses are was not known: nothing that these detectors would conclude from places or networks is found.",
}

// SetContext notes what the run knows beside the evidence, and what it lacks.
func (d *Detection) SetContext(detectors []*detect.Detector, c *detect.Context) {
	for _, b := range detect.Blind(detectors, c) {
		d.Blind = append(d.Blind, BlindRow{string(b.Need), blindMeans[b.Need], b.Detectors})
	}
	for _, x := range detectors {
		for _, t := range x.Thresholds {
			if v, set := c.Tuning[x.ID][t.Name]; set {
				d.Tuned = append(d.Tuned, TunedRow{x.ID, t.Name, v, t.Default, t.Unit})
			}
		}
	}
	slices.SortStableFunc(d.Tuned, func(a, b TunedRow) int { return cmp.Compare(a.Detector, b.Detector) })
	d.Accounts = c.Accounts.Listed()
}

// A TunedRow is a threshold that somebody set.
type TunedRow struct {
	Detector  string  `json:"detector"`
	Threshold string  `json:"threshold"`
	Value     float64 `json:"value"`
	Default   float64 `json:"default"`
	Unit      string  `json:"unit"`
}

// contextMarkdown says what detectors lacked, what was set for them, and what they had to forget.
func (d *Detection) contextMarkdown(p page) {
	for i := range d.Blind {
		b := &d.Blind[i]
		p.para("**Without %s**: %s It concerns %s.", b.Need, b.Means, codes(b.Detectors))
	}
	if d.Accounts > 0 {
		p.para("**Accounts**: %s listed with --accounts.", plural(int64(d.Accounts), "account"))
	}
	if len(d.Tuned) > 0 {
		p.para("**Thresholds** that were set with --tuning:")
		p.table("Detector,Threshold,Set,Default,Unit", len(d.Tuned), func(i int) []string {
			t := &d.Tuned[i]
			return []string{Code(t.Detector), Code(t.Threshold), fmt.Sprint(t.Value), fmt.Sprint(t.Default), t.Unit}
		}, "")
	}
	var full []*DetectorUse
	for i := range d.Detectors {
		if d.Detectors[i].Evicted > 0 {
			full = append(full, &d.Detectors[i])
		}
	}
	if len(full) > 0 {
		p.para("**Forgotten**: the memory of a detector is bounded. Of these, subjects had to give way to others; what they would have led to may be missing.")
		p.table("Detector,Subjects that gave way", len(full), func(i int) []string { return []string{Code(full[i].ID), number(full[i].Evicted)} }, "")
	}
}
