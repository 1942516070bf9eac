package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// parsedTerm is what a term became: a predicate, or what makes it on a case.
type parsedTerm struct {
	predicate
	late func(context.Context, *EventStore) (predicate, error)
}

var principalLeaves = leavesNamed("principal", "useridentity.arn", "useridentity.principalid", "useridentity.username",
	"useridentity.invokedby", "useridentity.sessioncontext.sessionissuer.arn")

// parseTerm makes a flag's predicate.
//
// Text is compared whatever the case of its ASCII letters, because CloudTrail,
// IAM and the services do not agree on it; * and ? are wild cards. Access keys and
// event IDs are compared byte for byte.
func parseTerm(t Term, window time.Duration) (parsedTerm, error) {
	switch t.Flag {
	case "since":
		return filterSince(t)
	case "until":
		return filterUntil(t)
	case "access-key":
		return filterAccessKey(t)
	case "principal":
		return filterPattern(t, principalLeaves...)
	case "session":
		return filterSession(t)
	case "ip":
		return filterAddress(t)
	case "user-agent":
		return filterPattern(t, leafUserAgent)
	case "event-name":
		return filterPattern(t, leafName)
	case "event-source":
		return filterEventSource(t)
	case "region":
		return filterPattern(t, leafRegion)
	case "account":
		return filterPattern(t, leafAccount)
	case "resource":
		return filterResource(t)
	case "error":
		return filterError(t)
	case "finding":
		return filterFinding(t)
	case "min-severity":
		return filterMinSeverity(t)
	case "grep":
		return filterGrep(t)
	case "read-only":
		return filterReadOnly()
	case "write-only":
		return filterWriteOnly()
	case "around":
		return filterAround(t, window)
	case "event-id":
		return filterEventID(t)
	}
	return parsedTerm{}, errNoFilter
}

var errNoFilter = errors.New("no such filter")

func leavesNamed(names ...string) []int {
	out := make([]int, len(names))
	for i, n := range names {
		out[i] = eventLeaf(n)
	}
	return out
}

// filterPattern compares the value with columns.
func filterPattern(t Term, leaves ...int) (parsedTerm, error) {
	test, err := glob(t.Value)
	return parsedTerm{predicate: &textPredicate{id: t.Flag, leaves: leaves, tests: tests(test)}}, err
}

func tests(t func([]byte) bool) []func([]byte) bool { return []func([]byte) bool{t} }

var errEmpty = errors.New("empty: it would select nothing")

// exactly compares byte for byte.
func exactly(value string) func([]byte) bool {
	return func(b []byte) bool { return string(b) == value }
}

func filterAccessKey(t Term) (parsedTerm, error) {
	p := &textPredicate{id: t.Flag, leaves: leavesNamed("useridentity.accesskeyid", "credential", "credentialid")}
	if hasWildcard(t.Value) {
		test, err := glob(t.Value)
		p.tests = tests(test)
		return parsedTerm{predicate: p}, err
	}
	if t.Value == "" {
		return parsedTerm{}, errEmpty
	}
	p.tests, p.exact = tests(exactly(t.Value)), []string{t.Value}
	return parsedTerm{predicate: p}, nil
}

func filterEventID(t Term) (parsedTerm, error) {
	if t.Value == "" {
		return parsedTerm{}, errEmpty
	}
	return parsedTerm{predicate: &textPredicate{id: t.Flag, leaves: []int{leafID, leafDerived}, tests: tests(exactly(t.Value)), exact: []string{t.Value}}}, nil
}

// filterEventSource accepts the service's name too: s3 for s3.amazonaws.com.
func filterEventSource(t Term) (parsedTerm, error) {
	if t.Value != "" && !strings.Contains(t.Value, ".") && !hasWildcard(t.Value) {
		t.Value += ".amazonaws.com"
	}
	return filterPattern(t, leafSource)
}

