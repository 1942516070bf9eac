package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
)

// What examiners hold, what responders did, and the ledgers of all the evidence.

func (b *htmlBuilder) judgedSection() {
	j := b.Judgements
	if j == nil {
		return
	}
	blocks := []htmlBlock{
		{Note: "What examiners hold, which this report follows. Nothing here is coldtrail's own conclusion. The narrower judgement counts; one goes down from a credential to what came from it, and not up. All of them, withdrawn ones too, are in judgements.jsonl."},
		{Para: append(plainCell("Those in force together: SHA-256"), htmlBit{Text: " "}, htmlBit{Text: j.SHA256, Class: "code"})},
		b.table("Judgements", "Judgement,What,Held to be,Of events,By,Made,Because,#Events decided,#In findings,#Inherited by", len(j.Rows), func(i int) []htmlCell {
			r := &j.Rows[i]
			as := string(r.As)
			if r.Disputed {
				as += " (disputed)"
			}
			return []htmlCell{valueCell(shortID(r.ID)), append(plainCell("%s", r.Kind), htmlBit{Text: " "}, htmlBit{Text: r.Subject, Class: "code"}), {{Text: as, Class: "strong"}}, plainCell("%s", strings.TrimSpace(r.when()+r.whenever())),
				valueCell(r.By), {{Text: moment(r.At), Class: "time"}}, plainCell("%s", r.Because), numberCell(r.Events), numberCell(r.InFindings), numberCell(int64(r.Inherited))}
		}, "report.json, judgements", ""),
	}
	var notes []htmlCell
	for i := range j.Disagreements {
		d := &j.Disagreements[i]
		notes = append(notes, htmlCell{{Text: fmt.Sprintf("Disagreement about %s ", d.Kind), Class: "strong"}, {Text: d.Name, Class: "code"}, {Text: fmt.Sprintf(": %s. Until they agree it counts as %s.", d.text(func(s string) string { return s }), d.CountsAs)}})
	}
	for i := range j.SetAside {
		a := &j.SetAside[i]
		notes = append(notes, plainCell("%s: %s. Because: %s", a.how(), a.Judgement.String(), a.Reason))
	}
	for i := range j.Idle {
		notes = append(notes, plainCell("Without effect: %s", j.Idle[i].String()))
	}
	if notes != nil {
		blocks = append(blocks, htmlBlock{List: notes})
	}
	b.section("judgements", "Judgements", "Judgements of examiners", blocks...)
}

func (b *htmlBuilder) respondersSection() {
	r := b.Responders
	if r == nil {
		return
	}
	blocks := []htmlBlock{
		{Note: "What those did who look into the incident, as examiners say. It counts in no figure of the suspects."},
		b.table("Responders", "Credential or principal,#Events,First and last,Source IPs", len(r.Actors), func(i int) []htmlCell {
			a := &r.Actors[i]
			return []htmlCell{valueCell(a.name()), numberCell(a.Events), duringCell(a.Span), valuesCell(&a.Addresses, 5)}
		}, "report.json, responders", beyond(r.OtherEvents, "identities")),
		{Sub: "Their actions"}, b.table("Actions of responders", "Service,Action,#Events,#Succeeded,#Denied,#Failed otherwise,First and last", len(r.Actions), func(i int) []htmlCell {
			a := &r.Actions[i]
			return append(append([]htmlCell{valueCell(a.Service), valueCell(a.Action)}, countCells(&a.Counts)...), duringCell(a.Span))
		}, "report.json, responders.actions", ""),
	}
	if len(r.Left) > 0 {
		blocks = append(blocks, htmlBlock{Sub: "What they left behind"}, b.table("What responders left behind", persistenceColumns, len(r.Left), func(i int) []htmlCell { return b.persistenceRow(&r.Left[i]) }, "report.json, responders.left_behind", ""))
	}
	b.section("responders", "Responders", "Responders", blocks...)
}

// htmlLedgers are the first rows of the ledgers, and how many there are.
type htmlLedgers struct {
	there             bool
	persistence       []PersistenceRow
	data              []DataRow
	defences          []DefenceRow
	allP, allD, allDf int
}

