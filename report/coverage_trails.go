package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// This file follows the state of trails and event data stores through the calls that
// change it. Only calls that succeeded change it; what no call has told is unknown.

// A tri is a fact that may not be known.
type tri uint8

const (
	notKnown tri = iota
	isTrue
	isFalse
)

func triOf(s string) tri {
	switch s {
	case "true":
		return isTrue
	case "false":
		return isFalse
	}
	return notKnown
}

// A trailFlag is a setting of a trail that is on or off.
type trailFlag uint8

const (
	flagMulti   trailFlag = iota // records all regions
	flagGlobal                   // records global services
	flagDigests                  // writes digest files
	flagInsight                  // records Insights events
	flagOrg                      // records all accounts of the organisation
	trailFlags
)

// flagNames are a flag's names in requests and responses, where they differ.
var flagNames = [trailFlags][]string{
	flagMulti:   {"isMultiRegionTrail", "multiRegionEnabled"},
	flagGlobal:  {"includeGlobalServiceEvents"},
	flagDigests: {"enableLogFileValidation", "logFileValidationEnabled"},
	flagOrg:     {"isOrganizationTrail", "organizationEnabled"},
}

// A trailState is what is known of a trail between two of its changes. It is not
// changed once it is part of a history.
type trailState struct {
	deleted   bool
	stopped   bool // by StopLogging or DeleteTrail, and not started since
	logging   tri
	flags     [trailFlags]tri
	bucket    string       // "": not known
	selectors *selectorSet // nil: not known

	loggingBy, selectorsBy, flagsBy, insightsBy Mark // the last calls that said so
}

// A trailKey tells trails apart. A trail's name is unique in its account and region.
type trailKey struct {
	account, region, name string
	store                 bool // an event data store
}

// A trail is a trail or an event data store, and what happened to it.
type trail struct {
	key     trailKey
	arn     string
	state   trailState
	had     [trailFlags]tri // the flags before they were narrowed
	bucket  string          // the first one known
	probes  []lossProbe
	history []trailEpoch
	changes []TrailChange
	more    int64
	open    []int // into CoverageBuilder.windows
}

// A trailEpoch is a state and the first epoch in which it holds.
type trailEpoch struct {
	epoch int
	state *trailState
}

// at returns the state in an epoch, or nil where nothing is known yet.
func (t *trail) at(epoch int) *trailState {
	i, found := slices.BinarySearchFunc(t.history, epoch, func(h trailEpoch, e int) int { return cmp.Compare(h.epoch, e) })
	switch {
	case found:
		return t.history[i].state
	case i == 0:
		return nil
	}
	return t.history[i-1].state
}

// label names the trail in a sentence.
func (t *trail) label() string {
	if t.key.store {
		return "event data store " + t.key.name
	}
	return "trail " + t.key.name
}

// A trailCall is a call that changes a trail.
type trailCall struct {
	// grows: it only ever makes a trail record more, and is itself recorded by what
	// it starts. Other calls are recorded by what they may stop.
	grows bool
	apply func(t *trail, in *trailInput) string // returns what it did, in words
}

// trailInput is such a call.
type trailInput struct {
	req, resp parser.Value
	mark      Mark
}

var trailCalls = map[string]trailCall{
	"CreateTrail":                  {true, (*trail).create},
	"UpdateTrail":                  {false, (*trail).update},
	"StartLogging":                 {true, (*trail).start},
	"StopLogging":                  {false, (*trail).stop},
	"DeleteTrail":                  {false, (*trail).delete},
	"PutEventSelectors":            {false, (*trail).selectors},
	"PutInsightSelectors":          {false, (*trail).insights},
	"CreateEventDataStore":         {true, (*trail).createStore},
	"UpdateEventDataStore":         {false, (*trail).update},
	"StartEventDataStoreIngestion": {true, (*trail).start},
	"StopEventDataStoreIngestion":  {false, (*trail).stop},
	"DeleteEventDataStore":         {false, (*trail).delete},
	"RestoreEventDataStore":        {true, (*trail).start},
}

