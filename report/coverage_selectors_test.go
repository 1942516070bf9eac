package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan"
)

// setOf parses requestParameters.
func setOf(t *testing.T, params string) *selectorSet {
	t.Helper()
	rec := parser.Record{Raw: []byte(`{"requestParameters":` + params + `}`)}
	v, ok := rec.Get("requestParameters")
	if !ok {
		t.Fatal(params)
	}
	return parseSelectors(v)
}

func TestSelectors(t *testing.T) {
	const fn = "arn:aws:lambda:us-east-1:111122223333:function:pay"
	data := func(typ, field string) string {
		return `{"advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]},{"field":"resources.type","equals":["` + typ + `"]}` + field + `]}]}`
	}
	arn := func(typ, op, value string) string {
		return data(typ, `,{"field":"resources.ARN","`+op+`":["`+value+`"]}`)
	}
	bucket := probe{category: catData, typ: s3Object, resource: "b", reads: true}
	anyBucket, function, anyFunction := bucket, probe{category: catData, typ: lambdaFunction, resource: fn, writes: true}, probe{category: catData, typ: lambdaFunction, resource: "*", writes: true}
	anyBucket.resource = "*"
	tests := []struct {
		params string
		p      probe
		want   verdict
	}{
		{data(s3Object, ""), bucket, recordsAll},
		{data(s3Object, ""), function, recordsNot},
		{data(s3Object, ""), probe{category: catManagement, reads: true}, recordsNot},
		{arn(s3Object, "startsWith", "arn:aws:s3:::b/"), bucket, recordsAll},
		{arn(s3Object, "startsWith", "arn:aws:s3:::b/"), anyBucket, recordsNot},
		{arn(s3Object, "startsWith", "arn:aws:s3:::b/x"), bucket, recordsPart},
		{arn(s3Object, "startsWith", "arn:aws:s3:::"), bucket, recordsAll},
		{arn(s3Object, "startsWith", "arn:aws:s3:::"), anyBucket, recordsAll},
		{arn(s3Object, "startsWith", "arn:aws:s3:::bb"), bucket, recordsNot},
		{arn(s3Object, "startsWith", "arn:aws:s3:::bb"), anyBucket, recordsPart},
		{arn(s3Object, "equals", "arn:aws:s3:::b/key"), bucket, recordsPart},
		{arn(s3Object, "equals", "arn:aws:s3:::b/key"), anyBucket, recordsNot},
		{arn(s3Object, "endsWith", ".txt"), bucket, recordsPart},
		{arn(s3Object, "notEquals", "arn:aws:s3:::b/key"), bucket, recordsPart},
		{arn(s3Object, "notEquals", "arn:aws:s3:::c/key"), bucket, recordsAll},
		{arn(s3Object, "notStartsWith", "arn:aws:s3:::b/"), bucket, recordsNot},
		{arn(s3Object, "notStartsWith", "arn:aws:s3:::b/"), anyBucket, recordsAll},
		{arn(s3Object, "notEndsWith", ".txt"), bucket, recordsPart},
		{arn(lambdaFunction, "equals", fn), function, recordsAll},
		{arn(lambdaFunction, "equals", fn), anyFunction, recordsNot},
		{arn(lambdaFunction, "endsWith", ":pay"), function, recordsAll},
		{arn(lambdaFunction, "endsWith", ":pay"), anyFunction, recordsPart},
		{arn(lambdaFunction, "notEndsWith", ":pay"), function, recordsNot},
		{arn(lambdaFunction, "startsWith", "arn:aws:lambda:us-east-1:"), anyFunction, recordsPart},
		{arn(lambdaFunction, "notEquals", fn), anyFunction, recordsAll},
		{data(s3Object, `,{"field":"readOnly","equals":["false"]}`), bucket, recordsNot},
		{data(s3Object, `,{"field":"eventName","equals":["GetObject"]}`), bucket, recordsPart},
		{data(s3Object, `,{"field":"userIdentity.arn","notEquals":["arn:aws:iam::111122223333:role/noise"]}`), bucket, recordsPart},
		{`{"advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["NetworkActivity"]},{"field":"eventSource","equals":["kms.amazonaws.com"]}]}]}`,
			probe{category: catNetwork, reads: true, writes: true}, recordsPart},
		{`{"advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"eventSource","notEquals":["kms.amazonaws.com"]}]}]}`,
			probe{category: catManagement, reads: true, source: "kms.amazonaws.com"}, recordsNot},
		{`{"advancedEventSelectors":[]}`, bucket, recordsNot},
		{`{"eventSelectors":[{"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3:::b/"]},{"type":"AWS::S3::Object","values":["arn:aws:s3"]}]}]}`, anyBucket, recordsAll},
		{`{"eventSelectors":[{"readWriteType":"WriteOnly","dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3"]}]}]}`, bucket, recordsNot},
		{`{"eventSelectors":[{"includeManagementEvents":false}]}`, probe{category: catManagement, writes: true}, recordsNot},
	}
	for _, tt := range tests {
		if got := setOf(t, tt.params).records(&tt.p); got != tt.want {
			t.Errorf("%s\n%+v: got %d, want %d", tt.params, tt.p, got, tt.want)
		}
	}
	if setOf(t, `{"trailName":"main"}`) != nil {
		t.Error("no selectors are not empty selectors")
	}
}

