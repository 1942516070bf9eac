package report

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

func brokenDown(t testing.TB, s *EventStore, f *Filter, top int) *Breakdown {
	t.Helper()
	b, err := s.Breakdown(context.Background(), f, top)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every figure agrees with counting the rows one by one, wherever the store is cut.
func TestBreakdownAgreesWithCounting(t *testing.T) {
	rows := randomRows(31, 250)
	rows[5]["kind"], rows[6]["kind"], rows[7]["kind"] = kindInsight, kindAggregated, kindNetworkActivity
	f, err := NewFilter([]Term{{Flag: "event-name", Value: "*s*"}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, cuts := range manyCuts {
		s := shownCase(t, rows, cuts)
		for _, filter := range []*Filter{nil, f} {
			b := brokenDown(t, s, filter, 1000)
			for i, d := range dimensions {
				want := countedBy(rows, filter != nil, &d)
				if len(b.Tables[i].Rows) != len(want) || b.Tables[i].Others != nil {
					t.Errorf("%+v: %s: %d rows, want %d", cuts, d.by, len(b.Tables[i].Rows), len(want))
				}
				for _, r := range b.Tables[i].Rows {
					w := want[r.Value]
					if w == nil || r.Counts != w.Counts || !r.First.Equal(w.First) || !r.Last.Equal(w.Last) {
						t.Errorf("%+v: %s %q: %+v, want %+v", cuts, d.by, r.Value, r, w)
					}
				}
			}
		}
	}
}

func countedBy(rows []storeRow, filtered bool, d *dimension) map[string]*BreakdownRow {
	out := map[string]*BreakdownRow{}
	for _, row := range rows {
		name, _ := row["eventname"].(string)
		if row["kind"] == kindInsight || row["kind"] == kindAggregated || filtered && !strings.Contains(name, "s") {
			continue
		}
		value := ""
		for _, l := range d.leaves {
			if s, ok := row[eventLeaves[l].name()].(string); ok && value == "" {
				if value = s; d.of != nil {
					value = d.of(s)
				}
			}
		}
		if value == "" && d.present {
			continue
		}
		if out[value] == nil {
			out[value] = &BreakdownRow{}
		}
		code, _ := row["errorcode"].(string)
		message, _ := row["errormessage"].(string)
		at := row["event_ts"].(time.Time)
		out[value].Counts.see(outcomeOf(&detect.EventRef{ErrorCode: code, ErrorMessage: message}))
		out[value].Span.see(at)
	}
	return out
}

// issuedRows are events with a credential that one of them hands out.
func issuedRows() []storeRow {
	rows := shownRows()
	rows[0]["eventname"], rows[0]["principal"] = "AssumeRole", "arn:aws:iam::111122223333:user/\x1b[31mmallory"
	delete(rows[0], "errorcode")
	delete(rows[0], "errormessage")
	rows[0]["responseelements"] = `{"note":"ASIA2EXAMPLE \"ASIA2EXAMPLE\"","credentials":{"accessKeyId":"ASIA2EXAMPLE","expiration":"x"}}`
	return rows
}

func TestBreakdownGoldens(t *testing.T) {
	for _, cuts := range []rowCuts{{rows: 100, groups: 1, page: 1 << 20}, {rows: 5, groups: 1, page: 50}} {
		s := shownCase(t, issuedRows(), cuts)
		f, err := NewFilter([]Term{{Flag: "ip", Value: "AWS Internal", Not: true}}, 0)
		if err != nil {
			t.Fatal(err)
		}
		b := brokenDown(t, s, f, 2)
		var text, js bytes.Buffer
		if err := b.Write(&text); err != nil {
			t.Fatal(err)
		}
		if err := b.JSON(&js); err != nil {
			t.Fatal(err)
		}
		golden(t, "../show/summary.txt", text.String())
		golden(t, "../show/summary.json", js.String())
		if strings.Contains(text.String(), "\x1b") {
			t.Error("not escaped")
		}
	}
}

// The rows and the others add up to all events, however few rows are shown and
// however many values there are.
func TestBreakdownAddsUp(t *testing.T) {
	rows := randomRows(32, 200)
	for i := range rows {
		if i%3 == 0 {
			rows[i]["useragent"] = fmt.Sprintf("aws-cli/2.%d md/command#s3.%d m/n,C sid/%d", i, i%5, i%7)
		}
	}
	s := shownCase(t, rows, manyCuts[1])
	for _, top := range []int{0, 1, 3, 1000} {
		b := brokenDown(t, s, nil, top)
		for i, table := range b.Tables {
			var sum Counts
			for _, r := range table.Rows {
				sum.plus(&r.Counts)
			}
			if table.Others != nil {
				sum.plus(table.Others)
			}
			all := b.Counts
			if d := dimensions[i]; d.present && !d.errors { // whatever the user agents tell of it
				all = Counts{}
				for _, w := range countedBy(rows, false, &d) {
					all.plus(&w.Counts)
				}
			}
			if len(table.Rows) > top || table.By != "error" && sum != all {
				t.Errorf("top %d, by %s: %d rows, %+v, all %+v", top, table.By, len(table.Rows), sum, b.Counts)
			}
		}
	}
	whole := shares{kinds: map[string]int64{}, tables: make([]capped[string, share], len(dimensions))}
	whole.tables[0].limit = 2
	for i, v := range []string{"a", "b", "c", "c"} {
		part := shares{tables: make([]capped[string, share], len(dimensions))}
		part.total.see(countedCall{time: int64(i)})
		part.tables[0].at(v, nil).see(countedCall{time: int64(i)})
		whole.add(&part)
	}
	if table := whole.breakdown(5).Tables[0]; !table.Capped || len(table.Rows) != 2 || table.Others == nil || table.Others.Events != 2 {
		t.Errorf("capped: %+v", table)
	}
}

// What user agents tell is counted: the tools, whatever their versions, and who used them.
func TestBreakdownOfTools(t *testing.T) {
	rows := shownRows()[:4]
	for i, agent := range []string{"aws-cli/2.1 md/command#s3.ls sid/abc m/n", "aws-cli/2.2 md/command#s3.cp sid/abc m/0", "[aws-cli/2.2 md/command#s3.ls]", "Mozilla/5.0 Firefox/1.0"} {
		rows[i]["useragent"], rows[i]["principal"] = agent, fmt.Sprint("p", i%2)
	}
	for _, cuts := range manyCuts[:2] {
		got := map[string]string{}
		for _, table := range brokenDown(t, shownCase(t, rows, cuts), nil, 10).Tables {
			for _, r := range table.Rows {
				if r.ToolUse != nil {
					got[table.By] += fmt.Sprintf("%s %d %s; ", r.Value, r.Counts.Events, strings.Join(r.UsedBy, ","))
				}
			}
		}
		want := map[string]string{"tool": "aws-cli 3 p0,p1; Firefox 1 p1; ", "CLI command": "s3.ls 2 p0; s3.cp 1 p1; ", "CLI session": "abc 2 p0,p1; ", "credential source": "imds 1 p1; profile 1 p0; "}
		if !maps.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func TestIssuedTo(t *testing.T) {
	use := &CredentialUse{}
	wanted := map[string]*CredentialUse{"ASIA1": use}
	for elements, want := range map[string]*CredentialUse{
		`{"credentials":{"accessKeyId":"ASIA1"}}`: use,
		`{"credentials":{"accessKeyId":"ASIA2"}}`: nil,
		`{"other":"ASIA1"}`:                       nil,
		`"ASIA`:                                   nil,
		``:                                        nil,
	} {
		if got := issuedTo([]byte(elements), wanted); got != want {
			t.Errorf("%s: %v", elements, got)
		}
	}
}
