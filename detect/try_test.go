package detect

import (
	"slices"
	"strings"
	"testing"
)

func TestTryExamples(t *testing.T) {
	for _, d := range All() {
		if d.ID == "suspicious-user-agent" || d.ID == "signin-guessing" {
			if wrong := TryExamples(d); len(wrong) > 0 {
				t.Errorf("%s: %q", d.ID, wrong)
			}
		}
	}
	d := *graded
	d.Hits = [][]string{{screenedEvent(1, "low", "alice", "192.0.2.1")}, {screenedEvent(1, "no", "alice", "192.0.2.1")}, {"{"}}
	d.Misses = [][]string{{screenedEvent(1, "no", "alice", "192.0.2.1")}, {screenedEvent(1, "high", "alice", "192.0.2.1")}}
	wrong := TryExamples(&d)
	if len(wrong) != 3 || wrong[0] != "hit 2: no finding" || !strings.HasPrefix(wrong[1], "hit 3: record 0: ") || wrong[2] != "miss 2: high: high (1 event)" {
		t.Errorf("%q", wrong)
	}
}

// A finding that comes in parts is one.
func TestTryJoinsParts(t *testing.T) {
	d := *graded
	d.Stream = func() Stream { return Window{ID: d.ID, Title: d.Title, MaxPart: 1}.Stream() }
	found, err := Try(&d, []string{screenedEvent(1, "low", "alice", "192.0.2.1"), screenedEvent(2, "high", "alice", "192.0.2.1"), screenedEvent(2, "low", "bob", "192.0.2.1")})
	if got := described(found); err != nil || !slices.Equal(got, []string{"high alice 2 [] low; high (2 events)", "low bob 1 [] low (1 event)"}) {
		t.Errorf("%q, %v", got, err)
	}
}