// Selectors with more values than AWS allows are not followed: nothing is concluded from a part of them.
func TestSelectorsTooMany(t *testing.T) {
	values := strings.Repeat(`"arn:aws:s3:::other/",`, coverValueLimit) + `"arn:aws:s3:::b/"`
	s := setOf(t, `{"eventSelectors":[{"dataResources":[{"type":"AWS::S3::Object","values":[`+values+`]}]}]}`)
	if got := s.records(&probe{category: catData, typ: s3Object, resource: "b", reads: true}); got != recordsUnknown {
		t.Error(got)
	}
}

func TestCoverageOrganisationTrail(t *testing.T) {
	for org, want := range map[string]string{"true": "01:00:00 answerable, 01:00:01 answerable, 02:00:01 cannot be answered, 02:10:00 partly", "false": "01:00:00 answerable"} {
		c := &coverCase{t: t}
		c.call("01:00:00", "ec2", "DescribeInstances", "").Account = "444455556666"
		c.trail("01:00:01", "UpdateTrail", `{"name":"main","isMultiRegionTrail":true,"isOrganizationTrail":`+org+`}`)
		c.trail("02:00:01", "StopLogging", `{"name":"main"}`)
		c.call("02:10:00", "ec2", "DescribeInstances", "").Account = "444455556666"
		c.call("02:30:00", "iam", "CreateUser", "")
		got := c.finish()
		got.Answers = slices.DeleteFunc(got.Answers, func(a Answer) bool { return a.Account != "444455556666" })
		wantText(t, "organisation "+org, said(t, got, "management reads", ""), want)
	}
}

// An organization's trail records nothing of an account of another organization, where the names of both accounts' objects say which these are.
func TestCoverageTrailOfAnotherOrganisation(t *testing.T) {
	const ours, theirs = "o-aaaaaaaaaa/", "o-bbbbbbbbbb/"
	for _, organizations := range [][2]string{{ours, ours}, {ours, theirs}, {ours, ""}, {"", ""}, {"o-x/", theirs}} {
		c := &coverCase{t: t}
		for i, account := range []string{coverAccount, "444455556666"} {
			c.objects = append(c.objects, scan.Object{Ordinal: uint64(i), Path: fmt.Sprintf("AWSLogs/%s%s/CloudTrail/us-east-1/2024/03/01/%[2]s_CloudTrail_us-east-1_20240301T0300Z_aaaaaaaaaaaaaaa%d.json.gz", organizations[i], account, i)})
		}
		c.call("01:00:00", "ec2", "DescribeInstances", "").Account = "444455556666"
		c.trail("01:00:01", "UpdateTrail", `{"name":"main","isMultiRegionTrail":true,"isOrganizationTrail":true}`)
		c.trail("02:00:01", "StopLogging", `{"name":"main"}`)
		c.call("02:10:00", "ec2", "DescribeInstances", "").Account = "444455556666"
		c.call("02:30:00", "iam", "CreateUser", "")
		got := c.finish()
		got.Answers = slices.DeleteFunc(got.Answers, func(a Answer) bool { return a.Account != "444455556666" })
		text := said(t, got, "management reads", "")
		if vouches := strings.Contains(text, "cannot be answered"); vouches == (organizations == [2]string{ours, theirs}) {
			t.Errorf("%q: %s", organizations, text)
		}
	}
}