// keyOf names the trail that a call is about, and its ARN where the call gives it.
func keyOf(e *CoverageEvent, in *trailInput) (key trailKey, arn string) {
	key = trailKey{account: own(e.Account), region: own(e.Region)}
	for _, name := range [...]string{"name", "trailName", "eventDataStore"} {
		if v := textAt(in.req, name); v != "" {
			key.name, key.store = own(v), name == "eventDataStore"
			break
		}
	}
	for _, v := range [...]string{textAt(in.resp, "trailARN"), textAt(in.resp, "eventDataStoreArn"), key.name} {
		if p := strings.SplitN(v, ":", 6); len(p) == 6 && p[0] == "arn" {
			arn = own(v)
			kind, name, _ := strings.Cut(p[5], "/")
			return trailKey{own(p[4]), own(p[3]), own(name), kind == "eventdatastore"}, arn
		}
	}
	return key, ""
}

// madeARN is the ARN of a trail whose calls give only its name.
func (k *trailKey) madeARN() string {
	kind := "trail/"
	if k.store {
		kind = "eventdatastore/"
	}
	return madeARN("cloudtrail", k.region, k.account, kind+k.name)
}

// madeARN makes the ARN of a resource from what an event says of it.
func madeARN(service, region, account, resource string) string {
	partition, _ := PartitionOf(region)
	return "arn:" + partition + ":" + service + ":" + region + ":" + account + ":" + resource
}

// partitions are AWS's but for the commercial one: what their regions begin with, their names, and where they record global services.
var partitions = [...][3]string{
	{"cn-", "aws-cn", "cn-north-1"}, {"us-gov-", "aws-us-gov", "us-gov-west-1"}, {"us-iso-", "aws-iso", "us-iso-east-1"},
	{"us-isob-", "aws-iso-b", "us-isob-east-1"}, {"eusc-", "aws-eusc", "eusc-de-east-1"},
}

// PartitionOf returns the name of a region's partition, as ARNs have it, and the region in which that records global services.
func PartitionOf(region string) (name, global string) {
	for _, p := range partitions {
		if strings.HasPrefix(region, p[0]) {
			return p[1], p[2]
		}
	}
	return "aws", "us-east-1"
}

// create is CreateTrail. A new trail has the default selectors, and logs nothing
// before StartLogging.
func (t *trail) create(in *trailInput) string {
	t.state = trailState{stopped: t.state.stopped, logging: isFalse, selectors: defaultSelectors, loggingBy: in.mark, selectorsBy: in.mark, flagsBy: in.mark, insightsBy: in.mark}
	t.state.flags = [trailFlags]tri{flagMulti: isFalse, flagGlobal: isTrue, flagDigests: isFalse, flagInsight: isFalse, flagOrg: isFalse}
	t.settings(in)
	t.begin()
	return "created" + t.settingWords()
}

// begin makes what a new trail records the measure of what it may lose, unless a
// trail of that name once recorded more.
func (t *trail) begin() {
	for f := range t.had {
		if t.had[f] != isTrue {
			t.had[f] = t.state.flags[f]
		}
	}
}

// createStore is CreateEventDataStore: it ingests at once unless told otherwise.
func (t *trail) createStore(in *trailInput) string {
	t.state = trailState{logging: isTrue, selectors: defaultSelectors, loggingBy: in.mark, selectorsBy: in.mark, flagsBy: in.mark}
	t.state.flags = [trailFlags]tri{flagMulti: isTrue, flagOrg: isFalse}
	if textAt(in.req, "startIngestion") == "false" {
		t.state.logging = isFalse
	}
	t.settings(in)
	t.begin()
	t.choose(in)
	return "created; it records " + t.state.selectors.words()
}

// settings takes what the call says of flags and bucket. The response states all of
// them, the request those that were asked for.
func (t *trail) settings(in *trailInput) {
	for f := range flagNames {
		for _, v := range [...]parser.Value{in.resp, in.req} {
			for _, name := range flagNames[f] {
				if now := triOf(textAt(v, name)); now != notKnown {
					t.state.flags[f] = now
				}
			}
		}
	}
	for _, v := range [...]parser.Value{in.resp, in.req} {
		if b := textAt(v, "s3BucketName"); b != "" {
			t.state.bucket = own(b)
		}
	}
	if t.bucket == "" {
		t.bucket = t.state.bucket
	}
}

// update is UpdateTrail and UpdateEventDataStore.
func (t *trail) update(in *trailInput) string {
	before := t.state.flags
	t.settings(in)
	t.state.flagsBy = in.mark
	for f := range flagNames {
		// What the response states unasked was so before the call.
		if before[f] == notKnown && t.had[f] == notKnown && !asked(in.req, flagNames[f]) {
			t.had[f] = t.state.flags[f]
		}
		if t.state.flags[f] == isTrue {
			t.had[f] = isTrue
		}
	}
	t.choose(in)
	return "updated" + t.settingWords()
}

