package rules

import (
	"bytes"
	"cmp"
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/detect/sigma"
	"github.com/coldtrail/coldtrail/parser"
)

var loaded = sync.OnceValue(Load)

// A written rule is what its file says, as far as these tests look.
type written struct {
	Title, ID, Name, Status, Description, Level string
	FalsePositives                              []string
	Tags                                        []string
	Correlation                                 *struct {
		Rules yaml.Node
	}
	Coldtrail struct {
		Next, Outcome, Denied, Failed string
	}
}

func read(t testing.TB, f sigma.File) (w written) {
	t.Helper()
	if err := yaml.NewDecoder(bytes.NewReader(f.Data)).Decode(&w); err != nil {
		t.Fatalf("%s: %v", f.Name, err)
	}
	return w
}

func TestEveryRuleLoads(t *testing.T) {
	c := loaded()
	for _, r := range c.Rejected {
		t.Errorf("%s:%d: %s", r.File, r.Line, r.Reason)
	}
	for _, r := range c.Rules {
		for _, note := range append(r.Notes, sigma.Check(&r)...) {
			t.Errorf("%s: %s", r.File, note)
		}
	}
	if len(c.Rules) != len(Files()) {
		t.Errorf("%d rules in %d files: one document a file", len(c.Rules), len(Files()))
	}
	if _, err := detect.NewSet(append(detect.All(), c.Detectors()...)); err != nil {
		t.Error(err)
	}
}

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// TestRulesAreComplete holds every file to what the package promises of a rule.
func TestRulesAreComplete(t *testing.T) {
	ids, titles := map[string]string{}, map[string]string{}
	for _, f := range Files() {
		w := read(t, f)
		wrong := func(format string, args ...any) { t.Helper(); t.Errorf(f.Name+": "+format, args...) }
		if w.Name != strings.TrimSuffix(path.Base(f.Name), ".yml") {
			wrong("name %q: not the file's", w.Name)
		}
		if !uuidForm.MatchString(w.ID) {
			wrong("id %q: no random UUID", w.ID)
		}
		if other := ids[w.ID]; other != "" {
			wrong("id: that of %s", other)
		}
		if other := titles[w.Title]; other != "" {
			wrong("title: that of %s", other)
		}
		ids[w.ID], titles[w.Title] = f.Name, f.Name
		if len(w.Description) < 40 || len(w.FalsePositives) == 0 || w.Coldtrail.Next == "" || w.Title == "" || w.Status == "" {
			wrong("description (%d bytes), falsepositives, status or coldtrail.next: missing or too short", len(w.Description))
		}
		if len(w.Title) > 110 {
			wrong("title: %d bytes", len(w.Title))
		}
		checkTags(t, f.Name, w.Tags)
	}
}

// checkTags wants techniques that exist in v19.1, and tactics that are theirs.
func checkTags(t *testing.T, name string, tags []string) {
	t.Helper()
	var tactics, claimed []string
	techniques := 0
	for _, tag := range tags {
		id, ok := strings.CutPrefix(tag, "attack.")
		switch {
		case !ok || tag != strings.ToLower(tag):
			t.Errorf("%s: tag %q", name, tag)
		case strings.HasPrefix(id, "t1"):
			techniques++
			known, ok := technique(strings.ToUpper(id))
			if !ok {
				t.Errorf("%s: %s is no technique of ATT&CK v19.1 that this package knows", name, id)
			}
			tactics = append(tactics, known.Tactics...)
		default:
			claimed = append(claimed, id)
		}
	}
	if techniques == 0 || len(claimed) == 0 {
		t.Errorf("%s: tags %q: no technique or no tactic", name, tags)
	}
	for _, tactic := range claimed {
		if !slices.Contains(tactics, tactic) {
			t.Errorf("%s: tactic %q is not among those of its techniques", name, tactic)
		}
	}
}

func technique(id string) (Technique, bool) {
	i := slices.IndexFunc(Techniques(), func(t Technique) bool { return t.ID == id })
	if i < 0 {
		return Technique{}, false
	}
	return Techniques()[i], true
}

