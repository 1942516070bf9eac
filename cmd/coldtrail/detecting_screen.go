package main

import (
	"fmt"
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

// warnOfDropped says what the findings of the case in dir were made with and this run is not: a case keeps none of the lists and rules
// that were given, and what they alone found is gone from the new findings, as if it had been looked for in vain.
func (l *detection) warnOfDropped(c *console, dir string) error {
	m, err := report.ReadModel(dir)
	if err != nil || m.Detection == nil {
		return err
	}
	if gone := dropped(m.Detection, l.report); len(gone) > 0 {
		fmt.Fprintf(c.err, "coldtrail: the case's findings were made with %s: a case does not keep what was given, and what is not given again is not used now\n",
			report.Terminal(strings.Join(gone, ", ")))
	}
	return nil
}

// dropped lists what detectors were given before and are not now, with the flag that gives it.
func dropped(was, now *report.Detection) (gone []string) {
	for _, s := range was.Sources {
		flag := map[string]string{"rules": "--rules", "indicators": "--ioc"}[s.Kind]
		again := slices.ContainsFunc(now.Sources, func(n report.DetectorSource) bool { return n.Name == s.Name && n.Kind == s.Kind })
		if flag != "" && s.Name != ownRules && !again {
			gone = append(gone, s.Name+" ("+flag+")")
		}
	}
	if len(was.Suppressions) > 0 && len(now.Suppressions) == 0 {
		gone = append(gone, "suppressions (--suppress)")
	}
	if len(was.Tuned) > 0 && len(now.Tuned) == 0 {
		gone = append(gone, "thresholds (--tuning)")
	}
	if was.Accounts > 0 && now.Accounts == 0 {
		gone = append(gone, "a list of accounts (--accounts)")
	}
	if sawPlaces(was, now) {
		gone = append(gone, "places of addresses (--mmdb)")
	}
	return gone
}

// sawPlaces reports whether a detector knew before where addresses are, and does not now.
func sawPlaces(was, now *report.Detection) bool {
	blind := func(d *report.Detection) int {
		return slices.IndexFunc(d.Blind, func(b report.BlindRow) bool { return b.Need == string(detect.NeedsGeography) })
	}
	at := blind(now)
	return at >= 0 && blind(was) < 0 && slices.ContainsFunc(was.Detectors, func(u report.DetectorUse) bool { return slices.Contains(now.Blind[at].Detectors, u.ID) })
}
