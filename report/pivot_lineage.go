package report

import (
	"context"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// callerLeaves are the columns that make a detect.Caller, in the order of its fields.
var callerLeaves = leavesNamed("useridentity.type", "principal", "credential", "session_start", "useridentity.sessioncontext.sessionissuer.arn",
	"useridentity.invokedby", "sourceidentity", "useridentity.onbehalfof.userid", "useridentity.accountid")

const callerFields = 9

// issuingLeaves are those that an event which hands out a credential is asked for besides.
var (
	issuingLeaves = leavesNamed("sharedeventid", "requestparameters", "responseelements", "additionaleventdata", "serviceeventdetails")
	leafShared    = issuingLeaves[0]
	issuingJSON   = map[string]int{"requestParameters": issuingLeaves[1], "responseElements": issuingLeaves[2],
		"additionalEventData": issuingLeaves[3], "serviceEventDetails": issuingLeaves[4]}
)

// callerOf returns a row's identity, which aliases the block.
func (b *block) callerOf(row int) (c detect.Caller) {
	for i, to := range [callerFields]*string{&c.Type, &c.Principal, &c.Key, &c.SessionStart, &c.Role, &c.InvokedBy, &c.SourceIdentity, &c.OnBehalfOf, &c.Account} {
		text, _ := b.bytes(callerLeaves[i], row)
		*to = textOf(text)
	}
	return c
}

// callerNumbers are the numbers of a row's values in the columns of its identity: rows of
// one block that have the same are of one caller.
type callerNumbers [callerFields]int32

func (b *block) callerNumbers(row int) (n callerNumbers) {
	for i, leaf := range callerLeaves {
		n[i] = max(b.vectors[leaf].index[row], -1)
	}
	return n
}

// isCall reports whether a row is a call: insights and aggregated events are none. The
// column of kinds must be loaded.
func (b *block) isCall(row int) bool {
	kind, _ := b.bytes(leafKind, row)
	return string(kind) == kindEvent || string(kind) == kindNetworkActivity
}

// A blockLineage is what the events of a block tell of lineage.
type blockLineage struct {
	b     *block // what is below aliases it
	uses  []callerUse
	sub   *block // the rows that hand out credentials
	issue []int
}

// A callerUse is the calls of one caller in a block.
type callerUse struct {
	caller detect.Caller
	span   span64
	calls  int64
}

// Lineage makes the graph of all credentials of the case, in one pass that reads the
// columns of identity, and of the events that hand out credentials the request and the
// answer. The marks of the graph are the events' ordinals. limit is that of detect.NewLineage.
func (s *EventStore) Lineage(ctx context.Context, limit int) (*detect.Lineage, error) {
	l := detect.NewLineage(limit)
	names := map[string]bool{}
	for _, name := range detect.IssuingNames() {
		names[name] = true
	}
	load := append([]int{leafTime, leafKind, leafName, leafSource, leafErrorCode}, callerLeaves...)
	err := eachBlock(ctx, s, nil, func(b *block) (*blockLineage, error) {
		if err := b.load(load); err != nil {
			return nil, err
		}
		return lineageIn(b, names)
	}, func(found *blockLineage) error {
		defer found.taken()
		for i := range found.uses {
			u := &found.uses[i]
			l.See(&u.caller, time.UnixMicro(u.span.from), time.UnixMicro(u.span.to), u.calls)
		}
		for _, row := range found.issue {
			l.Issue(found.sub.issuingEvent(row))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	l.Settle()
	return l, nil
}

// lineageIn sums a block up by its callers, and finds what hands out credentials.
func lineageIn(b *block, names map[string]bool) (*blockLineage, error) {
	found := &blockLineage{b: b}
	known := map[callerNumbers]int{}
	called := b.vectors[leafName]
	may := make([]bool, called.values()) // by name: whether it can hand out a credential
	for n := range may {
		may[n] = names[textOf(called.value(int32(n)))]
	}
	issuing := newRowBits(b.group.rows)
	for row := range b.rows {
		if !b.isCall(row) {
			continue
		}
		at := b.number(leafTime, row)
		numbers := b.callerNumbers(row)
		i, ok := known[numbers]
		if !ok {
			i = len(found.uses)
			known[numbers] = i
			found.uses = append(found.uses, callerUse{b.callerOf(row), span64{at, at}, 0})
		}
		u := &found.uses[i]
		u.span, u.calls = u.span.and(span64{at, at}), u.calls+1
		if n := called.index[row]; n >= 0 && may[n] {
			issuing.set(row)
			found.issue = append(found.issue, row)
		}
	}
	if found.issue == nil {
		return found, nil
	}
	found.sub = newBlock(b.store, b.pages, b.group)
	found.sub.selected = issuing
	copy(found.sub.vectors, b.vectors)
	return found, found.sub.load(issuingLeaves)
}

// taken gives the memory of the columns back.
func (l *blockLineage) taken() {
	if l.sub != nil {
		for i, v := range l.b.vectors {
			if l.sub.vectors[i] == v {
				l.sub.vectors[i] = nil
			}
		}
		l.sub.taken()
	}
	l.b.taken()
}

// issuingEvent returns a row as lineage takes it.
func (b *block) issuingEvent(row int) *detect.IssuingEvent {
	text := func(leaf int) string {
		t, _ := b.bytes(leaf, row)
		return textOf(t)
	}
	return &detect.IssuingEvent{
		Source: text(leafSource), Name: text(leafName), Caller: b.callerOf(row), Time: b.time(row), Mark: b.ordinal(row),
		SharedID: text(leafShared), Failed: text(leafErrorCode) != "",
		Get: func(path string) (parser.Value, bool) {
			member, rest, _ := strings.Cut(path, ".")
			leaf, ok := issuingJSON[member]
			if !ok {
				return parser.Value{}, false
			}
			raw, _ := b.bytes(leaf, row)
			r := parser.Record{Raw: raw}
			return r.Get(rest)
		},
	}
}
