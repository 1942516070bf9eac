package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/coldtrail/coldtrail/report/internal/jmespath"
)

// oddLookups are events with texts that formats treat in ways of their own.
func oddLookups(t testing.TB) *EventStore {
	var records []string
	for i, name := range []string{"plain", "true", "2026-03-02T10:00:00Z", "it's: #1", "line\\nbreak", "tab\\there", "\u65e5\u672c", "\\u202e\\u009bevil", strings.Repeat("many words ", 12)} {
		at := fmt.Sprintf("2026-03-02T10:%02d:00Z", i)
		if i == 3 {
			at = "2026-03-02T10:03:00.250Z"
		}
		more := fmt.Sprintf(`"requestParameters":{"userName":"%s","user":{"userId":"AIDA%d"}},"readOnly":%v`, name, i, i%2 == 0)
		if i == 1 {
			more = `"eventCategory":"Management"`
		}
		records = append(records, eventFor(fmt.Sprintf("id-%d", i), at, `"userIdentity":{"type":"IAMUser","userName":"`+name+`"},`+more))
	}
	return lookupStore(t, records...)
}

func writeLookup(t testing.TB, s *EventStore, q LookupQuery, v LookupView) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := s.WriteLookup(context.Background(), &b, &q, v); err != nil {
		t.Fatalf("%+v: %v", v, err)
	}
	return b.String()
}

// The golden files are what the AWS CLI writes of the same events: report/serve's tests compare them with it.
func TestLookupGoldens(t *testing.T) {
	s := oddLookups(t)
	for name, v := range map[string]LookupView{
		"all":     {MaxItems: -1},
		"limited": {MaxItems: 3, PageSize: 2},
		"page":    {Single: true, PageSize: 2},
		"objects": {MaxItems: -1, Query: "Events[].{who: Username, at: EventTime, what: Resources[0].ResourceName}"},
		"nested":  {MaxItems: -1, Query: "{n: length(Events), f: to_number('1.50'), names: Events[:3].[Username, EventId], first: Events[0], none: Events[99], empty: `[]`}", PageSize: 4},
	} {
		for _, format := range LookupFormats {
			v.Format = format
			golden(t, filepath.Join("..", "lookup", name+"."+format), writeLookup(t, s, LookupQuery{}, v))
		}
	}
}

// JSON that is written as it comes is what a query for everything gives in one piece.
func TestLookupJSONInPieces(t *testing.T) {
	s := oddLookups(t)
	for _, v := range []LookupView{{MaxItems: -1}, {MaxItems: 0}, {MaxItems: 4, PageSize: 3}, {MaxItems: 6, PageSize: 3}, {MaxItems: 9}, {MaxItems: 100}, {Single: true, PageSize: 4}, {Single: true}} {
		v.Format = "json"
		pieces := writeLookup(t, s, LookupQuery{}, v)
		v.Query = "@"
		if whole := writeLookup(t, s, LookupQuery{}, v); pieces != whole {
			t.Errorf("%+v:\n%s\n%s", v, pieces, whole)
		}
	}
	none := LookupQuery{Region: "nowhere"}
	if got := writeLookup(t, s, none, LookupView{Format: "json", MaxItems: -1}); got != "{\n    \"Events\": []\n}\n" {
		t.Errorf("%q", got)
	}
}

// From token to token every event comes once, however the pages and the parts are cut; and
// few pages give the same as many.
func TestLookupTokensGoOn(t *testing.T) {
	rows := randomRows(11, 300)
	s := openLookupStore(t, rows, rowCuts{rows: 31, groups: 3, page: 400})
	q := LookupQuery{Attributes: []LookupAttribute{{"AccessKeyId", "AKIA1EXAMPLE"}}}
	ids := strings.Fields
	want := ids(writeLookup(t, s, q, LookupView{Format: "text", MaxItems: -1, Query: "Events[].EventId"}))
	if len(want) < 40 {
		t.Fatalf("%d events", len(want))
	}
	for _, size := range []int{1, 3, 7, 50} {
		for _, items := range []int{1, 2, 7, 10, 21, 40, 1000} {
			var got []string
			token := ""
			for {
				v := LookupView{Format: "json", PageSize: size, MaxItems: items, StartingToken: token}
				value, err := jmespath.Decode([]byte(writeLookup(t, s, q, v)))
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range value.(*jmespath.Object).Get("Events").([]any) {
					got = append(got, e.(*jmespath.Object).Get("EventId").(string))
				}
				if token, _ = value.(*jmespath.Object).Get("NextToken").(string); token == "" {
					break
				}
				if len(got) > len(want) {
					t.Fatal("it does not end")
				}
			}
			if strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("pages of %d, %d at a time: %d events, want %d", size, items, len(got), len(want))
			}
		}
	}
}

