package report

import (
	"fmt"
	"slices"
	"strings"
)

// This file lists answers together that are alike: the same question of many regions
// and resources has mostly the same answer, but for numbers, and for the moments of
// first events.

// A folded is answers of one account that are the same but for what was measured.
type folded struct {
	questions []foldedQuestion // with the same answer, of the same regions and resources
	where     []foldedPlaces
	statuses  []foldedStatus
	alike     []*Answer
}

// foldedPlaces are names of regions, or of resources, and what of them is meant.
type foldedPlaces struct {
	of    string
	names []string
}

// A foldedStatus says what holds until when, and why.
type foldedStatus struct{ text, reason string }

// A foldedQuestion has its own events: those of one may be among those of another.
type foldedQuestion struct {
	text   string
	events int64
}

// key is what answers to one question that are listed together have in common.
func (a *Answer) key() string {
	var b strings.Builder
	b.WriteString(a.Question)
	if a.LogBucket {
		b.WriteString("\x00log bucket")
	}
	for i := range a.Segments {
		b.WriteString("\x00" + string(a.Segments[i].Status) + "\x00" + a.Segments[i].folded)
	}
	return b.String()
}

// fold lists an account's answers together, by question. regions is how many the account has.
func (c *LogCoverage) fold(account string, regions int) (out []*folded) {
	byKey, named := make(map[string]*folded), make(map[string]bool)
	var all []*folded
	var questions []string
	for i := range c.Answers {
		a := &c.Answers[i]
		if a.Account != account {
			continue
		}
		if a.Resource != "*" {
			named[a.Type] = true
		}
		key := a.key()
		if byKey[key] == nil {
			byKey[key] = &folded{questions: []foldedQuestion{{text: a.Question}}}
			all = append(all, byKey[key])
		}
		if !slices.Contains(questions, a.Question) {
			questions = append(questions, a.Question)
		}
		f := byKey[key]
		f.alike = append(f.alike, a)
		f.questions[0].events += a.Events
	}
	slices.SortStableFunc(all, func(a, b *folded) int {
		return slices.Index(questions, a.questions[0].text) - slices.Index(questions, b.questions[0].text)
	})
	for _, f := range all {
		f.where = f.places(regions, named)
		f.statuses = f.told()
		same := slices.IndexFunc(out, f.same)
		if same < 0 {
			out = append(out, f)
			continue
		}
		o := out[same]
		o.questions, o.alike = append(o.questions, f.questions...), append(o.alike, f.alike...)
	}
	return out
}

// same reports whether both tell the same of the same regions and resources.
func (f *folded) same(o *folded) bool {
	return f.alike[0].LogBucket == o.alike[0].LogBucket && slices.Equal(f.statuses, o.statuses) &&
		slices.EqualFunc(f.where, o.where, func(a, b foldedPlaces) bool { return a.of == b.of && slices.Equal(a.names, b.names) })
}

// told says what holds until when. Where the moments differ, the first and the
// last are given.
func (f *folded) told() (out []foldedStatus) {
	segments := f.alike[0].Segments
	for i := range segments {
		s := string(segments[i].Status)
		switch {
		case len(segments) == 1:
			s += " throughout"
		case i == len(segments)-1:
			s = "then " + s
		default:
			s += " until " + f.until(i)
		}
		out = append(out, foldedStatus{s, segments[i].folded})
	}
	return out
}

// until writes the first and the last end of a segment.
func (f *folded) until(i int) string {
	first := f.alike[0].Segments[i].To
	last := first
	for _, a := range f.alike[1:] {
		switch to := a.Segments[i].To; {
		case to.Before(first):
			first = to
		case to.After(last):
			last = to
		}
	}
	if first.Equal(last) {
		return moment(first)
	}
	return moment(first) + ".." + moment(last)
}

