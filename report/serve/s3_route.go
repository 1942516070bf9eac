package serve

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/report"
)

// s3 answers a request in S3's protocol, path style: /BUCKET/KEY.
func (s *Server) s3(w http.ResponseWriter, r *http.Request, found bool) {
	h := w.Header()
	h.Set("X-Amz-Request-Id", s.cfg.NewID())
	// Were it ever shown by a browser, nothing of it may run.
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	err := s.answerS3(w, r, found)
	if err == nil {
		return
	}
	var f *fault
	switch {
	case errors.As(err, &f):
	case errors.Is(err, errNoBucket):
		f = &fault{"NoSuchBucket", "The specified bucket does not exist", http.StatusNotFound}
	case errors.Is(err, errNoFile):
		f = &fault{"NoSuchKey", "The specified key does not exist.", http.StatusNotFound}
	default:
		// 403, because clients repeat what is answered with 5xx.
		s.logf(r, "%s", report.Terminal(err.Error()))
		f = &fault{"AccessDenied", err.Error(), http.StatusForbidden}
	}
	writeXML(w, r, f.Status, &s3Error{Code: f.Code, Message: f.Message, Resource: r.URL.Path, RequestID: h.Get("X-Amz-Request-Id")})
}

// The parameters of S3's requests that mean nothing here, or are answered.
var (
	objectParameters = []string{"x-id", "partNumber"}
	listParameters   = []string{"x-id", "list-type", "delimiter", "encoding-type", "marker", "max-keys", "prefix", "continuation-token", "start-after", "fetch-owner", "max-buckets"}
)

func (s *Server) answerS3(w http.ResponseWriter, r *http.Request, found bool) error {
	if !found {
		return &fault{"NoSuchBucket", "several cases are served: the endpoint's URL must end in the name of one", http.StatusNotFound}
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.logf(r, "refused: S3 is read-only")
		return &fault{"AccessDenied", "Access Denied: evidence and results are read-only", http.StatusForbidden}
	}
	c := caseOf(r)
	if err := c.store.Follow(); err != nil {
		return err
	}
	query := r.URL.Query()
	bucket, key, isObject := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	known := listParameters
	if isObject && key != "" {
		known = objectParameters
	}
	_, location := query["location"]
	for name := range query {
		if !slices.Contains(known, name) && !strings.HasPrefix(name, "response-") && !(location && bucket != "" && key == "" && len(query) == 1) {
			s.logf(r, "unknown operation of S3: ?%s", report.Terminal(name))
			return &fault{"NotImplemented", "coldtrail does not implement ?" + name, http.StatusNotImplemented}
		}
	}
	_, region := credentialScope(r)
	if region == "" || region == anyRegion {
		region = "us-east-1"
	}
	w.Header().Set("X-Amz-Bucket-Region", region)
	switch {
	case bucket == "" && isObject:
		return errNoBucket
	case bucket == "":
		return c.listBuckets(w, r)
	case key != "":
		return c.getObject(w, r, bucket, key)
	}
	if ok, err := c.hasBucket(r.Context(), bucket); err != nil {
		return err
	} else if !ok {
		return errNoBucket
	}
	switch {
	case location: // the region that a client thinks it has: us-east-1 is the empty one
		writeXML(w, r, http.StatusOK, &bucketLocation{Space: s3Namespace})
		return nil
	case r.Method == http.MethodHead:
		w.WriteHeader(http.StatusOK)
		return nil
	}
	return c.listObjects(w, r, bucket, query)
}

const s3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

// s3Error is an error as S3 answers it.
type s3Error struct {
	XMLName   xml.Name `xml:"Error"`
	Code      string
	Message   string
	Resource  string
	RequestID string `xml:"RequestId"`
}

type bucketLocation struct {
	XMLName xml.Name `xml:"LocationConstraint"`
	Space   string   `xml:"xmlns,attr"`
}

type bucketList struct {
	XMLName xml.Name `xml:"ListAllMyBucketsResult"`
	Space   string   `xml:"xmlns,attr"`
	Owner   struct{ ID string }
	Buckets []bucketRow `xml:"Buckets>Bucket"`
}

type bucketRow struct{ Name, CreationDate string }

// bucketDate is the date of every bucket: nobody knows it.
const bucketDate = "1970-01-01T00:00:00.000Z"

