package serve

import (
	"encoding/xml"
	"net/http"
	"strconv"
)

// s3 answers a request in S3's protocol.
func (s *Server) s3(w http.ResponseWriter, r *http.Request, _ bool) {
	s.logf(r, "unknown operation of S3")
	s.writeS3Error(w, r, &fault{"NotImplemented", "coldtrail does not implement this", http.StatusNotImplemented})
}

// s3Error is an error as S3 answers it.
type s3Error struct {
	XMLName   xml.Name `xml:"Error"`
	Code      string
	Message   string
	Resource  string
	RequestID string `xml:"RequestId"`
}

func (s *Server) writeS3Error(w http.ResponseWriter, r *http.Request, f *fault) {
	writeXML(w, r, f.Status, &s3Error{Code: f.Code, Message: f.Message, Resource: r.URL.Path, RequestID: w.Header().Get("X-Amz-Request-Id")})
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
		w.Write(b)
	}
}
