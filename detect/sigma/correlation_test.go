package sigma

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// base is a rule of one event's name, which is the rule's name, too.
func base(names ...string) (text string) {
	for _, name := range names {
		text += fmt.Sprintf("---\ntitle: Title of %s\nname: %[1]s\nlogsource: {product: aws, service: cloudtrail}\nlevel: low\ndetection: {selection: {eventName: %[1]s}, condition: selection}\n", name)
	}
	return text
}

// corr is a correlation, its member as YAML in flow style.
func corr(name, correlation string) string {
	return fmt.Sprintf("---\ntitle: Title of %s\nname: %[1]s\nlevel: high\ncorrelation: %s\n", name, correlation)
}

// happen makes events of "second name user [member=value …]", one a line; their IDs count from 0.
func happen(t testing.TB, script string) (events []string) {
	t.Helper()
	for line := range strings.Lines(script) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		var second int
		if _, err := fmt.Sscan(words[0], &second); err != nil {
			t.Fatal(err)
		}
		more := ""
		for _, w := range words[3:] {
			name, value, _ := strings.Cut(w, "=")
			more += fmt.Sprintf(`,%q:%s`, name, value)
		}
		at := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC).Add(time.Duration(second) * time.Second)
		events = append(events, fmt.Sprintf(`{"eventTime":%q,"eventID":"%d","eventName":%q,"eventSource":"x.amazonaws.com","userIdentity":{"type":"IAMUser","userName":%q}%s}`,
			at.Format(time.RFC3339), len(events), words[1], words[2], more))
	}
	return events
}