// A pageOfObjects is the answer of ListObjects and of ListObjectsV2.
type pageOfObjects struct {
	XMLName               xml.Name `xml:"ListBucketResult"`
	Space                 string   `xml:"xmlns,attr"`
	Name                  string
	Prefix                string
	Marker                *string `xml:",omitempty"` // of the first version
	NextMarker            string  `xml:",omitempty"`
	KeyCount              *int    `xml:",omitempty"` // of the second one
	ContinuationToken     string  `xml:",omitempty"`
	NextContinuationToken string  `xml:",omitempty"`
	StartAfter            string  `xml:",omitempty"`
	MaxKeys               int
	Delimiter             string `xml:",omitempty"`
	EncodingType          string `xml:",omitempty"`
	IsTruncated           bool
	Contents              []objectRow
	CommonPrefixes        []prefixRow
}

type objectRow struct {
	Key          string
	LastModified string
	ETag         string
	Size         int64
	StorageClass string
}

type prefixRow struct{ Prefix string }

// maxKeys is how many keys a page of a list has at most.
const maxKeys = 1000

// tokenPrefix stands before the last key of a page in its continuation token.
const tokenPrefix = "after "

// listObjects is ListObjects and ListObjectsV2.
func (c *served) listObjects(w http.ResponseWriter, r *http.Request, bucket string, query url.Values) error {
	q := listing{prefix: query.Get("prefix"), after: query.Get("marker"), delimiter: query.Get("delimiter"), limit: maxKeys}
	if text := query.Get("max-keys"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return &fault{"InvalidArgument", "max-keys is a number from 0 on", http.StatusBadRequest}
		}
		q.limit = min(n, maxKeys)
	}
	encoded := func(s string) string { return s }
	if kind := query.Get("encoding-type"); kind != "" {
		if kind != "url" {
			return &fault{"InvalidArgument", "Invalid Encoding Method specified in Request", http.StatusBadRequest}
		}
		plain := strings.NewReplacer("%2F", "/", "+", "%20")
		encoded = func(s string) string { return plain.Replace(url.QueryEscape(s)) }
	}
	page := pageOfObjects{
		Space: s3Namespace, Name: bucket, Prefix: encoded(q.prefix), MaxKeys: q.limit, Delimiter: encoded(q.delimiter), EncodingType: query.Get("encoding-type"),
	}
	second := query.Get("list-type") == "2"
	if second {
		q.after = query.Get("start-after")
		page.StartAfter, page.ContinuationToken = encoded(q.after), query.Get("continuation-token")
		if page.ContinuationToken != "" {
			b, err := base64.RawURLEncoding.DecodeString(page.ContinuationToken)
			after, ours := strings.CutPrefix(string(b), tokenPrefix)
			if err != nil || !ours { // of any other text a list would be empty, or begin anywhere
				return &fault{"InvalidArgument", "The continuation token provided is incorrect", http.StatusBadRequest}
			}
			q.after = after
		}
	} else {
		marker := encoded(q.after)
		page.Marker = &marker
	}
	limit := q.limit
	q.limit++ // one more says whether there are more
	var items []item
	if limit > 0 {
		var err error
		if items, err = c.listBucket(r.Context(), bucket, q); err != nil {
			return err
		}
	}
	if page.IsTruncated = len(items) > limit; page.IsTruncated {
		items = items[:limit]
		last := items[limit-1].key
		if second {
			page.NextContinuationToken = base64.RawURLEncoding.EncodeToString([]byte(tokenPrefix + last))
		} else {
			page.NextMarker = encoded(last)
		}
	}
	if n := len(items); second {
		page.KeyCount = &n
	}
	for _, it := range items {
		if it.info == nil {
			page.CommonPrefixes = append(page.CommonPrefixes, prefixRow{encoded(it.key)})
			continue
		}
		page.Contents = append(page.Contents, objectRow{
			encoded(it.key), it.info.ModTime().UTC().Format("2006-01-02T15:04:05.000Z"), etag(it.info), it.info.Size(), "STANDARD",
		})
	}
	writeXML(w, r, http.StatusOK, &page)
	return nil
}

// writeXML writes an answer; to HEAD without its body.
func writeXML(w http.ResponseWriter, r *http.Request, status int, v any) {
	b, err := xml.Marshal(v)
	if err != nil {
		panic(err) // no type of ours lacks an encoding
	}
	b = append([]byte(xml.Header), b...)
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(b) // who went away needs no answer
	}
}
