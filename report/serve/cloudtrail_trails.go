package serve

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
)

// A trail is what the names of the evidence's objects tell of one. Digests' names have
// its name and its home region. Logs' names have neither, so for an account that has
// logs and no digests there is a trail that is called noName.
type trail struct {
	account, name, home string
	organization        string // o-…; "": it is no organization's
	regions             []string
	source, prefix      string // where its objects lie: prefix is what stands before AWSLogs/
	digest              string // path of its newest digest; "": it has none
	newestLog           time.Time
	newestDigest        time.Time

	bucket, keyPrefix string // where they lay in S3, as the newest digest says; else source and prefix
}

// noName is the name of a trail that no digest names.
const noName = "coldtrail"

func (t *trail) arn() string {
	partition, _ := report.PartitionOf(t.home)
	return fmt.Sprintf("arn:%s:cloudtrail:%s:%s:trail/%s", partition, t.home, t.account, t.name)
}

// A layout is what the names of a case's objects tell.
type layout struct {
	sources []string
	trails  []*trail // by ARN
}

// maxTrails bounds the trails of a case: whoever could write to the bucket may have
// invented names.
const maxTrails = 10_000

// layout reads the names of the case's objects, once.
func (c *served) layout(ctx context.Context) (*layout, error) {
	c.layoutOnce.Lock()
	defer c.layoutOnce.Unlock()
	if c.layoutRead == nil {
		l, err := c.readLayout(ctx)
		if err != nil {
			return nil, err
		}
		c.layoutRead = l
	}
	return c.layoutRead, nil
}

func (c *served) readLayout(ctx context.Context) (*layout, error) {
	kase, err := report.OpenCase(c.dir)
	if err != nil {
		return nil, err
	}
	defer kase.Close()
	r := layoutReader{trails: map[string]*trail{}, logs: map[string]*trail{}}
	for o, err := range kase.Objects() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		r.see(&o)
	}
	l := &layout{sources: kase.Sources(), trails: r.all()}
	if r.more > 0 {
		c.s.cfg.Log("case %s: digests of more than %d trails: of %d objects the trail is left out", report.Terminal(c.name), maxTrails, r.more)
	}
	return l, c.locateTrails(ctx, l.trails, maxLocating)
}

// maxLocating bounds how much of digests is read to find out where trails' objects lay in S3, in bytes: hundreds of
// thousands of true ones have less, but each may be made to have maxDigest.
const maxLocating = 1 << 30

// locateTrails asks the newest digest of each trail where it lay in S3.
func (c *served) locateTrails(ctx context.Context, trails []*trail, room int64) error {
	left := 0
	for _, t := range trails {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch t.bucket, t.keyPrefix = t.source, t.prefix; {
		case t.digest == "":
		case room <= 0:
			left++
		default:
			if err := c.locateTrail(t, &room); err != nil {
				c.s.cfg.Log("digest %s: %s", report.Terminal(t.digest), report.Terminal(err.Error()))
			}
		}
	}
	if left > 0 {
		c.s.cfg.Log("case %s: the newest digests are too long: of %d trails it is not known where they lay in S3", report.Terminal(c.name), left)
	}
	return nil
}

// locateTrail asks the newest digest of a trail where it lay in S3.
func (c *served) locateTrail(t *trail, room *int64) error {
	src, err := c.evidence.open(t.source)
	if src == nil || err != nil {
		return err
	}
	d, err := readDigest(src, t.digest, room)
	if err != nil {
		return err
	}
	rest := strings.TrimPrefix(t.digest, t.prefix) // AWSLogs/…
	prefix, ok := strings.CutSuffix(d.Object, rest)
	if ok && strings.HasPrefix(rest, "AWSLogs/") && bucketName.MatchString(d.Bucket) && (prefix == "" || strings.HasSuffix(prefix, "/")) {
		t.bucket, t.keyPrefix = d.Bucket, prefix
	}
	return nil
}

// bucketName is a name that a bucket can have.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// A layoutReader makes trails of objects' names.
type layoutReader struct {
	trails map[string]*trail // by account, name, home, source and prefix
	logs   map[string]*trail // of accounts, by account, source and prefix
	more   int
}

// digestName is the name of a digest: the trail's name may have hyphens and
// underscores too, so that only a home region behind it ends it.
var digestName = regexp.MustCompile(`_CloudTrail-Digest_[a-z0-9-]+?_(.+)_([a-z]{2}[a-z-]*-\d)_\d{8}T\d{6}Z(_backfill)?\.json\.gz$`)

// organizationPart is the directory of an organization.
var organizationPart = regexp.MustCompile(`^AWSLogs/(o-[a-z0-9]{10,32})/`)

func (r *layoutReader) see(o *scan.Object) {
	n, ok := scan.ParseObjectName(o.Path)
	at := strings.LastIndex(o.Path, "AWSLogs/")
	if !ok {
		return
	}
	t := trail{account: n.Account, name: noName, source: o.Source}
	if at > 0 && o.Path[at-1] == '/' || at == 0 {
		t.prefix = o.Path[:at]
		if m := organizationPart.FindStringSubmatch(o.Path[at:]); m != nil {
			t.organization = m[1]
		}
	}
	group := r.logs
	if n.Kind == "-Digest" {
		m := digestName.FindStringSubmatch(o.Path)
		if m == nil {
			return
		}
		t.name, t.home, group = m[1], m[2], r.trails
	}
	key := strings.Join([]string{t.account, t.name, t.home, t.source, t.prefix}, "\x00")
	known := group[key]
	if known == nil {
		if len(group) >= maxTrails {
			r.more++
			return
		}
		known = &t
		group[key] = known
	}
	if !slices.Contains(known.regions, n.Region) {
		known.regions = append(known.regions, n.Region)
	}
	if n.Kind != "-Digest" {
		known.newestLog = latest(known.newestLog, n.Delivered)
	} else if n.Delivered.After(known.newestDigest) {
		known.newestDigest, known.digest = n.Delivered, o.Path
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// all returns the trails, by ARN.
func (r *layoutReader) all() (all []*trail) {
	digested := map[string]bool{}
	for _, t := range r.trails {
		digested[t.account] = true
		for _, l := range r.logs {
			if l.account == t.account && l.source == t.source && l.prefix == t.prefix {
				t.newestLog = l.newestLog
			}
		}
		all = append(all, t)
	}
	for _, t := range r.logs {
		if !digested[t.account] {
			all = append(all, t)
		}
	}
	for _, t := range all {
		slices.Sort(t.regions)
		if t.home == "" {
			t.home = t.regions[0]
			if slices.Contains(t.regions, "us-east-1") {
				t.home = "us-east-1"
			}
		}
	}
	slices.SortFunc(all, func(a, b *trail) int {
		return strings.Compare(a.arn()+"\x00"+a.source+"\x00"+a.prefix, b.arn()+"\x00"+b.source+"\x00"+b.prefix)
	})
	return all
}