func TestLookupTokenErrors(t *testing.T) {
	s := oddLookups(t)
	for _, v := range []LookupView{
		{StartingToken: "nonsense"}, {StartingToken: cliTokenText("nonsense", 2)}, {StartingToken: cliTokenText("", -2)[1:]}, {Single: true, NextToken: "nonsense"},
		{Single: true, NextToken: cliTokenText("", 1)},
	} {
		v.Format, v.MaxItems = "json", -1
		_, err := s.WriteLookup(context.Background(), &bytes.Buffer{}, &LookupQuery{}, v)
		var refused *LookupError
		if !errors.As(err, &refused) || refused.Code != "InvalidNextTokenException" {
			t.Errorf("%+v: %v", v, err)
		}
	}
	token, err := s.LookupToken(&LookupQuery{}, LookupPlace{4})
	if err != nil {
		t.Fatal(err)
	}
	aws := writeLookup(t, s, LookupQuery{}, LookupView{Format: "text", Query: "Events[].EventId", MaxItems: -1, StartingToken: token})
	if aws != "id-3\tid-2\tid-1\tid-0\n" {
		t.Errorf("AWS's own token: %q", aws)
	}
}

func TestLookupRefusals(t *testing.T) {
	s := oddLookups(t)
	for want, v := range map[string]LookupView{
		"more than once":            {Format: "yaml", Query: "[Events[0], Events[0]]"},
		"an object or list more":    {Format: "yaml", Query: "Events[].{a: Resources, b: Resources}"},
		"not one of":                {Format: "xml"},
		"cells below":               {Format: "table", Query: "Events[].[Username, Resources][]"},
		"stands among objects":      {Format: "text", Query: "[Events[0], 'x']"},
		"table: x stands among":     {Format: "table", Query: "[Events[0], 'x']"},
		"that may be held":          {Format: "table", MaxBytes: 5000},
		"at offset 7":               {Format: "json", Query: "Events["},
		"length()":                  {Format: "json", Query: "length(`1`)"},
		"InvalidMaxResultsExceptio": {Format: "json", PageSize: 51},
		"a line break, or more":     {Format: "yaml", Query: `{"` + strings.Repeat("x", 129) + `": Events}`},
	} {
		v.MaxItems = -1
		var b bytes.Buffer
		_, err := s.WriteLookup(context.Background(), &b, &LookupQuery{}, v)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: no %q in %v", v, want, err)
		}
	}
}

// On a terminal nothing that an attacker wrote steers it.
func TestLookupPrintable(t *testing.T) {
	s := oddLookups(t)
	for _, format := range LookupFormats {
		for _, query := range []string{"", "Events[].Username", "Events[].{\"\\u202e\": Username}"} {
			out := writeLookup(t, s, LookupQuery{}, LookupView{Format: format, Query: query, MaxItems: -1, Printable: true})
			for _, r := range out {
				if !unicode.IsPrint(r) && r != '\n' && r != '\t' {
					t.Errorf("%s %s: %U", format, query, r)
				}
			}
		}
	}
	if raw := writeLookup(t, s, LookupQuery{}, LookupView{Format: "text", Query: "Events[].Username", MaxItems: -1}); !strings.Contains(raw, "\u202e\u009bevil") {
		t.Errorf("%q", raw)
	}
}

// The README and the AWS CLI show the same in a pipe: the golden files hold no escape that is ours.
func TestLookupGoldensAreThere(t *testing.T) {
	files, err := os.ReadDir(filepath.Join("testdata", "lookup"))
	if err != nil || len(files) != 5*len(LookupFormats) {
		t.Errorf("%d files, %v", len(files), err)
	}
}

func TestPythonText(t *testing.T) {
	o := &jmespath.Object{}
	o.Set("it's", []any{nil, true, int64(3), 1.5, `a"b`, "c'd", "e'\"f", "\u00e9\u202e\U000e0001\x00\x7f\n\\"})
	if got, want := pythonText(o), `{"it's": [None, True, 3, 1.5, 'a"b', "c'd", 'e\'"f', 'é\u202e\U000e0001\x00\x7f\n\\']}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
