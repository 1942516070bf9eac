package report

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/report/internal/jmespath"
)

// A page ends where its records are long, whichever way it is read, and nothing is left out.
func TestLongLookupPages(t *testing.T) {
	rows := randomRows(7, 9)
	for i, row := range rows {
		row["eventjson"] = fmt.Sprintf(`{"eventID":"%d","x":"%s"}`, i, strings.Repeat("x", 12<<20))
		row["eventname"], row["eventid"] = "ConsoleLogin", fmt.Sprint(i)
	}
	s := openLookupStore(t, rows, rowCuts{rows: 2, groups: 3, page: 1 << 20})
	var sizes []int
	var names []string
	for from := (LookupPlace{}); ; {
		events, next, more, err := s.Lookup(context.Background(), &LookupQuery{}, from, 50)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(events))
		for _, e := range events {
			names = append(names, e.EventID)
		}
		if from = next; !more {
			break
		}
	}
	if !slices.Equal(sizes, []int{3, 3, 3}) || strings.Join(names, "") != "876543210" {
		t.Errorf("pages of %d events: %v", sizes, names)
	}
	for _, v := range []LookupView{{MaxItems: -1}, {MaxItems: 9}} { // many pages from one reading, and few
		v.Format, v.Query = "text", "Events[].EventId"
		if text := writeLookup(t, s, LookupQuery{}, v); text != "8\t7\t6\n5\t4\t3\n2\t1\t0\n" {
			t.Errorf("%+v: %q", v, text)
		}
	}
	v := LookupView{Format: "json", Query: "{n: length(Events), more: NextToken != null}", Single: true}
	if got, err := jmespath.Decode([]byte(writeLookup(t, s, LookupQuery{}, v))); err != nil || got.(*jmespath.Object).Get("n") != int64(3) || got.(*jmespath.Object).Get("more") != true {
		t.Errorf("%v, %v", got, err)
	}
}
