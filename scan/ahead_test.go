package scan

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// TestReadAhead: huge objects are read ahead of the parser, to the end, to the
// place of damage, or not at all, and everything is as it would be without.
func TestReadAhead(t *testing.T) {
	var events []string
	for i := range 1500 {
		sum := fmt.Sprintf("%x", sha256.Sum256([]byte{byte(i), byte(i >> 8)}))
		events = append(events, event(fmt.Sprint(i), "eventTime", at(i%60), "additionalEventData", quote(strings.Repeat(sum, 50))))
	}
	whole := records(events...)
	if len(whole) < aheadFrom+100 {
		t.Fatalf("%d bytes are not huge", len(whole))
	}
	cut := whole[:aheadFrom+100]
	uncut := 0 // events that end before the cut
	for end := len(`{"Records":[`) + len(events[0]); end <= len(cut); end += len(",") + len(events[uncut]) {
		uncut++
	}
	padding := strings.Repeat(" ", aheadFrom)
	for path, c := range map[string]struct {
		content string
		status  Status
		kept    int64
		ahead   bool
	}{
		"whole.json":  {whole, Parsed, 1500, true},
		"cut.json":    {cut, Damaged, int64(uncut), true},
		"broken.json": {records(append([]string{event("first"), `{"a":x}`}, events[2:]...)...) + padding, Damaged, 1499, true},
		"text.txt":    {"no JSON" + padding, Recognised, 0, false}, // no record, at which to look
		"small.json":  {event("small"), Parsed, 1, false},
	} {
		var ahead atomic.Bool
		look := &detect.Detector{ID: "look", Record: func(r *parser.Record) (detect.Evidence, bool) {
			if r.Origin.Index == 0 {
				ahead.Store(readsAhead())
			}
			return nil, false
		}}
		o := try(t, Config{ContentHash: true, Detectors: []*detect.Detector{look}}, evidence(t, map[string]string{path: c.content}))
		got := o.object(t, path)
		hash := fmt.Sprintf("%x", sha256.Sum256([]byte(c.content)))
		if got.Status != c.status || got.Kept != c.kept || got.SHA256 != hash || got.ContentSHA256 != hash {
			t.Errorf("%s: %s (%s), %d kept, not %d; hash %t, of the content %t", path, got.Status, got.Reason, got.Kept, c.kept, got.SHA256 == hash, got.ContentSHA256 == hash)
		}
		if ahead.Load() != c.ahead {
			t.Errorf("%s: read ahead of the first record: %t, not %t", path, ahead.Load(), c.ahead)
		}
	}
}

// readsAhead reports whether an object is being read ahead just now. Of a huge one
// the goroutine that does so cannot have come to the end when the first record is
// looked at: it waits for a free part.
func readsAhead() bool {
	stacks := make([]byte, 1<<20)
	return bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("scan.(*readAhead).fill("))
}

// A metered reader tells of each part that it is asked for.
type metered struct {
	r     io.Reader
	asked chan struct{} // has room for all
}

func (m *metered) Read(p []byte) (int, error) {
	m.asked <- struct{}{}
	return m.r.Read(p)
}

// TestReadAheadRoom: before anybody asks, as many parts are read as there is room
// for; then one for each that was used up; and what is read is all of it, and its end.
func TestReadAheadRoom(t *testing.T) {
	content := make([]byte, 3*aheadParts*aheadBytes)
	for i := range content {
		content[i] = byte(i / 7 % 251)
	}
	m := &metered{bytes.NewReader(content), make(chan struct{}, 100)}
	asked := 0
	wait := func(parts int) {
		t.Helper()
		for ; asked < parts; asked++ {
			select {
			case <-m.asked:
			case <-time.After(time.Minute):
				t.Fatalf("%d parts are read ahead, not %d", asked, parts)
			}
		}
		if len(m.asked) > 0 {
			t.Fatalf("more than %d parts are read ahead", parts)
		}
	}
	var a readAhead
	a.start(m)
	wait(aheadParts)
	var got []byte
	p := make([]byte, aheadBytes)
	for used := 0; len(got) < len(content); used++ {
		n, err := io.ReadFull(&a, p[:min(len(p), len(content)-len(got))])
		if err != nil {
			t.Fatalf("part %d: %v", used, err)
		}
		got = append(got, p[:n]...)
		wait(min(used+aheadParts, 3*aheadParts+1)) // the last one finds the end
	}
	if n, err := a.Read(p); n != 0 || err != io.EOF || !bytes.Equal(got, content) {
		t.Errorf("%d bytes of %d, the same %t, then %d, %v", len(got), len(content), bytes.Equal(got, content), n, err)
	}
	a.stop()
	if len(a.free) != aheadParts {
		t.Errorf("%d parts of %d came back", len(a.free), aheadParts)
	}
}
