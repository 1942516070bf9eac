package main

import (
	"path"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// detecting is what the commands that look for something have in common: with what.
type detecting struct {
	NoBuiltin bool     `group:"detect" help:"Leave coldtrail's own detectors out."`
	Exclude   []string `group:"detect" placeholder:"ID" help:"Leave the detector of this ID out; * stands for any text. Once for each."`
}

// detection is what a run looks for.
type detection struct {
	detectors []*detect.Detector
}

// detectors makes them of the flags.
func (d *detecting) detectors(*console) (*detection, error) {
	all := detect.All()
	if d.NoBuiltin {
		all = slices.DeleteFunc(all, func(d *detect.Detector) bool { return d.ID != detect.ConflictingCopies })
	}
	all, err := d.exclude(all)
	return &detection{detectors: all}, err
}

// exclude leaves out what --exclude names. What it does not find is refused: who
// mistypes an ID must not think that its findings are gone. Copies that conflict are
// found by comparing, whatever is looked for.
func (d *detecting) exclude(all []*detect.Detector) ([]*detect.Detector, error) {
	for _, pattern := range d.Exclude {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, usage("--exclude %s: %w", pattern, err)
		}
		n := len(all)
		all = slices.DeleteFunc(all, func(x *detect.Detector) bool {
			ok, _ := path.Match(strings.ToLower(pattern), x.ID)
			return ok && x.ID != detect.ConflictingCopies
		})
		if len(all) == n {
			return nil, usage("--exclude %s: no detector of this run that can be left out; see coldtrail rules", pattern)
		}
	}
	return all, nil
}
