package detect

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// registered holds the built-in detectors. Package variables fill it while the
// package is initialised; nothing changes it afterwards.
var registered []*Detector

func register(d *Detector) *Detector {
	registered = append(registered, d)
	return d
}

// All returns the built-in detectors, sorted by ID.
func All() []*Detector {
	all := slices.Clone(registered)
	slices.SortFunc(all, func(a, b *Detector) int { return strings.Compare(a.ID, b.ID) })
	return all
}

var (
	idForm        = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	techniqueForm = regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)
)

// Validate reports everything that a detector lacks to be published: an ID in
// form, its documentation, its examples, its half that sees records.
func Validate(d *Detector) error {
	var errs []error
	wrong := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("detector %q: "+format, append([]any{d.ID}, args...)...))
	}
	if !idForm.MatchString(d.ID) {
		wrong("ID: not lower-case words joined by hyphens")
	}
	for _, text := range [...]struct{ name, value string }{
		{"Title", d.Title}, {"Doc", d.Doc}, {"Next", d.Next},
	} {
		if strings.TrimSpace(text.value) == "" {
			wrong("%s: missing", text.name)
		}
	}
	if int(d.Severity) >= len(Severities) {
		wrong("Severity: %d", d.Severity)
	}
	for _, t := range d.Techniques {
		if !techniqueForm.MatchString(t) {
			wrong("Techniques: %q", t)
		}
	}
	for _, e := range d.Events {
		if source, action, ok := strings.Cut(e, ":"); !ok || source == "" || action == "" {
			wrong("Events: %q: not eventSource:Action", e)
		}
	}
	if d.Judge == nil && len(d.Thresholds)+len(d.Needs) > 0 || d.Judge != nil && d.Stream != nil {
		wrong("Judge: thresholds and needs are its, and it is instead of Stream")
	}
	for i, t := range d.Thresholds {
		switch {
		case !idForm.MatchString(t.Name) || t.Unit == "" || t.Source == "":
			wrong("Thresholds: %q: without name, unit or source", t.Name)
		case slices.ContainsFunc(d.Thresholds[:i], func(o Threshold) bool { return o.Name == t.Name }):
			wrong("Thresholds: %q: there twice", t.Name)
		}
	}
	if d.Record == nil && d.ID != ConflictingCopies {
		wrong("Record: missing")
	}
	if d.Record != nil && (len(d.Hits) == 0 || len(d.Misses) == 0) {
		wrong("%d Hits, %d Misses: at least one of each is needed", len(d.Hits), len(d.Misses))
	}
	return errors.Join(errs...)
}
