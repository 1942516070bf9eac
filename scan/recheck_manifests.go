package scan

import (
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"path"
	"regexp"
	"strings"

	"github.com/coldtrail/coldtrail/scan/custody"
)

// A ManifestOutcome is how a manifest was understood.
type ManifestOutcome struct {
	Name     string
	Found    bool   // it lies in the evidence
	Claims   int64  // that it makes
	Under    string // where the names begin that it has: a directory of the evidence, or a container
	Strip    int    // how many first parts of its names lie outside of the evidence
	Matched  bool   // some of its names are there
	Problems []string
}

// manifestName tells by their names the manifests that others put beside evidence.
var manifestName = regexp.MustCompile(`(?i)(^|[/!])(((md5|sha-?(1|224|256|384|512))sums?(\.txt|\.asc)?)|(tag)?manifest-(md5|sha1|sha224|sha256|sha384|sha512)\.txt|hashdeep[^/!]*\.txt|[^/!]+([._-](md5|sha1|sha224|sha256|sha384|sha512)(sums?)?(\.txt)?|\.hashdeep))$`)

// maxFoundManifests bounds how many are read that lie in the evidence.
const maxFoundManifests = 1000

// manifests reads all manifests, and adds their claims.
func (c *recheck) manifests(ctx context.Context) error {
	all := c.Given
	given := len(all)
	if c.Find {
		found, err := c.find()
		if err != nil {
			return err
		}
		all = append(all[:given:given], found...)
	}
	if len(all) == 0 {
		return nil
	}
	names, err := c.names()
	if err != nil {
		return err
	}
	c.algo = map[string]bool{}
	for i := range all {
		m := &foreign{recheck: c, Foreign: all[i], n: i, out: ManifestOutcome{Name: all[i].Name, Found: i >= given}}
		if err := m.read(ctx, names); err != nil {
			return err
		}
		if err := c.Done(&m.out); err != nil {
			return err
		}
	}
	return nil
}

// find finds the manifests that lie in the evidence.
func (c *recheck) find() (all []Foreign, err error) {
	err = c.run.sources.table.each(0, c.run.sources.table.n, func(_ uint64, l listed) error {
		if l.reason == "" && len(all) < maxFoundManifests && manifestName.MatchString(l.path) {
			all = append(all, Foreign{Name: c.path(&l), Open: func() (io.ReadCloser, error) { return c.from.open(l) }})
		}
		return nil
	})
	return all, err
}

// A nameSet has the paths of all objects, as hashes: eight bytes and some for each.
type nameSet struct {
	seed maphash.Seed
	has  map[uint64]struct{}
}

func (s *nameSet) contains(path string) bool {
	_, ok := s.has[maphash.String(s.seed, path)]
	return ok
}

func (c *recheck) names() (*nameSet, error) {
	s := &nameSet{maphash.MakeSeed(), make(map[uint64]struct{}, c.run.sources.table.n)}
	err := c.run.sources.table.each(0, c.run.sources.table.n, func(_ uint64, l listed) error {
		s.has[maphash.String(s.seed, c.path(&l))] = struct{}{}
		return nil
	})
	return s, err
}

// foreign is a manifest that is read: once to find out where its names begin and which
// hashes it has, and once for its claims.
type foreign struct {
	*recheck
	Foreign
	n   int
	out ManifestOutcome
	raw bool // a backslash is a part of a name
}

// sampled is how many claims are looked at to find out where the names begin.
const sampled = 200

func (m *foreign) read(ctx context.Context, names *nameSet) error {
	var sample []string
	err := m.each(ctx, func(claim *custody.Claim) error {
		m.out.Claims++
		for _, s := range claim.Sums {
			if custody.Algorithms[s.Algorithm] != nil {
				m.algo[s.Algorithm] = true
			}
		}
		if len(sample) < sampled {
			sample = append(sample, claim.Path)
		}
		return nil
	})
	if err != nil || m.out.Claims == 0 {
		return err
	}
	m.place(names, sample)
	m.out.Problems = nil
	if !m.out.Matched && m.out.Found {
		return nil // of something else
	}
	return m.each(ctx, func(claim *custody.Claim) error {
		at := m.resolve(claim.Path, m.out.Under, m.out.Strip, m.raw)
		if at == m.Name && m.out.Found {
			return nil // it was written while its own hash was taken
		}
		return m.add(at, rowClaim, uint64(m.n)<<40|uint64(claim.Line), ForeignClaim{m.n, claim.Line, claim.Size, claim.Sums})
	})
}

// each reads the manifest. That it cannot be read is its problem.
func (m *foreign) each(ctx context.Context, claim func(*custody.Claim) error) error {
	f, err := m.Open()
	if err != nil {
		m.out.Problems = append(m.out.Problems, reasonOf(err))
		return nil
	}
	defer f.Close()
	r := custody.NewManifestReader(&cancelled{ctx, f}, path.Base(strings.ReplaceAll(m.Name, "!", "/")))
	for {
		c, err := r.Next()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			m.out.Problems = append(m.out.Problems, r.Problems()...)
			if err != io.EOF {
				m.out.Problems = append(m.out.Problems, fmt.Sprintf("read to here only: %v", err))
			}
			return nil
		}
		if err := claim(c); err != nil {
			return err
		}
	}
}

// place finds out where the manifest's names begin: those that it gives lie below its own
// directory, below one around that, or have parts before them that are of the machine on
// which it was made. What most names agree with is taken for all.
func (m *foreign) place(names *nameSet, sample []string) {
	best := 0
	for _, raw := range [...]bool{true, false} {
		for _, under := range m.places() {
			for strip := 0; strip <= maxStrip; strip++ {
				hits := 0
				for _, p := range sample {
					if names.contains(m.resolve(p, under, strip, raw)) {
						hits++
					}
				}
				if hits > best {
					best, m.raw, m.out.Under, m.out.Strip, m.out.Matched = hits, raw, under, strip, true
				}
			}
		}
	}
}

// maxStrip is how many first parts of a name may be of the maker's machine.
const maxStrip = 16

// places lists where a manifest's names may begin: the nearest first.
func (m *foreign) places() (all []string) {
	if m.out.Found {
		for i := len(m.Name) - 1; i >= 0; i-- {
			if m.Name[i] == '/' || m.Name[i] == '!' {
				all = append(all, m.Name[:i+1])
			}
		}
	}
	return append(all, "")
}

// resolve makes of a manifest's name what the object is called here.
func (m *foreign) resolve(name, under string, strip int, raw bool) string {
	if !raw {
		name = custody.Slashed(name)
	}
	whole := name
	for range strip {
		_, rest, ok := strings.Cut(name, "/")
		if !ok {
			name = whole // it is not one of those
			break
		}
		name = rest
	}
	return under + shown(strings.TrimPrefix(path.Clean("/"+name), "/"))
}