// outline says which events make up which findings of the detectors.
func outline(found []detect.Finding) string {
	type whole struct {
		head string
		ids  []string
	}
	var all []*whole
	at := map[string]*whole{}
	for _, f := range found { // the parts of a finding are one
		key := f.Detector + "\x00" + f.Subject + "\x00" + f.Opened.ID
		if at[key] == nil {
			at[key] = &whole{head: f.Detector + " " + f.Subject}
			all = append(all, at[key])
		}
		for _, e := range f.Events {
			at[key].ids = append(at[key].ids, e.ID)
		}
	}
	var lines []string
	for _, w := range all {
		slices.SortFunc(w.ids, func(a, b string) int {
			if len(a) != len(b) {
				return len(a) - len(b)
			}
			return strings.Compare(a, b)
		})
		lines = append(lines, w.head+": "+strings.Join(w.ids, " "))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// shuffled puts the events of each second in another order.
func shuffled(rng *rand.Rand, events []string) []string {
	mixed := slices.Clone(events)
	rng.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	second := func(s string) string { return s[len(`{"eventTime":"`):][:20] }
	slices.SortStableFunc(mixed, func(a, b string) int { return strings.Compare(second(a), second(b)) })
	return mixed
}

var correlations = []struct {
	name, rules, events, want string
}{
	{"count", base("a") + corr("c", "{type: event_count, rules: [a], group-by: [userIdentity.userName], timespan: 10s, condition: {gte: 3}}"),
		"0 a u\n5 a u\n6 a v\n10 a u\n11 b u\n40 a u\n", "c u: 0 1 3"},
	{"the span is both ends included", base("a") + corr("c", "{type: event_count, rules: a, timespan: 10s, condition: {gte: 2}}"),
		"0 a u\n10 a u\n21 a u\n", "c all events: 0 1"},
	{"windows that overlap are one", base("a") + corr("c", "{type: event_count, rules: [a], timespan: 10s, condition: {gte: 2}}"),
		"0 a u\n8 a u\n16 a u\n24 a u\n60 a u\n90 a u\n95 a u\n", "c all events: 0 1 2 3\nc all events: 5 6"},
	{"gt", base("a") + corr("c", "{type: event_count, rules: [a], timespan: 1m, condition: {gt: 2}}"),
		"0 a u\n1 a u\n", ""},
	{"eq is judged over whole windows", base("a") + corr("c", "{type: event_count, rules: [a], timespan: 10s, condition: {eq: 2}}"),
		"0 a u\n5 a u\n20 a u\n21 a u\n22 a u\n40 a u\n", "c all events: 0 1"},
	{"lt", base("a") + corr("c", "{type: event_count, rules: [a], group-by: [userIdentity.userName], timespan: 10s, condition: {lt: 2}}"),
		"0 a u\n5 a u\n7 a v\n", "c v: 2"},
	{"a range", base("a") + corr("c", "{type: event_count, rules: [a], timespan: 10s, condition: {gte: 2, lte: 3}}"),
		"0 a u\n1 a u\n2 a u\n3 a u\n20 a u\n21 a u\n", "c all events: 4 5"},
	{"several rules count together", base("a", "b") + corr("c", "{type: event_count, rules: [a, b], timespan: 10s, condition: {gte: 2}}"),
		"0 a u\n1 b u\n", "c all events: 0 1"},
	{"an event without the group's member", base("a") + corr("c", "{type: event_count, rules: [a], group-by: [awsRegion], timespan: 10s, condition: {gte: 2}}"),
		"0 a u\n1 a u awsRegion=\"x\"\n2 a u\n", "c (missing): 0 2"},
	{"two members to group by", base("a") + corr("c", "{type: event_count, rules: [a], group-by: [userIdentity.userName, awsRegion], timespan: 10s, condition: {gte: 2}}"),
		"0 a u awsRegion=\"x\"\n1 a u awsRegion=\"y\"\n2 a u awsRegion=\"x\"\n", "c u, x: 0 2"},
	{"distinct values", base("a") + corr("c", "{type: value_count, rules: [a], timespan: 10s, condition: {field: awsRegion, gte: 2}}"),
		"0 a u awsRegion=\"x\"\n1 a u awsRegion=\"x\"\n2 a u\n13 a u awsRegion=\"y\"\n14 a u awsRegion=\"z\"\n", "c all events: 3 4"},
	{"distinct pairs", base("a") + corr("c", "{type: value_count, rules: [a], timespan: 10s, condition: {field: [awsRegion, userIdentity.userName], gte: 3}}"),
		"0 a u awsRegion=\"x\"\n1 a v awsRegion=\"x\"\n2 a u awsRegion=\"x\"\n3 a u awsRegion=\"y\"\n", "c all events: 0 1 2 3"},
	{"distinct, at most", base("a") + corr("c", "{type: value_count, rules: [a], timespan: 10s, condition: {field: awsRegion, lte: 1}}"),
		"0 a u awsRegion=\"x\"\n1 a u awsRegion=\"x\"\n20 a u awsRegion=\"x\"\n21 a u awsRegion=\"y\"\n", "c all events: 0 1"},
	{"every member of an array is a value", base("a") + corr("c", "{type: value_count, rules: [a], timespan: 10s, condition: {field: requestParameters.k.n, gte: 2}}"),
		"0 a u requestParameters={\"k\":[{\"n\":1},{\"n\":2}]}\n", "c all events: 0"},
	{"temporal", base("a", "b") + corr("c", "{type: temporal, rules: [a, b], group-by: [userIdentity.userName], timespan: 10s}"),
		"0 b u\n5 a u\n6 a v\n20 b v\n", "c u: 0 1"},
	{"temporal by number", base("a", "b", "d") + corr("c", "{type: temporal, rules: [a, b, d], timespan: 10s, condition: {gte: 2}}"),
		"0 a u\n5 a u\n9 d u\n", "c all events: 0 1 2"},
	{"temporal, fewer than", base("a", "b") + corr("c", "{type: temporal, rules: [a, b], timespan: 10s, condition: {lt: 2}}"),
		"0 a u\n5 b u\n30 b u\n", "c all events: 2"},
	{"ordered", base("a", "b") + corr("c", "{type: temporal_ordered, rules: [a, b], group-by: [userIdentity.userName], timespan: 10s}"),
		"0 b u\n5 a u\n20 a v\n25 b v\n", "c v: 2 3"},
	{"ordered, the same second", base("a", "b") + corr("c", "{type: temporal_ordered, rules: [a, b], timespan: 10s}"),
		"3 b u\n3 a u\n", "c all events: 0 1"},
	{"ordered, three, with others between", base("a", "b", "d") + corr("c", "{type: temporal_ordered, rules: [a, b, d], timespan: 10s}"),
		"0 a u\n1 d u\n2 b u\n3 a u\n9 d u\n", "c all events: 0 1 2 3 4"},
	{"ordered, too slow", base("a", "b", "d") + corr("c", "{type: temporal_ordered, rules: [a, b, d], timespan: 10s}"),
		"0 a u\n5 b u\n11 d u\n", ""},
	{"ordered by number", base("a", "b", "d") + corr("c", "{type: temporal_ordered, rules: [a, b, d], timespan: 10s, condition: {gte: 2}}"),
		"0 d u\n1 a u\n2 d u\n40 d u\n41 b u\n42 a u\n", "c all events: 0 1 2"},
	{"extended", base("a", "b", "d") + corr("c", "{type: temporal, timespan: 10s, condition: (a or b) and d}"),
		"0 b u\n5 d u\n30 a u\n31 b u\n", "c all events: 0 1"},
	{"extended with not", base("a", "b") + corr("c", "{type: temporal, rules: [a, b], group-by: [userIdentity.userName], timespan: 10s, condition: a and not b}"),
		"0 a u\n5 b u\n5 a v\n40 a u\n", "c u: 3\nc v: 2"},
	{"extended, not of or", base("a", "b", "d") + corr("c", "{type: temporal, timespan: 10s, condition: a and not (b or d)}"),
		"0 a u\n1 d u\n30 a u\n", "c all events: 2"},
	{"extended in order", base("a", "b", "d") + corr("c", "{type: temporal_ordered, timespan: 10s, condition: (a or b) and d}"),
		"0 d u\n1 b u\n30 b u\n33 d u\n", "c all events: 2 3"},
	{"long values", base("a") + corr("c", "{type: value_count, rules: [a], timespan: 10s, condition: {field: awsRegion, gte: 2}}"),
		"0 a u awsRegion=\"" + strings.Repeat("x", 1000) + "1\"\n1 a u awsRegion=\"" + strings.Repeat("x", 1000) + "1\"\n30 a u awsRegion=\"" + strings.Repeat("x", 1000) + "1\"\n31 a u awsRegion=\"" + strings.Repeat("x", 1000) + "2\"\n",
		"c all events: 2 3"},
	{"sum", base("a") + corr("c", "{type: value_sum, rules: [a], timespan: 10s, condition: {field: additionalEventData.bytesTransferredOut, gte: 100}}"),
		"0 a u additionalEventData={\"bytesTransferredOut\":60}\n5 a u additionalEventData={\"bytesTransferredOut\":39}\n6 a u additionalEventData={\"bytesTransferredOut\":\"x\"}\n12 a u additionalEventData={\"bytesTransferredOut\":61}\n",
		"c all events: 1 2 3"},
	{"average", base("a") + corr("c", "{type: value_avg, rules: [a], timespan: 10s, condition: {field: p.n, gt: 2}}"),
		"0 a u p={\"n\":4}\n1 a u p={\"n\":1}\n20 a u p={\"n\":1}\n21 a u p={\"n\":2}\n", "c all events: 0 1"},
	{"median", base("a") + corr("c", "{type: value_median, rules: [a], timespan: 10s, condition: {field: p.n, gte: 5}}"),
		"0 a u p={\"n\":1}\n1 a u p={\"n\":5}\n2 a u p={\"n\":9}\n20 a u p={\"n\":1}\n21 a u p={\"n\":2}\n22 a u p={\"n\":100}\n", "c all events: 0 1 2"},
	{"percentile", base("a") + corr("c", "{type: value_percentile, rules: [a], timespan: 10s, condition: {field: p.n, percentile: 90, lt: 10}}"),
		"0 a u p={\"n\":1}\n1 a u p={\"n\":5}\n20 a u p={\"n\":1}\n21 a u p={\"n\":11}\n", "c all events: 0 1"},
	{"aliases", base("a", "b") + corr("c", "{type: temporal, rules: [a, b], group-by: [who], timespan: 10s, aliases: {who: {a: userIdentity.userName, b: requestParameters.userName}}}"),
		"0 a u\n1 b x requestParameters={\"userName\":\"u\"}\n2 b u requestParameters={\"userName\":\"y\"}\n", "c u: 0 1"},
	{"chained", base("a", "b") + corr("many", "{type: event_count, rules: [a], group-by: [awsRegion], timespan: 10s, condition: {gte: 3}}") +
		corr("c", "{type: temporal_ordered, rules: [many, b], group-by: [userIdentity.userName], timespan: 1m}"),
		"0 a u\n1 a u\n2 a u\n30 b u\n300 a v\n301 a v\n310 b v\n", "c u: 0 1 2 3"},
	{"chained, counting windows", base("a") + corr("many", "{type: event_count, rules: [a], timespan: 10s, condition: {gte: 2}}") +
		corr("c", "{type: event_count, rules: [many], timespan: 1h, condition: {gte: 2}}"),
		"0 a u\n1 a u\n2 a u\n3 a u\n500 a u\n501 a u\n", "c all events: 0 1 2 3 4 5"},
	{"chained, one long window", base("a") + corr("many", "{type: event_count, rules: [a], timespan: 10s, condition: {gte: 2}}") +
		corr("c", "{type: event_count, rules: [many], timespan: 1h, condition: {gte: 2}}"),
		"0 a u\n1 a u\n2 a u\n3 a u\n4 a u\n", ""},
	{"chained, the inner judged late", base("a", "b") + corr("few", "{type: event_count, rules: [a], timespan: 10s, condition: {eq: 1}}") +
		corr("c", "{type: temporal_ordered, rules: [few, b], timespan: 1m}"),
		"0 a u\n2 b u\n100 b u\n200 a u\n201 a u\n202 b u\n", "c all events: 0 1"},
	{"generate", base("a") + corr("c", "{type: event_count, rules: [a], timespan: 10s, generate: true, condition: {gte: 2}}"),
		"0 a u\n1 a u\n", "a u: 0 1\nc all events: 0 1"},
	{"by title", base("a") + corr("c", "{type: event_count, rules: [Title of a], timespan: 10s, condition: {gte: 2}}"),
		"0 a u\n1 a u\n", "c all events: 0 1"},
}

// TestCorrelations shows which findings correlations make, in any order within a second.
func TestCorrelations(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range correlations {
		t.Run(c.name, func(t *testing.T) {
			detectors := load(t, Options{}, c.rules).Detectors()
			events := happen(t, c.events)
			for range 20 {
				if got := outline(find(t, detectors, events)); got != c.want {
					t.Fatalf("findings\n%s\nwant\n%s", got, c.want)
				}
				events = shuffled(rng, events)
			}
		})
	}
}

// TestAttemptsAreApart: what was refused is not counted with what was done, unless the rule says so.
func TestAttemptsAreApart(t *testing.T) {
	const refused = ` errorCode="AccessDenied"`
	count := base("A") + corr("C", "{type: event_count, rules: [A], group-by: [userIdentity.userName], timespan: 1m, condition: {gte: 3}}")
	all := base("A") + corr("C", "{type: event_count, rules: [A], timespan: 1m, condition: {gte: 3}}")
	ordered := base("A", "B") + corr("C", "{type: temporal_ordered, rules: [A, B], group-by: [userIdentity.userName, sourceIPAddress], timespan: 1m}")
	for _, c := range []struct{ rules, tuning, script, want string }{
		{count, "", "0 A eve\n1 A eve\n2 A eve", "high eve: Title of C: at least 3 events within 1m (3 events)"},
		{count, "", "0 A eve" + refused + "\n1 A eve\n2 A eve" + refused, ""},
		{count, "", "0 A eve" + refused + "\n1 A eve" + refused + "\n2 A eve" + refused, "low eve: Title of C: at least 3 events within 1m (3 events, none with success)"},
		{all, "", "0 A eve" + refused + "\n1 A bob" + refused + "\n2 A eve" + refused, "low all events: Title of C: at least 3 events within 1m (3 events, none with success)"},
		{count, "coldtrail: {denied: medium}", "0 A eve" + refused + "\n1 A eve" + refused + "\n2 A eve" + refused, "medium eve: Title of C: at least 3 events within 1m (3 events, none with success)"},
		{count, "coldtrail: {outcome: any}", "0 A eve" + refused + "\n1 A eve\n2 A eve" + refused, "high eve: Title of C: at least 3 events within 1m (3 events, 2 without success)"},
		{ordered, "", "0 A eve\n1 B eve", "high eve, (missing): Title of C: rules in their order within 1m (2 events)"},
		{ordered, "", "0 A eve" + refused + "\n1 B eve", ""},
	} {
		got := ""
		for _, f := range find(t, load(t, Options{Builtin: true}, c.rules+c.tuning).Detectors(), happen(t, c.script)) {
			got += f.Severity.String() + " " + f.Subject + ": " + f.Why
		}
		if got != c.want {
			t.Errorf("%s %q: %q, want %q", c.tuning, c.script, got, c.want)
		}
	}
}
