package report

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

var techniqueID = regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)

// techniquesOf returns those of a finding's techniques that are IDs of ATT&CK, sorted.
func techniquesOf(line *findingLine) []string {
	ids := slices.DeleteFunc(slices.Clone(line.Techniques), func(id string) bool { return !techniqueID.MatchString(id) })
	slices.Sort(ids)
	return slices.Compact(ids)
}

// A selectedFinding is what of a finding a filter selects.
type selectedFinding struct {
	Span
	n     int64 // events
	first []eventPlace
}

// An eventPlace says where an event lies.
type eventPlace struct {
	ordinal uint64
	place   detect.Place
	id      string
}

// placeColumns are what an eventPlace is read from.
var placeColumns = []string{"object_ordinal", "record_index", "record_offset", "derived_id", "eventid"}

func placeOf(r *Row) eventPlace {
	return eventPlace{r.Ordinal(), detect.Place{Object: uint64(r.Int(0)), Index: int(r.Int(1)), Offset: r.Int(2)}, strings.Clone(cmp.Or(r.Text(3), r.Text(4)))}
}

// selectedFindings returns the findings that list a selected event, with when these were and the
// first ones of them, and how many events are selected.
func (s *EventStore) selectedFindings(ctx context.Context, f *Filter, first int) (map[string]*selectedFinding, int64, error) {
	found, err := s.memberships()
	if err != nil {
		return nil, 0, err
	}
	var columns []string
	if first > 0 {
		columns = placeColumns
	}
	all := make([]*selectedFinding, len(found.findings))
	var n int64
	err = s.Scan(ctx, f, columns, func(r *Row) error {
		n++
		for _, e := range found.of(r.Ordinal()) {
			if all[e.finding] == nil {
				all[e.finding] = new(selectedFinding)
			}
			this := all[e.finding]
			this.see(r.Time())
			if this.n++; len(this.first) < first {
				this.first = append(this.first, placeOf(r))
			}
		}
		return nil
	})
	byID := make(map[string]*selectedFinding)
	for i, this := range all {
		if this != nil {
			byID[valid(found.findings[i].ID)] = this
		}
	}
	return byID, n, err
}

// eachSelected yields the findings that list a selected event, as findings.jsonl has them, and returns how
// many events are selected. That a finding of the latest revision is not in findings.jsonl is an error.
func (s *EventStore) eachSelected(ctx context.Context, f *Filter, first int, yield func(*findingLine, *selectedFinding) error) (int64, error) {
	byID, n, err := s.selectedFindings(ctx, f, first)
	if err != nil {
		return n, err
	}
	err = s.findingHeads(ctx, func(line *findingLine) error {
		if this := byID[line.ID]; this != nil {
			delete(byID, line.ID)
			return yield(line, this)
		}
		return nil
	})
	if err == nil && len(byID) > 0 {
		err = fmt.Errorf("%s: it lacks the finding %s, which the latest revision has: it was changed", findingsLines, slices.Sorted(maps.Keys(byID))[0])
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", s.label, err)
	}
	return n, err
}

// judgedWrong is why a finding that an examiner cleared is as suppressed: who, and for what reason, is in judgements.jsonl.
const judgedWrong = "judged by an examiner: it accuses nobody"

// findingHeads yields the findings of findings.jsonl without their events, which may be more than memory holds.
// One that an examiner holds to be wrong is as suppressed.
func (s *EventStore) findingHeads(ctx context.Context, yield func(*findingLine) error) error {
	held, err := ReadJudgements(s.dir)
	if err != nil {
		return err
	}
	f, err := openCaseFile(filepath.Join(s.dir, findingsLines))
	if err != nil {
		return fmt.Errorf("%s: %w", findingsLines, err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, keptBuffer)
	for n := 1; ; n++ {
		begin, err := r.ReadSlice('\n')
		if err == io.EOF && len(begin) == 0 {
			return ctx.Err()
		}
		line := new(findingLine)
		end := bytes.Index(begin, eventsMember) // in a text its quotes would be escaped
		if end < 0 {
			return fmt.Errorf("%s: line %d: it has no events", findingsLines, n)
		}
		if err := json.Unmarshal(append(bytes.Clone(begin[:end]), '}'), line); err != nil {
			return fmt.Errorf("%s: line %d: %w", findingsLines, n, err)
		}
		for err == bufio.ErrBufferFull && ctx.Err() == nil {
			_, err = r.ReadSlice('\n')
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			wrong := held.clears(line.ID) && line.Suppressed == ""
			if line = s.redactHead(line); wrong {
				line.Suppressed = judgedWrong
			}
			err = yield(line)
		}
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", findingsLines, n, pathless(err))
		}
	}
}

// judgedText says, behind a number of findings, whether an examiner holds something about the case.
func (s *EventStore) judgedText() (string, error) {
	held, err := ReadJudgements(s.dir)
	if err != nil {
		return "", err
	}
	return orText(held.Any(), ", judged by an examiner, at least in part", ", not yet judged"), nil
}
