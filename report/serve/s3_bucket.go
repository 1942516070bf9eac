package serve

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// A mount is a part of the evidence under a bucket's name: the file pathPrefix+X of the
// source is the object keyPrefix+X of the bucket.
type mount struct {
	label                 string // of the source
	keyPrefix, pathPrefix string
}

// path returns the file's name of a key.
func (m *mount) path(key string) (string, bool) {
	rest, ok := strings.CutPrefix(key, m.keyPrefix)
	return m.pathPrefix + rest, ok && rest != ""
}

// buckets returns the names of the buckets, and what lies in them. A source is a bucket by its label,
// and by the name of the bucket that digests in it say it was copied from.
func (c *served) buckets(ctx context.Context) (map[string][]mount, error) {
	if len(c.evidence.paths) == 0 {
		return nil, nil
	}
	l, err := c.layout(ctx)
	if err != nil {
		return nil, err
	}
	all := map[string][]mount{}
	add := func(bucket string, m mount) {
		if !slices.Contains(all[bucket], m) {
			all[bucket] = append(all[bucket], m)
		}
	}
	for _, label := range l.sources {
		if _, ok := c.evidence.paths[label]; ok || c.evidence.paths[""] != "" {
			add(label, mount{label: label})
		}
	}
	for _, t := range l.trails {
		if src, err := c.evidence.open(t.source); src != nil && err == nil && t.bucket != t.source {
			add(t.bucket, mount{t.source, t.keyPrefix, t.prefix})
		}
	}
	return all, nil
}

// An item is a line of a list: an object, or a common prefix.
type item struct {
	key  string
	info fs.FileInfo // nil: of a common prefix
}

// A listing says what to list of a bucket.
type listing struct {
	prefix, after, delimiter string
	limit                    int
}

// list lists a mount, at most limit items, in the order of their keys.
func (m *mount) list(ctx context.Context, s *source, q listing) (items []item, err error) {
	w := &walk{source: s, prefix: m.pathPrefix}
	switch {
	case strings.HasPrefix(q.prefix, m.keyPrefix):
		w.prefix += q.prefix[len(m.keyPrefix):]
	case !strings.HasPrefix(m.keyPrefix, q.prefix):
		return nil, nil
	}
	switch {
	case strings.HasPrefix(q.after, m.keyPrefix):
		w.after = m.pathPrefix + q.after[len(m.keyPrefix):]
	case q.after > m.keyPrefix:
		return nil, nil
	}
	w.yield = func(name string, info fs.FileInfo) error {
		it := item{m.keyPrefix + strings.TrimPrefix(name, m.pathPrefix), info}
		if common := q.common(it.key); common != "" {
			w.skip = m.pathPrefix + strings.TrimPrefix(common, m.keyPrefix)
			if len(common) < len(m.keyPrefix) {
				w.skip = m.pathPrefix
			}
			if common <= q.after {
				return nil
			}
			it = item{key: common}
		}
		items = append(items, it)
		if len(items) == q.limit {
			return errStop
		}
		return nil
	}
	return items, w.run(ctx)
}

// common returns the common prefix that stands for a key; "": none does.
func (q *listing) common(key string) string {
	if q.delimiter == "" {
		return ""
	}
	i := strings.Index(key[len(q.prefix):], q.delimiter)
	if i < 0 {
		return ""
	}
	return key[:len(q.prefix)+i+len(q.delimiter)]
}

// listBucket lists a bucket: what is of the evidence there, and results.
func (c *served) listBucket(ctx context.Context, bucket string, q listing) (items []item, err error) {
	buckets, err := c.buckets(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range buckets[bucket] {
		s, err := c.evidence.open(m.label)
		if err != nil {
			return nil, err
		}
		more, err := m.list(ctx, s, q)
		if err != nil {
			return nil, err
		}
		items = append(items, more...)
	}
	items = append(items, c.listStored(bucket, q)...)
	slices.SortStableFunc(items, func(a, b item) int { return strings.Compare(a.key, b.key) })
	items = slices.CompactFunc(items, func(a, b item) bool { return a.key == b.key })
	return items[:min(len(items), q.limit)], nil
}

// find finds a file of the evidence.
func (c *served) find(ctx context.Context, bucket, key string) (*source, string, error) {
	buckets, err := c.buckets(ctx)
	if err != nil {
		return nil, "", err
	}
	if _, results := c.storedIn(bucket); buckets[bucket] == nil && !results {
		return nil, "", errNoBucket
	}
	for _, m := range buckets[bucket] {
		name, ok := m.path(key)
		if !ok {
			continue
		}
		s, err := c.evidence.open(m.label)
		if err != nil {
			return nil, "", err
		}
		if err := s.has(name); !errors.Is(err, errNoFile) {
			return s, name, err
		}
	}
	return nil, "", errNoFile
}

var errNoBucket = errors.New("no such bucket")
