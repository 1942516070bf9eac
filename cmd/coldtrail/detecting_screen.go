package main

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/detect/sigma"
	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan/custody"
)

// screen puts a screen before the detectors, where --suppress or --min-severity asks for one.
func (d *detecting) screen(look *detection) error {
	s := &detect.Screen{}
	if d.MinSeverity != "" {
		if err := s.Minimum.UnmarshalText([]byte(d.MinSeverity)); err != nil {
			return usage("--min-severity %q: not one of %s", d.MinSeverity, strings.Join(detect.Severities[:], ", "))
		}
		if s.Minimum > detect.Informational {
			look.report.Minimum, look.report.Below = s.Minimum.String(), &s.Below
		}
	}
	if err := d.suppressions(look, s); err != nil {
		return err
	}
	look.detectors = s.Apply(look.detectors)
	return nil
}

// suppressions reads --suppress. What has expired is said, and not applied.
func (d *detecting) suppressions(look *detection, s *detect.Screen) error {
	if d.Suppress == "" {
		if !d.AsOf.IsZero() {
			return usage("--as-of is for --suppress: there is none")
		}
		return nil
	}
	data, err := readAtMost(d.Suppress, maxRuleFile)
	if err != nil {
		return usage("--suppress: %w", err)
	}
	all, err := sigma.LoadSuppressions(sigma.File{Name: filepath.Base(d.Suppress), Data: data})
	if err != nil {
		return usage("--suppress %s: %w", d.Suppress, err)
	}
	today := d.AsOf.Time
	if today.IsZero() {
		today = time.Now().UTC()
	}
	look.report.AsOf = today.Format(time.DateOnly)
	look.files = append(look.files, custody.File{Path: d.Suppress, Kind: "suppressions"})
	for i := range all {
		x := &all[i]
		row := report.SuppressionRow{
			Suppression: x.Label, Rules: append([]string{}, x.Rules...), Reason: x.Reason,
			Expires: x.Expires.AddDate(0, 0, -1).Format(time.DateOnly), Expired: !today.Before(x.Expires),
		}
		row.Unknown = x.Rule != nil && !slices.ContainsFunc(look.detectors, func(d *detect.Detector) bool { return d.Record != nil && x.Rule(d.ID) })
		look.report.Suppressions = append(look.report.Suppressions, row)
		if !row.Expired {
			s.Suppressions = append(s.Suppressions, &x.Suppression)
		}
	}
	return nil
}
