package serve

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/report"
)

// trailInfo is a trail as DescribeTrails gives it. What the evidence cannot tell is left out.
type trailInfo struct {
	Name                     string
	S3BucketName             string
	S3KeyPrefix              string `json:",omitempty"`
	IsMultiRegionTrail       bool
	HomeRegion               string
	TrailARN                 string
	LogFileValidationEnabled bool
	IsOrganizationTrail      bool
}

func (t *trail) info() trailInfo {
	return trailInfo{
		Name: t.name, S3BucketName: t.bucket, S3KeyPrefix: strings.TrimSuffix(t.keyPrefix, "/"), IsMultiRegionTrail: len(t.regions) > 1,
		HomeRegion: t.home, TrailARN: t.arn(), LogFileValidationEnabled: t.digest != "", IsOrganizationTrail: t.organization != "",
	}
}

// describeTrails is DescribeTrails. A trail of an organization is given for each account,
// because nothing in the evidence's names says which one owns it.
func describeTrails(c *call, in *struct {
	TrailNameList       []string `json:"trailNameList"`
	IncludeShadowTrails *bool    `json:"includeShadowTrails"`
}) (any, error) {
	l, err := c.layout(c.context())
	if err != nil {
		return nil, err
	}
	for _, name := range in.TrailNameList {
		if err := checkTrailName(name); err != nil {
			return nil, err
		}
	}
	list := []trailInfo{}
	for _, t := range l.trails {
		wanted := len(in.TrailNameList) == 0 || slices.ContainsFunc(in.TrailNameList, t.is)
		shadow := c.region != "" && c.region != anyRegion && c.region != t.home
		if wanted && (!shadow || in.IncludeShadowTrails == nil || *in.IncludeShadowTrails) {
			list = append(list, t.info())
		}
	}
	return struct {
		TrailList []trailInfo `json:"trailList"`
	}{list}, nil
}

// is reports whether a name or an ARN is that of a trail.
func (t *trail) is(s string) bool { return s == t.name || s == t.arn() }

var (
	trailARN  = regexp.MustCompile(`^arn:aws[a-z-]*:cloudtrail:[a-z0-9-]+:\d{12}:trail/(.+)$`)
	trailName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$`)
)

func checkTrailName(s string) error {
	if strings.HasPrefix(s, "arn:") && !trailARN.MatchString(s) {
		return faultf("CloudTrailARNInvalidException", "%q is not the ARN of a trail", s)
	}
	if !strings.HasPrefix(s, "arn:") && !trailName.MatchString(s) {
		return faultf("InvalidTrailNameException", "%q is not the name of a trail", s)
	}
	return nil
}

// findTrail returns the trail of a name or an ARN.
func (c *call) findTrail(name string) (*trail, error) {
	if err := checkTrailName(name); err != nil {
		return nil, err
	}
	l, err := c.layout(c.context())
	if err != nil {
		return nil, err
	}
	for _, t := range l.trails {
		if t.is(name) {
			return t, nil
		}
	}
	return nil, faultf("TrailNotFoundException", "Unknown trail: %s: the evidence names no such trail", name)
}

type namedTrail struct{ Name string }

func getTrail(c *call, in *namedTrail) (any, error) {
	t, err := c.findTrail(in.Name)
	if err != nil {
		return nil, err
	}
	return struct{ Trail trailInfo }{t.info()}, nil
}

func listTrails(c *call, in *struct{ NextToken string }) (any, error) {
	if in.NextToken != "" {
		return nil, faultf("InvalidTokenException", "the token is not one that coldtrail gave")
	}
	type row struct{ TrailARN, Name, HomeRegion string }
	l, err := c.layout(c.context())
	if err != nil {
		return nil, err
	}
	rows := []row{}
	for _, t := range l.trails {
		rows = append(rows, row{t.arn(), t.name, t.home})
	}
	return struct{ Trails []row }{rows}, nil
}

// trailStatus is the state of a trail at the end of the evidence.
type trailStatus struct {
	IsLogging                bool
	LatestDeliveryTime       epoch  `json:",omitzero"`
	StartLoggingTime         epoch  `json:",omitzero"`
	StopLoggingTime          epoch  `json:",omitzero"`
	LatestDigestDeliveryTime epoch  `json:",omitzero"`
	TimeLoggingStarted       string `json:",omitempty"`
	TimeLoggingStopped       string `json:",omitempty"`
}

// getTrailStatus is GetTrailStatus, as the evidence leaves the trail: it logs unless the
// last successful event that starts, stops or deletes it says that it does not. The latest deliveries
// are the newest objects of the evidence, by their names.
func getTrailStatus(c *call, in *namedTrail) (any, error) {
	t, err := c.findTrail(in.Name)
	if err != nil {
		return nil, err
	}
	s := trailStatus{IsLogging: true, LatestDeliveryTime: epoch{t.newestLog}, LatestDigestDeliveryTime: epoch{t.newestDigest}}
	if err := c.readSwitches(c.context(), t, &s); err != nil {
		return nil, err
	}
	const form = "2006-01-02T15:04:05Z"
	if at := s.StartLoggingTime; !at.IsZero() {
		s.TimeLoggingStarted = at.Format(form)
	}
	if at := s.StopLoggingTime; !at.IsZero() {
		s.TimeLoggingStopped = at.Format(form)
	}
	return &s, nil
}

// readSwitches reads the events that start, stop or delete a trail, in their order.
func (c *served) readSwitches(ctx context.Context, t *trail, s *trailStatus) error {
	f, err := report.NewFilter([]report.Term{
		{Flag: "event-source", Value: "cloudtrail"}, {Flag: "error", Value: "none"},
		{Flag: "event-name", Value: "StartLogging"}, {Flag: "event-name", Value: "StopLogging"}, {Flag: "event-name", Value: "DeleteTrail"},
	}, 0)
	if err != nil {
		return err
	}
	return c.store.Scan(ctx, f, []string{"eventname", "requestparameters", "account"}, func(r *report.Row) error {
		var request struct{ Name string }
		if json.Unmarshal([]byte(r.Text(1)), &request) != nil || nameOf(request.Name) != t.name {
			return nil
		}
		// The event is its caller's: of an organization's trail that is another account than the log's.
		if t.organization == "" && r.Text(2) != t.account && !strings.Contains(request.Name, t.account) {
			return nil
		}
		at := epoch{r.Time().Truncate(time.Second)}
		if s.IsLogging = r.Text(0) == "StartLogging"; s.IsLogging {
			s.StartLoggingTime = at
		} else {
			s.StopLoggingTime = at
		}
		return nil
	})
}
