package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// A revision of the findings is a table, findings/rev-NNN.parquet, and beside it what the
// detectors were, rev-NNN.json. The case's report, findings.jsonl and timeline.csv are those of the
// latest; of an earlier one the report is kept as rev-NNN.report.md and rev-NNN.report.json.

const findingsDir = "findings"

// revisionName is the name of a revision of the findings in the case.
func revisionName(n int) string { return revisionFile(n, "parquet") }

func revisionFile(n int, ext string) string {
	return fmt.Sprintf("%s/rev-%03d.%s", findingsDir, n, ext)
}

// revisions returns the numbers of the revisions of the findings that a case has, rising.
func revisions(dir string) (numbers []int, err error) {
	entries, err := os.ReadDir(filepath.Join(dir, findingsDir))
	if err != nil {
		return nil, pathless(err)
	}
	for _, e := range entries {
		n := 0
		if _, err := fmt.Sscanf(e.Name(), "rev-%d.parquet", &n); err == nil && n > 0 && e.Name() == filepath.Base(revisionName(n)) {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	if len(numbers) == 0 {
		return nil, errors.New("no revision rev-001.parquet or later")
	}
	return numbers, nil
}

// latestRevision returns the number of the latest revision of the findings.
func latestRevision(dir string) (int, error) {
	numbers, err := revisions(dir)
	if err != nil {
		return 0, err
	}
	return numbers[len(numbers)-1], nil
}

// A revisionLine is what rev-NNN.json says.
type revisionLine struct {
	Schema    string             `json:"schema"` // "coldtrail findings revision 1"
	Detectors []revisionDetector `json:"detectors"`
}

// A revisionDetector is a detector of the revision.
type revisionDetector struct {
	ID string `json:"id"`
	// Identity is detect.Identity: made by the same program, a detector of this identity
	// finds the same. "": that is not known.
	Identity string `json:"sha256,omitempty"`
}

// writeRevision writes rev-NNN.json.
func writeRevision(w io.Writer, detectors []*detect.Detector) error {
	line := revisionLine{Schema: "coldtrail findings revision 1", Detectors: []revisionDetector{}}
	for _, d := range detectors {
		line.Detectors = append(line.Detectors, revisionDetector{valid(d.ID), detect.Identity(d)})
	}
	slices.SortFunc(line.Detectors, func(a, b revisionDetector) int { return strings.Compare(a.ID, b.ID) })
	return writeJSON(w, line)
}

// identities returns the identity of each detector of a revision, by ID. A case may lack them.
func identities(dir string, n int) (map[string]string, error) {
	b, err := readCaseFile(filepath.Join(dir, filepath.FromSlash(revisionFile(n, "json"))))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var line revisionLine
	if err == nil {
		err = json.Unmarshal(b, &line)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", revisionFile(n, "json"), err)
	}
	m := make(map[string]string)
	for _, d := range line.Detectors {
		m[d.ID] = d.Identity
	}
	return m, nil
}