// text writes the answers, in one line if there is room for them in it.
func (f *folded) text(t coverText, reasons *reasonList) {
	heads, where := make([]string, len(f.questions)), make([]string, len(f.where))
	for i, q := range f.questions {
		heads[i] = q.text
		if q.events > 0 {
			heads[i] += " (" + plural(q.events, "event") + ")"
		}
	}
	for i, w := range f.where {
		where[i] = w.of + listed(w.names, ", ")
	}
	head := strings.Join(heads, ", ")
	head = strings.ToUpper(head[:1]) + head[1:] + ": " + strings.Join(where, "; ")
	if f.alike[0].LogBucket {
		head += " (holds the logs themselves)"
	}
	statuses := f.numbered(reasons)
	if one := strings.Join(statuses, " "); len(head)+len(one) < textWidth {
		t.line("    %s: %s", head, one)
		return
	}
	t.line("    %s", head)
	line := ""
	for _, s := range statuses {
		if line != "" && len(line)+len(s) >= textWidth {
			t.line("      %s", line)
			line = ""
		}
		line = strings.TrimLeft(line+" "+s, " ")
	}
	t.line("      %s", line)
}

// numbered writes the statuses with the numbers of their reasons: the first ones and the last.
func (f *folded) numbered(reasons *reasonList) (out []string) {
	for i, s := range f.statuses {
		more, last := len(f.statuses)-textStatuses, i == len(f.statuses)-1
		switch {
		case more > 1 && i == textStatuses-1:
			out = append(out, "… +"+moreOf(int64(more), "time")+";")
		case more > 1 && i >= textStatuses && !last:
		default:
			out = append(out, fmt.Sprintf("%s [%d]%s", s.text, reasons.number(s.reason), orText(last, "", ";")))
		}
	}
	return out
}

// places names the regions and resources of the answers. regions is how many the
// account has; where no bucket, function or table is named, nothing is said of others.
func (f *folded) places(regions int, named map[string]bool) (out []foldedPlaces) {
	var names []string
	regionsOf := make(map[string][]string)
	var order []string
	for _, a := range f.alike {
		if a.Type != "" && a.Resource != "*" {
			names = append(names, a.resourceName())
			continue
		}
		of := a.rest(named)
		if !slices.Contains(order, of) {
			order = append(order, of)
		}
		regionsOf[of] = append(regionsOf[of], a.Regions...)
	}
	for _, of := range order {
		out = append(out, foldedPlaces{of, regionList(regionsOf[of], regions)})
	}
	if len(names) > 0 {
		out = append(out, foldedPlaces{"", names})
	}
	return out
}

// resourceName names a resource, and its region where the name does not.
func (a *Answer) resourceName() string {
	name := a.Resource
	if name == "" {
		name = a.Type + " without a name"
	}
	if len(a.Regions) == 0 || len(a.Regions) == 1 && strings.HasPrefix(name, "arn:") && strings.Contains(name, ":"+a.Regions[0]+":") {
		return name
	}
	return name + " (" + strings.Join(regionList(a.Regions, 0), ", ") + ")"
}

// rest says what the answer about all other resources of a type is about.
func (a *Answer) rest(named map[string]bool) string {
	words, known := a.restWords()
	switch {
	case a.Type == "" || known && !named[a.Type]:
		return ""
	case !named[a.Type]:
		return "all of " + a.Type + " in "
	}
	return words + " in "
}

func (a *Answer) restWords() (words string, known bool) {
	switch a.Type {
	case s3Object:
		return "other buckets", true
	case lambdaFunction:
		return "other functions", true
	case dynamoTable:
		return "other tables", true
	}
	return "others of " + a.Type, false
}

// regionList names regions; all that the account has, where it has several, by their number.
func regionList(regions []string, all int) []string {
	if len(regions) == 0 {
		return []string{noRegion}
	}
	names := make([]string, len(regions))
	for i, r := range regions {
		names[i] = regionName(r)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == all && all > 1 {
		return []string{"all " + plural(int64(all), "region")}
	}
	return names
}

// A reasonList numbers reasons, from 1, in the order in which they are given.
type reasonList struct {
	texts   []string
	numbers map[string]int
}

func (l *reasonList) number(text string) int {
	n, ok := l.numbers[text]
	if !ok {
		l.texts = append(l.texts, text)
		n = len(l.texts)
		l.numbers[text] = n
	}
	return n
}

// text writes the reasons that were given by their numbers.
func (l *reasonList) text(t coverText) {
	if len(l.texts) == 0 {
		return
	}
	t.head("Why (n, t: numbers and times, each in --format json; A..B above: at moments from A to B, by region or resource)")
	for i, r := range l.texts {
		for j, s := range wrap(r, textWidth) {
			t.line("  %-4s %s", orText(j == 0, fmt.Sprintf("[%d]", i+1), ""), s)
		}
	}
}
