package scan

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan/internal/extsort"
)

// The Stream half of a detector runs when the objects are long read. Where it panics, that
// is a problem of the object whose event it was shown last: whoever reads the manifest
// sees where to look, and that the run is not complete. The detector is asked no more,
// since nobody knows what it makes of what it has seen; the others go on.

// A judge is the Stream half of a detector that is being run.
type judge struct {
	id     string
	stream detect.Stream
	last   detect.Place // of the event that it was shown last
	asked  bool
	fallen bool
}

// next shows it an event.
func (r *run) next(j *judge, ref *detect.EventRef, e detect.Evidence, emit func(detect.Finding)) {
	if j.fallen {
		return
	}
	j.last, j.asked = ref.Place, true
	defer r.fell(j)
	j.stream.Next(ref, e, emit)
}

// flush lets it emit what is still open.
func (r *run) flush(j *judge, emit func(detect.Finding)) {
	if j.fallen || j.stream.Flush == nil {
		return
	}
	defer r.fell(j)
	j.stream.Flush(emit)
}

// evictions counts who had to give way, by detector.
func evictions(judges []judge) map[string]int64 {
	all := map[string]int64{}
	for i := range judges {
		if evicted := judges[i].stream.Evicted; evicted != nil && evicted() > 0 {
			all[judges[i].id] = evicted()
		}
	}
	return all
}

// fell takes note of a panic. It is deferred.
func (r *run) fell(j *judge) {
	p := recover()
	if p == nil {
		return
	}
	j.fallen = true
	if !j.asked { // it has fallen over nothing that anybody wrote
		panic(p)
	}
	if r.late == nil {
		r.late = map[uint64][]Problem{}
	}
	r.late[j.last.Object] = append(r.late[j.last.Object], Problem{
		Offset: j.last.Offset, Index: j.last.Index,
		Text: fmt.Sprintf("panic of detector %s while its findings were concluded: %v: it has judged nothing from this event on", j.id, p),
	})
}

// addLate adds to the objects' lines what was found when they had been written, which is
// rare: all lines are written anew.
func (r *run) addLate() error {
	if len(r.late) == 0 {
		return nil
	}
	it, err := r.objects.Merge()
	if err != nil {
		return err
	}
	fresh := extsort.New(extsort.Config{Dir: r.dir, Memory: r.cfg.Memory / 100 * smallShare, Writers: 1})
	w := fresh.NewWriter()
	for it.Next() && err == nil {
		key, value := it.Key(), it.Value()
		if late := r.late[binary.BigEndian.Uint64(key)]; isObjectRow(key) && len(late) > 0 {
			err = r.amend(w, key, value, late)
		} else {
			err = w.Add(key, value)
		}
	}
	if err = errors.Join(err, it.Err(), it.Close(), w.Close()); err != nil {
		return errors.Join(err, fresh.Close())
	}
	err = r.objects.Close()
	r.objects = fresh
	return err
}

// amend writes an object's line with problems that are new.
func (r *run) amend(w *extsort.Writer, key, value []byte, late []Problem) error {
	var o Object
	if err := json.Unmarshal(value, &o); err != nil {
		return err
	}
	r.totals.Objects[o.Status]--
	r.totals.Bytes[o.Status] -= o.Size
	if o.Status == Parsed || o.Status == Recognised {
		o.Status, o.Reason = Damaged, late[0].Text
	}
	r.totals.Objects[o.Status]++
	r.totals.Bytes[o.Status] += o.Size
	for _, p := range late {
		o.ProblemCount++
		r.totals.Problems++
		if len(o.Problems) < shownProblems {
			o.Problems = append(o.Problems, p)
		}
		if err := w.Add(objectKey(o.Ordinal, uint64(o.ProblemCount)), encodeJSON(ObjectProblem{o.Ordinal, p})); err != nil {
			return err
		}
	}
	return w.Add(key, encodeJSON(&o))
}
