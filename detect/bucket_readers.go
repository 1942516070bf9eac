package detect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

var readSteps = steps{{"s3.amazonaws.com:GetObject", "read", readStep}}

// thinnedOut reports whether an event is among those that are not looked at.
func thinnedOut(r *parser.Record) bool { return byProgram(r) && r.Time.Unix()%thinned != 0 }

// factBytes is how many bytes were read, where CloudTrail says it.
const factBytes = "bytes"

// thinned is how many seconds there are for each that is looked at of roles' own programs: of these, data events
// have the most events of all.
const thinned = 10

// readStep notes the bucket and the bytes.
func readStep(f *facts) bool {
	if byProgram(f.r) {
		f.e = append(f.e[:0], Fact{factStep, "program"})
	}
	f.add(factAbout, f.param("bucketName"))
	f.add(factBytes, text(f.r.Get("additionalEventData.bytesTransferredOut")))
	if strings.Contains(f.param("key"), "AWSLogs/") {
		f.add("logs", "yes")
	}
	return f.e.has(factAbout)
}

func byProgram(r *parser.Record) bool {
	return r.Identity.Type == "AssumedRole" && !byHand(r.UserAgent)
}

// bucketReaders are who reads from which buckets.
type bucketReaders struct {
	objects, bytes, factor float64
	usual                  int
	open                   *fading[bucketReader]
	emit                   func(Finding)
}

// bucketReader is one principal's reading from one bucket, hour by hour.
type bucketReader struct {
	hour  hourRead   // that goes on
	most  hourRead   // that had the most
	hours []hourSize // the others, the latest maxHours
	logs  bool       // what is read are logs of AWS
}

type hourSize struct{ objects, bytes float32 }

// hourRead is what was read in an hour. It lists its first few events.
type hourRead struct {
	begun          time.Time
	objects, bytes float64
	refs           []*EventRef
	bytesHeld      int // of refs
}

const (
	maxHours = 240 // ten days
	maxReads = 25  // events that are listed
)

func (r *bucketReaders) next(batch []hit, emit func(Finding)) {
	r.emit = emit
	slices.SortStableFunc(batch, func(a, b hit) int { return compareRefs(a.ref, b.ref) })
	for i := range batch {
		h := &batch[i]
		v := r.open.touch(habitual(h.ref)+" "+h.e.Get(factAbout), h.ref.Time)
		if h.ref.Time.Sub(v.hour.begun) >= time.Hour {
			v.over(r)
			v.hour.begun = h.ref.Time
		}
		weight := 1.0
		if h.step("program") {
			weight = thinned
		}
		n, _ := strconv.ParseFloat(h.e.Get(factBytes), 64)
		v.hour.objects += weight
		v.hour.bytes += weight * n
		v.logs = v.logs || h.e.has("logs")
		if len(v.hour.refs) < maxReads {
			v.hour.refs = append(v.hour.refs, h.ref)
			v.hour.bytesHeld += h.ref.size()
		}
	}
}

// over ends the hour. Its events are kept only where it is worth telling.
func (v *bucketReader) over(r *bucketReaders) {
	if v.hour.objects == 0 {
		return
	}
	if !r.much(&v.hour) {
		v.hour.refs, v.hour.bytesHeld = nil, 0
	}
	lesser := v.hour
	if v.hour.score() > v.most.score() {
		lesser, v.most = v.most, v.hour
	}
	if lesser.objects > 0 {
		if len(v.hours) >= maxHours {
			v.hours = slices.Delete(v.hours, 0, 1)
		}
		v.hours = append(v.hours, hourSize{float32(lesser.objects), float32(lesser.bytes)})
	}
	v.hour = hourRead{}
}

// much reports whether it is more than is read by eye.
func (r *bucketReaders) much(h *hourRead) bool { return h.objects >= r.objects || h.bytes >= r.bytes }

// score orders hours: a megabyte counts as an object.
func (h *hourRead) score() float64 { return h.objects + h.bytes/1e6 }

// judge compares the hour in which most was read with the others.
func (r *bucketReaders) judge(key string, v *bucketReader) {
	v.over(r)
	h := &v.most
	if !r.much(h) {
		return
	}
	habit := fmt.Sprintf("it read there in %s", plural(len(v.hours), "other hour"))
	if len(v.hours) >= r.usual {
		objects := median(v.hours, func(h hourSize) float32 { return h.objects })
		bytes := median(v.hours, func(h hourSize) float32 { return h.bytes })
		if h.objects < r.factor*objects && h.bytes < r.factor*bytes {
			return
		}
		habit = fmt.Sprintf("its median hour has %.0f objects", objects)
	}
	severity := Medium
	if v.logs || len(v.hours) < r.usual && h.refs[0].PrincipalType == "AssumedRole" && !byHand(h.refs[0].UserAgent) {
		severity = Low
	}
	_, bucket, _ := cutLast(key)
	f := verdict{severity: severity, why: fmt.Sprintf("about %.0f objects with %.1f MB read from bucket %s within an hour; %s", h.objects, h.bytes/1e6, bucket, habit)}
	if n := h.objects - float64(len(h.refs)); n > 0 {
		f.why += fmt.Sprintf(" (%.0f events not listed)", n)
	}
	for _, ref := range h.refs {
		f.hits = append(f.hits, hit{ref: ref})
	}
	f.emit("objects-read-much", r.emit)
}

// cutLast cuts at the last space.
func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, ' ')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func median(hours []hourSize, of func(hourSize) float32) float64 {
	all := make([]float32, len(hours))
	for i, h := range hours {
		all[i] = of(h)
	}
	slices.Sort(all)
	return float64(all[len(all)/2])
}