// readHTMLLedgers reads the ledgers in dir, of which the report says how many rows they have.
func readHTMLLedgers(dir string, m *Model) (out htmlLedgers, err error) {
	if out.persistence, out.allP, err = firstLines[PersistenceRow](dir, persistenceFile); err != nil {
		return out, err
	}
	if out.data, out.allD, err = firstLines[DataRow](dir, dataFile); err != nil {
		return out, err
	}
	if out.defences, out.allDf, err = firstLines[DefenceRow](dir, defencesFile); err != nil {
		return out, err
	}
	out.there = out.allP >= 0 && out.allD >= 0 && out.allDf >= 0
	l := &m.Ledgers
	return out, errors.Join(l.Persistence.fits(out.allP), l.Data.fits(out.allD), l.Defences.fits(out.allDf))
}

// firstLines reads the first rows of a file, and counts its lines; -1: there is no such file.
func firstLines[T any](dir, name string) (rows []T, n int, err error) {
	for v, err := range jsonLines[T](dir, name) {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, -1, nil
		} else if err != nil {
			return nil, 0, err
		}
		if rows = append(rows, v); len(rows) == htmlFolds[0].rows {
			break
		}
	}
	n, err = countLines(filepath.Join(dir, name))
	return rows, n, err
}

// countLines counts the lines of a file, of which each ends with a line break.
func countLines(path string) (n int, err error) {
	f, err := openCaseFile(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	b := make([]byte, 64<<10)
	for {
		k, err := f.Read(b)
		n += bytes.Count(b[:k], []byte{'\n'})
		if err == io.EOF {
			return n, nil
		} else if err != nil {
			return 0, pathless(err)
		}
	}
}

func (b *htmlBuilder) ledgersSection() {
	l := &b.ledgers
	if !l.there {
		return
	}
	b.section("ledgers", "Ledgers", "Ledgers of all the evidence",
		htmlBlock{Note: "What all of the evidence shows, by whomever: a link says what ties a row to suspects, and a dash that nothing does. In the order of the first events."},
		htmlBlock{Sub: "Persistence"}, b.table("Ledger of persistence", persistenceColumns, len(l.persistence), func(i int) []htmlCell { return b.persistenceRow(&l.persistence[i]) }, persistenceFile, furtherLines(l.allP-len(l.persistence), persistenceFile)),
		htmlBlock{Sub: "Data access"}, b.table("Ledger of data access", "Kind,Resource,By,Link,#Events,#Succeeded,#Denied,#Objects,#Bytes sent,First event,First and last", len(l.data), func(i int) []htmlCell {
			r := &l.data[i]
			return []htmlCell{plainCell("%s", r.Kind), valueCell(r.Resource), valueCell(r.Actor), linkCell(r.Link), numberCell(r.Events), numberCell(r.Succeeded), numberCell(r.Denied), numberCell(r.Objects), plainCell("%s", r.sent()), b.event("event", r.FirstEvent, r.Ordinal), duringCell(r.Span)}
		}, dataFile, furtherLines(l.allD-len(l.data), dataFile)),
		htmlBlock{Sub: "Defences"}, b.table("Ledger of defences", "State,Kind,What,Target,Account and region,Link,By,From,To,Restored by", len(l.defences), func(i int) []htmlCell {
			r := &l.defences[i]
			end, class := valueCell(""), "tag gone"
			if r.Ended != nil {
				end = b.mark(r.Ended)
			}
			if r.Open {
				class = "tag here"
			}
			return []htmlCell{{{Text: r.State, Class: class}}, plainCell("%s", r.Kind), plainCell("%s", r.What), valueCell(r.Target), valueCell(strings.TrimSpace(r.Account + " " + r.Region)), linkCell(r.Link), b.mark(&r.By), {{Text: moment(r.From), Class: "time"}}, {{Text: moment(r.To), Class: "time"}}, end}
		}, defencesFile, furtherLines(l.allDf-len(l.defences), defencesFile)))
}

// furtherLines says what of a file was not read.
func furtherLines(n int, file string) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("+%s in %s.", number(int64(n)), file)
}

func linkCell(l Link) htmlCell {
	if l == "" {
		return valueCell("")
	}
	return htmlCell{{Text: string(l), Class: "strong"}}
}