func asked(req parser.Value, names []string) bool {
	for _, name := range names {
		if textAt(req, name) != "" {
			return true
		}
	}
	return false
}

func (t *trail) settingWords() string {
	var out []string
	switch t.state.flags[flagMulti] {
	case isTrue:
		out = append(out, "all regions")
	case isFalse:
		out = append(out, "region "+t.key.region+" only")
	}
	if t.state.flags[flagGlobal] == isFalse {
		out = append(out, "without global services")
	}
	if t.state.flags[flagOrg] == isTrue {
		out = append(out, "the whole organisation")
	}
	if t.state.flags[flagDigests] == isFalse {
		out = append(out, "no digest files")
	}
	if t.state.bucket != "" {
		out = append(out, "to bucket "+t.state.bucket)
	}
	if len(out) == 0 {
		return ""
	}
	return ": " + strings.Join(out, ", ")
}

func (t *trail) start(in *trailInput) string {
	t.state.logging, t.state.loggingBy = isTrue, in.mark
	t.state.stopped, t.state.deleted = false, false
	return "logging started"
}

func (t *trail) stop(in *trailInput) string {
	t.state.logging, t.state.loggingBy, t.state.stopped = isFalse, in.mark, true
	return "logging stopped"
}

func (t *trail) delete(in *trailInput) string {
	t.state.logging, t.state.loggingBy, t.state.stopped, t.state.deleted = isFalse, in.mark, true, true
	return "deleted"
}

// selectors is PutEventSelectors, which replaces all of a trail's selectors.
func (t *trail) selectors(in *trailInput) string {
	if !t.choose(in) {
		t.state.selectors, t.state.selectorsBy = nil, in.mark
		return "selectors changed, to what the record does not say"
	}
	return "records from here on " + t.state.selectors.words()
}

// choose takes the selectors that a call states, if any.
func (t *trail) choose(in *trailInput) bool {
	s := parseSelectors(in.req)
	if s == nil {
		s = parseSelectors(in.resp)
	}
	if s == nil {
		return false
	}
	t.compare(t.state.selectors, s)
	t.state.selectors, t.state.selectorsBy = s, in.mark
	return true
}

func (t *trail) insights(in *trailInput) string {
	v, ok := in.req.Get("insightSelectors")
	if !ok {
		return "Insights selectors changed, to what the record does not say"
	}
	t.state.insightsBy = in.mark
	n := 0
	v.Each(func(parser.Value) bool { n++; return true })
	if n == 0 {
		t.state.flags[flagInsight] = isFalse
		return "Insights events off"
	}
	t.state.flags[flagInsight], t.had[flagInsight] = isTrue, isTrue
	return fmt.Sprintf("Insights events on (%s)", plural(int64(n), "type"))
}

// change applies a call that succeeded in changing a trail.
func (b *CoverageBuilder) change(e *CoverageEvent, call *trailCall) error {
	raw, err := e.raw()
	if err != nil {
		return err
	}
	rec := parser.Record{Raw: raw}
	in := trailInput{mark: e.mark()}
	in.req, _ = rec.Get("requestParameters")
	in.resp, _ = rec.Get("responseElements")
	key, arn := keyOf(e, &in)
	slot := b.trails.at(key, nil)
	if slot == nil {
		b.trails.others++
		return nil
	}
	if *slot == nil {
		*slot = &trail{key: key}
	}
	t := *slot
	if t.arn == "" {
		t.arn = arn
	}
	unknownBefore := t.state.logging == notKnown
	what := call.apply(t, &in)
	if t.state.bucket != "" {
		b.logBucket(t.state.bucket)
	}
	if len(t.changes) < coverChangeLimit {
		t.changes = append(t.changes, TrailChange{in.mark, what})
	} else {
		t.more++
	}
	b.epoch(t, e)
	b.reopen(t, e, !call.grows)
	if unknownBefore && e.Name == "StartLogging" {
		b.perhapsOff(t, in.mark)
	}
	return nil
}

// epoch begins a new epoch at the event, and takes the trail's state into it. An event that was counted
// before belongs to the epoch that it ends.
func (b *CoverageBuilder) epoch(t *trail, e *CoverageEvent) {
	if len(b.epochs) == coverEpochLimit {
		b.epochsFull = true
		return
	}
	state := t.state
	t.history = append(t.history, trailEpoch{len(b.epochs), &state})
	b.epochs = append(b.epochs, e.Time.Unix())
}