// However often trails are changed, tables are bounded, and what is beyond them is unknown.
func TestCoverageBounds(t *testing.T) {
	c := &coverCase{t: t}
	c.call("01:00:00", "iam", "CreateUser", "")
	for i := range coverEpochLimit {
		name := [...]string{"StopLogging", "StartLogging"}[i%2]
		c.trail(fmt.Sprintf("02:%02d:%02d", i/60, i%60), name, fmt.Sprintf(`{"name":"t%d"}`, i/2%(coverTrailLimit+10)))
	}
	for i := range coverResourceLimit + 5 {
		c.object("03:00:00", "GetObject", fmt.Sprintf("bucket-%d", i), "k")
	}
	c.trail("04:00:00", "StopLogging", `{"name":"t0"}`)
	c.trail("04:00:01", "StopLogging", `{"name":"t1"}`)
	c.call("05:00:00", "iam", "CreateUser", "")
	got := c.finish()
	if len(got.Trails) > coverTrailLimit || got.OtherData != 5 {
		t.Errorf("%d trails, %d other changes, %d other data events", len(got.Trails), got.OtherTrails, got.OtherData)
	}
	for i := range got.Answers {
		a := &got.Answers[i]
		if last := a.Segments[len(a.Segments)-1]; a.Question == "management changes" && !strings.Contains(last.Reason, "too often") {
			t.Errorf("%+v", last)
		}
		if a.Question == "object reads" && a.Resource == "*" && a.Events != 5 {
			t.Errorf("the rest: %d events", a.Events)
		}
	}
}

// What was seen before the known trail was deleted does not show that another one, of which nothing is known, records anything.
func TestCoverageUnknownAfterDeletion(t *testing.T) {
	c := &coverCase{t: t}
	c.everyHour(1, 2)
	c.in("eu-west-1", "02:10:00", "ec2", "RunInstances", "Management", "")
	c.trail("02:30:00", "DeleteTrail", `{"name":"main"}`)
	c.trail("05:00:00", "PutInsightSelectors", `{"trailName":"other","insightSelectors":[]}`)
	c.call("08:00:00", "ec2", "DescribeInstances", "")
	wantText(t, "changes in eu-west-1", said(t, c.finish(), "management changes", ""), "01:00:10 unknown, 02:10:00 answerable, 02:30:00 cannot be answered, 05:00:00 unknown")
}

// A resource that a call names shortly has the ARN by which selectors name it, in every partition.
func TestMadeARN(t *testing.T) {
	for region, want := range map[string]string{
		"eu-west-1": "aws us-east-1", "cn-northwest-1": "aws-cn cn-north-1", "us-gov-east-1": "aws-us-gov us-gov-west-1", "us-iso-west-1": "aws-iso us-iso-east-1",
		"us-isob-east-1": "aws-iso-b us-isob-east-1", "eusc-de-east-1": "aws-eusc eusc-de-east-1",
	} {
		partition, global := PartitionOf(region)
		if partition+" "+global != want {
			t.Errorf("%s: %s %s, want %s", region, partition, global, want)
		}
		if got, want := madeARN("lambda", region, "111122223333", "function:pay"), "arn:"+partition+":lambda:"+region+":111122223333:function:pay"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
