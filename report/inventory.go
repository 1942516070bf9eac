package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/coldtrail/coldtrail/scan"
)

// inventorySchema names the form of an inventory's JSON.
const inventorySchema = "coldtrail inventory 1"

// WriteInventoryJSON writes a survey as JSON in which every character prints.
func WriteInventoryJSON(w io.Writer, s *scan.Survey) error {
	out := struct {
		Schema  string      `json:"schema"`
		Objects int64       `json:"objects"`
		Bytes   int64       `json:"bytes"`
		Status  []StatusRow `json:"by_status"` // "parsed": would be read
		*scan.Survey
	}{Schema: inventorySchema, Objects: s.Totals.Listed, Bytes: ofAll(s.Totals.Bytes), Survey: validSurvey(s)}
	for _, status := range statuses {
		out.Status = append(out.Status, StatusRow{status, s.Totals.Objects[status], s.Totals.Bytes[status]})
	}
	return writeJSON(w, out)
}

// validSurvey returns the survey with texts that JSON can have.
func validSurvey(s *scan.Survey) *scan.Survey {
	v := *s
	v.Sources, v.Groups, v.Places = validAll(s.Sources), append([]scan.SurveyGroup{}, s.Groups...), append([]scan.SurveyPlace{}, s.Places...)
	for i := range v.Groups {
		g := &v.Groups[i]
		g.Kind, g.Example = valid(g.Kind), valid(g.Example)
	}
	for i := range v.Places {
		p := &v.Places[i]
		p.Account, p.Region = valid(p.Account), valid(p.Region)
	}
	return &v
}

// inventoryHeads say what will become of the objects of a status.
var inventoryHeads = map[scan.Status]string{
	scan.Parsed:     "Will be read as CloudTrail records",
	scan.Recognised: "Holds no event itself: something else, or an archive, whose members are counted each as what they are",
	scan.Damaged:    "Will be read in part: damage shows at the beginning already",
	scan.Unreadable: "Will not be read, although it may hold events",
	scan.OutOfScope: "Out of scope by name",
}

// inventoryPlaces is how many accounts and regions the text lists.
const inventoryPlaces = 60

// WriteInventory writes a survey as text. Nothing in it can steer a terminal.
func WriteInventory(w io.Writer, s *scan.Survey) error {
	var b strings.Builder
	t := &s.Totals
	fmt.Fprintf(&b, "%-9s%s\n", "Evidence", Terminal(strings.Join(s.Sources, ", ")))
	fmt.Fprintf(&b, "%-9s%s listed = %s\n", "Objects", number(t.Listed), planned(t.Objects))
	fmt.Fprintf(&b, "%-9s%s stored = %s\n", "Bytes", number(ofAll(t.Bytes)), planned(t.Bytes))
	b.WriteString("\nEach object was looked at from its beginning; damage further on shows only when it is read.\n")
	status := scan.Status("")
	for i := range s.Groups {
		g := &s.Groups[i]
		if g.Status != status {
			status = g.Status
			fmt.Fprintf(&b, "\n%s:\n", inventoryHeads[status])
		}
		kind := g.Kind
		if g.Status == scan.Parsed && g.Shape != "" {
			kind += " (" + g.Shape + ")"
		}
		fmt.Fprintf(&b, "  %9s  %11s  %s, such as %s\n", number(g.Objects), size(g.Bytes), short(kind), short(g.Example))
	}
	if s.MoreGroups > 0 {
		fmt.Fprintf(&b, "  and %s of further kinds\n", plural(s.MoreGroups, "object"))
	}
	writePlaces(&b, s)
	_, err := io.WriteString(w, b.String())
	return err
}

func planned(parts map[scan.Status]int64) string {
	names := [...]string{"to be read", "recognised as something else", "damaged", "unreadable", "out of scope"}
	var out []string
	for i, status := range statuses {
		out = append(out, number(parts[status])+" "+names[i])
	}
	return strings.Join(out, " + ")
}

func writePlaces(b *strings.Builder, s *scan.Survey) {
	if len(s.Places) == 0 {
		return
	}
	b.WriteString("\nAccounts and regions, with days of delivery as names tell; * of the first record, where no name does:\n")
	for i := range s.Places[:min(len(s.Places), inventoryPlaces)] {
		p := &s.Places[i]
		mark := " "
		if p.Inferred {
			mark = "*"
		}
		days := p.First
		if p.Last != p.First {
			days += " to " + p.Last
		}
		fmt.Fprintf(b, "%s %-13s %-16s %-25s %s, %s, %s\n", mark, short(orID(p.Account, "no account")), short(orID(p.Region, "no region")), days,
			plural(int64(p.Days), "day"), plural(p.Objects, "object"), size(p.Bytes))
	}
	if more := int64(len(s.Places) - inventoryPlaces); more > 0 {
		fmt.Fprintf(b, "  and %s more: -f json has all\n", number(more))
	}
	if s.MorePlaces > 0 {
		fmt.Fprintf(b, "  and %s of others\n", plural(s.MorePlaces, "object"))
	}
}
