package scan

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/coldtrail/coldtrail/scan/internal/extsort"
)

// The Stream half of a detector runs when the objects are long read. Where it panics, that
// is a problem of the object whose event it was shown last: whoever reads the manifest
// sees where to look, and that the run is not complete.

// evictions counts who had to give way, by detector.
func evictions(judges []*judge) map[string]int64 {
	all := map[string]int64{}
	for _, j := range judges {
		if evicted := j.stream.Evicted; evicted != nil && evicted() > 0 {
			all[j.id] = evicted()
		}
	}
	return all
}

// fell takes note of a panic over the event of that place in the timeline. It is deferred.
func (j *judge) fell(n int64) {
	p := recover()
	if p == nil {
		return
	}
	if !j.asked { // it has fallen over nothing that anybody wrote
		panic(p)
	}
	j.fallen = &fall{n, j.last.Object, Problem{
		Offset: j.last.Offset, Index: j.last.Index,
		Text: fmt.Sprintf("panic of detector %s while its findings were concluded: %v: it has judged nothing from this event on", j.id, p),
	}}
}

// falls lists the panics, by the ordinals of objects, in the order in which one goroutine would have seen them.
func falls(judges []*judge) map[uint64][]Problem {
	fallen := slices.DeleteFunc(slices.Clone(judges), func(j *judge) bool { return j.fallen == nil })
	slices.SortStableFunc(fallen, func(a, b *judge) int { return cmp.Compare(a.fallen.n, b.fallen.n) })
	all := map[uint64][]Problem{}
	for _, j := range fallen {
		all[j.fallen.object] = append(all[j.fallen.object], j.fallen.problem)
	}
	return all
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
	o, err := decodeObject(value)
	if err != nil {
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
	return w.Add(key, o.append(nil))
}
