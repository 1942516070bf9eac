package report

import (
	"errors"
	"fmt"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// TestToldEventOwns: what is told of an event needs none of the memory that its row group was read into, which would be kept with it.
func TestToldEventOwns(t *testing.T) {
	s := shownCase(t, shownRows(), rowCuts{rows: 100, groups: 1, page: 1 << 20})
	b := incidentSource{store: s}.builder(t.Context())
	b.lineage = detect.NewLineage(0)
	b.lineage.Settle()
	d := &incidentDraft{b: b, c: &incidentClaims{incidentBuilder: b}}
	for i := range shownRows() {
		b.rows, d.c.weak = append(b.rows, incidentRow{ordinal: uint64(i)}), append(d.c.weak, false)
	}
	enough := errors.New("enough")
	named := 0
	err := s.Scan(t.Context(), nil, tellColumns, func(r *Row) error {
		e := d.event(r)
		if e.Resource == "" {
			return nil
		}
		named++
		was := fmt.Sprintf("%+v", e)
		for _, v := range r.b.vectors {
			if v != nil {
				clear(v.data)
			}
		}
		if now := fmt.Sprintf("%+v", e); now != was {
			t.Errorf("%s\nand when the row group was gone\n%s", was, now)
		}
		return enough
	})
	if !errors.Is(err, enough) || named == 0 {
		t.Errorf("%d events that name something; %v", named, err)
	}
}
