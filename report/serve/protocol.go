package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/report"
)

// A fault is an error as AWS answers it: HTTP 400, unless it says otherwise, because
// clients repeat what is answered with 5xx or called throttling.
type fault struct {
	Code    string
	Message string
	Status  int // 0: 400
}

func (f *fault) Error() string { return f.Code + ": " + f.Message }

func faultf(code, format string, args ...any) *fault {
	return &fault{Code: code, Message: fmt.Sprintf(format, args...)}
}

// A call is a request in AWS's JSON protocol.
type call struct {
	*served
	request *http.Request
	region  string // that it is signed for; "": it is not signed
}

func (c *call) context() context.Context { return c.request.Context() }

// An operation answers a call; its body is JSON.
type operation func(c *call, body []byte) (any, error)

// operations are those of a service by their names.
type operations map[string]operation

// op makes an operation of a function of its decoded input.
func op[In any](f func(c *call, in *In) (any, error)) operation {
	return func(c *call, body []byte) (any, error) {
		var in In
		if len(body) > 0 {
			if err := json.Unmarshal(body, &in); err != nil {
				return nil, faultf("SerializationException", "%v", err)
			}
		}
		return f(c, &in)
	}
}

// services are the services of the JSON protocol by the prefixes of their targets.
var services = map[string]operations{
	cloudTrailTarget:    cloudTrailOperations,
	athenaTarget:        athenaOperations,
	organizationsTarget: {"DescribeOrganization": op(describeOrganization)},
}

// contentType is of AWS's JSON protocol, which browsers do not send unasked.
const contentType = "application/x-amz-json-1.1"

// awsJSON answers a request in AWS's JSON protocol.
func (s *Server) awsJSON(w http.ResponseWriter, r *http.Request, found bool) {
	w.Header().Set("X-Amzn-Requestid", s.cfg.NewID())
	out, err := s.answer(r, found)
	status := http.StatusOK
	if err != nil {
		var f *fault
		if !errors.As(err, &f) {
			s.logf(r, "%s: %s", report.Terminal(r.Header.Get("X-Amz-Target")), report.Terminal(err.Error()))
			f = &fault{"InternalFailure", err.Error(), http.StatusInternalServerError}
		}
		if status = f.Status; status == 0 {
			status = http.StatusBadRequest
		}
		out = f.body(r.Header.Get("X-Amz-Target"))
	}
	writeJSON(w, status, out)
}

func writeJSON(w http.ResponseWriter, status int, out any) {
	b, err := encode(out)
	if err != nil {
		panic(err) // no type of ours lacks an encoding
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b) // who went away needs no answer
}

// encode encodes an answer; what is text in JSON already stands as it is.
func encode(out any) ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(out)
	return []byte(strings.TrimSuffix(b.String(), "\n")), err
}

// body is what clients find the error in.
func (f *fault) body(target string) any {
	if strings.HasPrefix(target, athenaTarget) {
		return struct {
			Type    string `json:"__type"`
			Code    string `json:"AthenaErrorCode,omitempty"`
			Message string
		}{f.Code, map[string]string{"InvalidRequestException": "INVALID_INPUT"}[f.Code], f.Message}
	}
	return struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}{f.Code, f.Message}
}

const athenaTarget = "AmazonAthena"

func (s *Server) answer(r *http.Request, found bool) (any, error) {
	target := r.Header.Get("X-Amz-Target")
	if r.Method != http.MethodPost {
		return nil, faultf("UnknownOperationException", "POST is the only method")
	}
	// A page can make a browser send text/plain anywhere, but this only where it may.
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || !strings.HasPrefix(kind, "application/x-amz-json-1.") {
		return nil, &fault{"UnsupportedMediaTypeException", "Content-Type must be " + contentType, http.StatusUnsupportedMediaType}
	}
	if !found {
		return nil, &fault{"UnknownOperationException", "several cases are served: the endpoint's URL must end in the name of one", http.StatusNotFound}
	}
	if err := caseOf(r).store.Follow(); err != nil {
		s.logf(r, "%s", report.Terminal(err.Error()))
		return nil, faultf("InternalFailure", "%v", err)
	}
	body, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, &fault{"RequestEntityTooLargeException", fmt.Sprintf("the request has more than %d bytes", large.Limit), http.StatusRequestEntityTooLarge}
	} else if err != nil {
		return nil, faultf("SerializationException", "%v", err)
	}
	prefix, name := cutLast(target, ".")
	do, known := services[prefix][name]
	if !known {
		s.logf(r, "unknown operation %s", report.Terminal(target))
		return nil, faultf("UnknownOperationException", "coldtrail does not implement %s", target)
	}
	_, region := credentialScope(r)
	return do(&call{caseOf(r), r, region}, body)
}

// cutLast is what stands before and behind the last sep in s.
func cutLast(s, sep string) (before, after string) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):]
	}
	return s, ""
}

// credentialScope returns the service and the region that a request is signed for.
// The signature is not looked at: there is no secret.
func credentialScope(r *http.Request) (service, region string) {
	_, rest, ok := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if !ok {
		return "", ""
	}
	scope, _, _ := strings.Cut(rest, ",")
	// KEY/20260302/us-east-1/cloudtrail/aws4_request; the key ID may have any character.
	parts := strings.Split(strings.TrimSpace(scope), "/")
	if n := len(parts); n >= 5 && parts[n-1] == "aws4_request" {
		return parts[n-2], parts[n-3]
	}
	return "", ""
}