// A session is known by its name, the source identity that was set in it, or the
// second in which it began.
func filterSession(t Term) (parsedTerm, error) {
	test, err := glob(t.Value)
	if err != nil {
		return parsedTerm{}, err
	}
	name := &textPredicate{leaves: leavesNamed("useridentity.principalid", "useridentity.arn"), part: sessionName, tests: tests(test)}
	other := &textPredicate{leaves: leavesNamed("sourceidentity", "session_start"), tests: tests(test)}
	return parsedTerm{predicate: either{name, other}}, nil
}

// sessionName takes the name of a session from a principal ID (AROA…:name) or from the ARN
// of an assumed role or a federated user; it is empty where there is none.
func sessionName(id []byte) []byte {
	if !bytes.HasPrefix(id, []byte("arn:")) {
		_, name, _ := bytes.Cut(id, []byte(":"))
		return name
	}
	if bytes.Contains(id, []byte(":assumed-role/")) || bytes.Contains(id, []byte(":federated-user/")) {
		return id[bytes.LastIndexByte(id, '/')+1:]
	}
	return nil
}

func filterAddress(t Term) (parsedTerm, error) {
	p := &textPredicate{id: t.Flag, leaves: []int{leafSourceIP}}
	switch prefix, err := netip.ParsePrefix(t.Value); {
	case err == nil:
		p.tests = tests(inPrefix(prefix))
	case strings.Contains(t.Value, "/") && !strings.ContainsAny(t.Value, " *?"): // "AWS Internal/3" is a name
		return parsedTerm{}, errors.New("neither an address nor a CIDR such as 198.51.100.0/24")
	default:
		addr, err := netip.ParseAddr(t.Value)
		if err == nil {
			p.tests = tests(inPrefix(netip.PrefixFrom(addr.WithZone(""), addr.BitLen())))
			break
		}
		if !strings.ContainsAny(t.Value, "ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ") {
			return parsedTerm{}, errors.New("neither an address nor a CIDR such as 198.51.100.0/24")
		}
		test, err := glob(t.Value) // a service's name, or "AWS Internal"
		if err != nil {
			return parsedTerm{}, err
		}
		p.tests = tests(test)
	}
	return parsedTerm{predicate: p}, nil
}

// inPrefix tests for the addresses of a prefix. An IPv4 address written as IPv6 is the IPv4 one.
func inPrefix(p netip.Prefix) func([]byte) bool {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	p = p.Masked()
	return func(b []byte) bool {
		a, err := netip.ParseAddr(string(b))
		return err == nil && p.Contains(a.Unmap().WithZone(""))
	}
}

var errorLeaves = []int{leafErrorCode, leafErrorMessage}

// filterError: the error is the errorCode or, where there is none, the errorMessage: a
// sign-in that failed has no code.
func filterError(t Term) (parsedTerm, error) {
	any := &textPredicate{leaves: errorLeaves, tests: tests(func(b []byte) bool { return len(b) > 0 })}
	switch t.Value {
	case "any":
		return parsedTerm{predicate: any}, nil
	case "none":
		return parsedTerm{predicate: &notPredicate{any}}, nil
	case "denied":
		return parsedTerm{predicate: &textPredicate{leaves: errorLeaves[:1], tests: tests(func(b []byte) bool { return detect.Denied(string(b)) })}}, nil
	}
	test, err := glob(t.Value)
	return parsedTerm{predicate: &textPredicate{id: t.Flag, leaves: errorLeaves, first: true, tests: tests(test)}}, err
}

func filterReadOnly() (parsedTerm, error) {
	return parsedTerm{predicate: &textPredicate{leaves: []int{leafReadOnly}, tests: tests(exactly("true"))}}, nil
}

// filterWriteOnly takes a call that nobody marked read-only for one that may write:
// CloudTrail's old records have no readOnly.
func filterWriteOnly() (parsedTerm, error) {
	m, err := filterReadOnly()
	return parsedTerm{predicate: &notPredicate{m.predicate}}, err
}