// TestExamples runs every rule's examples, as those of the built-in detectors: a hit
// yields findings of the level that its outcome has, a miss none at all.
func TestExamples(t *testing.T) {
	wanted := map[string]written{}
	silent := map[string]bool{} // base rules of correlations
	for _, f := range Files() {
		wanted[f.Name] = read(t, f)
		if c := wanted[f.Name].Correlation; c != nil {
			for _, n := range c.Rules.Content {
				silent[n.Value] = true
			}
		}
	}
	for _, r := range loaded().Rules {
		if r.Detector == nil {
			if !silent[r.Name] {
				t.Errorf("%s: neither detector nor base of a correlation", r.File)
			}
			continue
		}
		if len(r.Hits) == 0 || len(r.Misses) == 0 {
			t.Errorf("%s: %d hits, %d misses: at least one of each is needed", r.File, len(r.Hits), len(r.Misses))
		}
		for i, events := range r.Hits {
			found := find(t, r.Detector, events)
			if len(found) == 0 {
				t.Errorf("%s: hit %d: no finding", r.File, i)
			}
			for _, f := range found {
				if want := expected(t, wanted[r.File], events); f.Severity != want || f.Why == "" || f.Detector != r.Name {
					t.Errorf("%s: hit %d: %s, %s: %q, want %s", r.File, i, f.Detector, f.Severity, f.Why, want)
				}
			}
		}
		for i, events := range r.Misses {
			if found := find(t, r.Detector, events); len(found) > 0 {
				t.Errorf("%s: miss %d: %s: %s", r.File, i, found[0].Severity, found[0].Why)
			}
		}
	}
}

// expected is the level that a hit's finding has: that of its outcome, the best for the
// caller where there are several events.
func expected(t *testing.T, w written, events []string) detect.Severity {
	t.Helper()
	level := severity(t, w.Level)
	if w.Coldtrail.Outcome == "any" {
		return level
	}
	best := detect.Informational
	for _, text := range events {
		var e struct{ ErrorCode, ErrorMessage string }
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatal(err)
		}
		switch {
		case detect.Denied(e.ErrorCode):
			best = max(best, severity(t, cmp.Or(w.Coldtrail.Denied, min(level, detect.Low).String())))
		case e.ErrorCode != "" || e.ErrorMessage != "":
			best = max(best, severity(t, cmp.Or(w.Coldtrail.Failed, "informational")))
		default:
			best = level
		}
	}
	return best
}

func severity(t *testing.T, text string) (s detect.Severity) {
	t.Helper()
	if err := s.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return s
}

// find sends events through one detector, as a scan does.
func find(t testing.TB, d *detect.Detector, events []string) []detect.Finding {
	t.Helper()
	found, err := detect.Try(d, events)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// A hunt runs detectors over records that come in timeline order.
type hunt struct {
	set     *detect.Set
	streams []detect.Stream
	found   []detect.Finding
	n       int
}

func newHunt(t testing.TB, detectors []*detect.Detector) *hunt {
	t.Helper()
	set, err := detect.NewSet(detectors)
	if err != nil {
		t.Fatal(err)
	}
	h := &hunt{set: set}
	for d := range set.Len() {
		h.streams = append(h.streams, set.Stream(d))
	}
	return h
}

func (h *hunt) emit(f detect.Finding) { h.found = append(h.found, f) }

func (h *hunt) add(t testing.TB, r *parser.Record) {
	ref := detect.NewRef(r, detect.Place{Index: h.n})
	h.n++
	h.set.Record(r, func(d int, e detect.Evidence) {
		b := detect.AppendEvidence(detect.AppendRef(nil, &ref), e)
		kept, n, err := detect.DecodeRef(b)
		if err != nil {
			t.Fatal(err)
		}
		if e, _, err = detect.DecodeEvidence(b[n:]); err != nil {
			t.Fatal(err)
		}
		h.streams[d].Next(new(kept.Clone()), e, h.emit)
	})
}

// end closes what is open and returns the findings, those that came in parts as one.
func (h *hunt) end() (all []detect.Finding) {
	for _, s := range h.streams {
		s.Flush(h.emit)
	}
	for _, f := range h.found {
		i := slices.IndexFunc(all, func(o detect.Finding) bool {
			return o.Detector == f.Detector && o.Subject == f.Subject && o.Opened == f.Opened
		})
		if i < 0 {
			all = append(all, f)
			continue
		}
		all[i].Events = append(all[i].Events, f.Events...)
		all[i].Severity, all[i].Why = max(all[i].Severity, f.Severity), f.Why
	}
	return all
}
