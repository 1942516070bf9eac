package scan

import (
	"fmt"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// likeness tells of an export whether all its records share the value of an attribute
// by which LookupEvents, the console and others filter: then somebody may have asked
// for no others.
type likeness struct {
	records int
	values  [len(lookupAttributes)]string
	differ  [len(lookupAttributes)]bool
}

var lookupAttributes = [...]string{"EventName", "EventSource", "AccessKeyId", "user name", "ReadOnly"}

// fewRecords may well be alike by chance.
const fewRecords = 5

func (l *likeness) see(r *parser.Record) {
	for i, v := range [...]string{r.Name, r.EventSource, r.Identity.AccessKeyID, r.Identity.UserName, r.ReadOnly} {
		switch {
		case l.differ[i]:
		case l.records == 0:
			l.values[i] = strings.Clone(v)
		case l.values[i] != v:
			l.differ[i] = true
		}
	}
	l.records++
}

// notes says what the records have in common. What none of them has does not count.
func (l *likeness) notes() (notes []string) {
	if l.records < fewRecords {
		return nil
	}
	for i, v := range l.values {
		if !l.differ[i] && v != "" {
			notes = append(notes, fmt.Sprintf("possibly filtered: all %d records have the %s %.200q; the absence of other events proves nothing", l.records, lookupAttributes[i], v))
		}
	}
	return notes
}