func filterSince(t Term) (parsedTerm, error) {
	at, err := time.Parse(time.RFC3339Nano, t.Value)
	return parsedTerm{predicate: &timePredicate{span64{ceilMicro(at), math.MaxInt64}}}, err
}

// filterUntil ends before its time.
func filterUntil(t Term) (parsedTerm, error) {
	at, err := time.Parse(time.RFC3339Nano, t.Value)
	return parsedTerm{predicate: &timePredicate{span64{math.MinInt64, ceilMicro(at) - 1}}}, err
}

// ceilMicro rounds up: an event of whole microseconds at or after t is one at or after the result.
func ceilMicro(t time.Time) int64 {
	us := t.UnixMicro()
	if t.Nanosecond()%1000 > 0 {
		us++
	}
	return us
}

// filterAround selects the events within the window of an event's time, on both sides.
// Where several records have the ID, each counts.
func filterAround(t Term, window time.Duration) (parsedTerm, error) {
	if window < 0 {
		return parsedTerm{}, fmt.Errorf("--window %s: less than nothing", window)
	}
	f, err := ordinalOrID(t.Value)
	if err != nil {
		return parsedTerm{}, err
	}
	return parsedTerm{late: func(ctx context.Context, s *EventStore) (predicate, error) {
		var all either
		err := s.Scan(ctx, f, nil, func(r *Row) error {
			at := r.Time()
			all = append(all, &timePredicate{span64{at.Add(-window).UnixMicro(), at.Add(window).UnixMicro()}})
			return nil
		})
		if err == nil && all == nil {
			err = errors.New("the case has no such event")
		}
		return all, err
	}}, nil
}

// ordinalOrID makes the filter for an event by its ID, or by its ordinal as #123.
func ordinalOrID(s string) (*Filter, error) {
	digits, ok := strings.CutPrefix(s, "#")
	if !ok {
		return NewFilter([]Term{{Flag: "event-id", Value: s}}, 0)
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil {
		return nil, errors.New("# must be followed by a number, the event's ordinal")
	}
	return ordinalFilter(n), nil
}

// ordinalFilter selects events by their places in the timeline, which are sorted.
func ordinalFilter(ordinals ...uint64) *Filter {
	return &Filter{clauses: []clause{{any: []predicate{&ordinalPredicate{ordinals}}}}}
}

// filterFinding takes a finding's ID or a detector's.
func filterFinding(t Term) (parsedTerm, error) {
	if t.Value == "" {
		return parsedTerm{}, errEmpty
	}
	return parsedTerm{late: func(_ context.Context, s *EventStore) (predicate, error) {
		m, err := s.memberships()
		if err != nil {
			return nil, err
		}
		ordinals, known := m.ofFinding(t.Value)
		if !known && !s.lookedFor(t.Value) {
			return nil, errors.New("neither the ID of a finding of this case nor of a detector")
		}
		return &ordinalPredicate{ordinals}, nil
	}}, nil
}

func filterMinSeverity(t Term) (parsedTerm, error) {
	var least detect.Severity
	if err := least.UnmarshalText([]byte(t.Value)); err != nil {
		return parsedTerm{}, fmt.Errorf("not one of %s", strings.Join(detect.Severities[:], ", "))
	}
	return parsedTerm{late: func(_ context.Context, s *EventStore) (predicate, error) {
		m, err := s.memberships()
		if err != nil {
			return nil, err
		}
		return &ordinalPredicate{m.atLeast(least)}, nil
	}}, nil
}

// lookedFor reports whether a detector of that ID was looked for in the case, or is one of coldtrail's in Go.
func (s *EventStore) lookedFor(id string) bool {
	if slices.ContainsFunc(detect.All(), func(d *detect.Detector) bool { return d.ID == id }) {
		return true
	}
	n, err := latestRevision(s.dir)
	if err != nil {
		return false
	}
	ids, err := identities(s.dir, n)
	_, ok := ids[id]
	return err == nil && ok
}
