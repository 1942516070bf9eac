package report

import (
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// Types of resources, as selectors name them.
const (
	s3Object       = "AWS::S3::Object"
	lambdaFunction = "AWS::Lambda::Function"
	dynamoTable    = "AWS::DynamoDB::Table"
)

// A resourceKey is a resource of data events. name is a bucket's name or an ARN.
type resourceKey struct {
	place     int
	typ, name string
}

func (k resourceKey) own() resourceKey { return resourceKey{k.place, own(k.typ), own(k.name)} }

// A dataResource counts the data events of a resource.
type dataResource struct {
	reads, writes stretches
	logs          int64 // of these events, the ones about log objects
	others        int64 // all further ones
}

// A typeKey is a type of resource in a place.
type typeKey struct {
	place int
	typ   string
}

func (k typeKey) own() typeKey { return typeKey{k.place, own(k.typ)} }

// The dataTable counts data events by resource.
type dataTable struct {
	resources capped[resourceKey, dataResource]
	rest      capped[typeKey, dataResource] // of resources beyond the limit, log objects apart
	delivered Delivered
	missing   map[uint64]struct{} // names of those that are not here
	swept     capped[string, sweptBucket]
}

// A sweptBucket is a bucket in which calls deleted objects that they do not name.
type sweptBucket struct {
	calls int64
	first []Mark
}

// sweptShown is how many of the calls in one bucket are listed.
const sweptShown = 20

// missingLimit bounds the names that are remembered so that an object that two events
// name counts once.
const missingLimit = 1 << 18

// dataEvent counts a data event by the resource that it is about.
func (b *CoverageBuilder) dataEvent(e *CoverageEvent, place int, sec int64) error {
	rec, err := e.record()
	if err != nil {
		return err
	}
	typ, name := dataResourceOf(e, &rec)
	var log bool
	if typ == s3Object {
		key := objectKey(&rec)
		if log = logKey(key); log {
			b.logObject(e, name, key)
		}
	}
	if typ == s3Object && e.Name == "DeleteObjects" && e.ErrorCode == "" {
		b.data.sweep(name, e)
	}
	row := b.data.resources.at(resourceKey{place, clip(typ), clip(name)}, resourceKey.own)
	if row == nil {
		if b.data.resources.others++; log {
			return nil
		}
		if row = b.data.rest.at(typeKey{place, clip(typ)}, typeKey.own); row == nil {
			return nil
		}
	}
	if log {
		row.logs++
	} else {
		row.others++
	}
	if readsOnly(e) {
		row.reads.see(len(b.epochs)-1, sec)
	} else {
		row.writes.see(len(b.epochs)-1, sec)
	}
	return nil
}

// dataResourceOf names the type and the resource of a data event: for objects the
// bucket, else the ARN. The type is the service's name where the event has none.
func dataResourceOf(e *CoverageEvent, rec *parser.Record) (typ, name string) {
	req, _ := rec.Get("requestParameters")
	bucket := textAt(req, "bucketName")
	if bucket != "" && e.Source == "s3.amazonaws.com" {
		return s3Object, bucket
	}
	list, _ := rec.Get("resources")
	list.Each(func(r parser.Value) bool {
		typ, name = textAt(r, "type"), textAt(r, "ARN")
		return typ == "" || name == ""
	})
	switch {
	case typ == "AWS::S3::Bucket", typ == s3Object:
		_, path, _ := strings.Cut(name, ":::")
		bucket, _, _ = strings.Cut(path, "/")
		return s3Object, bucket
	case typ != "" && name != "":
		return typ, name
	case e.Source == "lambda.amazonaws.com":
		return lambdaFunction, arnOf(textAt(req, "functionName"), e, "lambda", "function:")
	case e.Source == "dynamodb.amazonaws.com":
		return dynamoTable, arnOf(textAt(req, "tableName"), e, "dynamodb", "table/")
	}
	return e.Source, ""
}

// arnOf completes a name that is no ARN.
func arnOf(name string, e *CoverageEvent, service, prefix string) string {
	if name == "" || strings.HasPrefix(name, "arn:") {
		return name
	}
	return madeARN(service, e.Region, e.Account, prefix+name)
}

// objectKey returns the key of the object that an S3 event is about, or the prefix that it
// lists.
func objectKey(rec *parser.Record) string {
	req, _ := rec.Get("requestParameters")
	if key := textAt(req, "key"); key != "" {
		return key
	}
	return textAt(req, "prefix")
}

// logKey reports whether a key is where a trail puts its objects.
func logKey(key string) bool {
	_, rest, ok := strings.Cut(key, "AWSLogs/")
	return ok && strings.Contains(rest, "/CloudTrail")
}

const trailService = "cloudtrail.amazonaws.com"

// logObject looks at an event about a log object.
func (b *CoverageBuilder) logObject(e *CoverageEvent, bucket, key string) {
	if e.ErrorCode != "" {
		return
	}
	switch {
	case e.Name == "PutObject" && (e.Principal == trailService || e.SourceIP == trailService):
		b.logBucket(bucket)
		b.delivery(e, bucket, key)
	case e.Name == "DeleteObject":
		d := &b.data.delivered
		if d.Deleted++; len(d.DeletedRows) < coverListLimit {
			d.DeletedRows = append(d.DeletedRows, DeliveredObject{own(bucket), own(key), e.mark(), !b.objects.full && b.objects.has(key)})
		}
	}
}

// sweep notes a call that deletes several objects. Whether the bucket holds logs may be known later.
func (t *dataTable) sweep(bucket string, e *CoverageEvent) {
	row := t.swept.at(clip(bucket), strings.Clone)
	if row == nil {
		t.swept.others++
		return
	}
	if row.calls++; len(row.first) < sweptShown {
		row.first = append(row.first, e.mark())
	}
}

// logBucket remembers a bucket that holds logs.
func (b *CoverageBuilder) logBucket(name string) {
	if len(b.buckets) < coverResourceLimit && !b.buckets[name] {
		b.buckets[own(name)] = true
	}
}

// delivery compares an object that CloudTrail delivered with those that are here.
func (b *CoverageBuilder) delivery(e *CoverageEvent, bucket, key string) {
	d := &b.data.delivered
	d.Named++
	if b.objects.full || b.objects.has(key) {
		return
	}
	hash := hashName(key)
	if _, seen := b.data.missing[hash]; seen {
		return
	}
	if len(b.data.missing) < missingLimit {
		if b.data.missing == nil {
			b.data.missing = make(map[uint64]struct{})
		}
		b.data.missing[hash] = struct{}{}
	}
	if d.Missing++; len(d.MissingRows) < coverListLimit {
		d.MissingRows = append(d.MissingRows, DeliveredObject{own(bucket), own(key), e.mark(), false})
	}
}

func (t *dataTable) result(full bool, buckets map[string]bool) Delivered {
	d := t.delivered
	for i, name := range t.swept.keys {
		if row := &t.swept.vals[i]; buckets[name] {
			d.Swept += row.calls
			for _, m := range row.first[:min(len(row.first), coverListLimit-len(d.SweptRows))] {
				d.SweptRows = append(d.SweptRows, DeliveredObject{Bucket: name, By: m})
			}
		}
	}
	d.Compared = !full
	d.MissingRows = append([]DeliveredObject{}, d.MissingRows...)
	d.DeletedRows = append([]DeliveredObject{}, d.DeletedRows...)
	return d
}

// holdsLogs reports whether a bucket is known, or appears, to hold the logs themselves: events about
// it say nothing of other buckets.
func (b *CoverageBuilder) holdsLogs(k *resourceKey, r *dataResource) bool {
	return k.typ == s3Object && (b.buckets[k.name] || r.logs > 0 && r.others == 0)
}
