package serve

import (
	"context"
	"net/http"
	"strings"
)

// Handler answers all requests: of clients of AWS and of browsers.
func (s *Server) Handler() http.Handler {
	browser := s.browser()
	return s.guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, ok := s.locate(r)
		switch {
		case r.Header.Get("X-Amz-Target") != "":
			s.awsJSON(w, r, ok)
		case ofSDK(r) && foreign(r) != "":
			s.otherService(w, r, foreign(r))
		case ofSDK(r):
			s.s3(w, r, ok)
		default:
			browser.ServeHTTP(w, r)
		}
	}))
}

type contextKey int

const caseKey contextKey = iota

// caseOf returns the case that a request is for; nil: for none, where several are served.
func caseOf(r *http.Request) *served {
	c, _ := r.Context().Value(caseKey).(*served)
	return c
}

// locate finds the case that a request is for, and takes its name off the path.
func (s *Server) locate(r *http.Request) (*http.Request, bool) {
	if len(s.cases) == 1 {
		return r.WithContext(context.WithValue(r.Context(), caseKey, s.cases[0])), true
	}
	for _, c := range s.cases {
		if r.URL.Path != c.base && !strings.HasPrefix(r.URL.Path, c.base+"/") {
			continue
		}
		r2 := r.WithContext(context.WithValue(r.Context(), caseKey, c))
		url := *r.URL
		url.Path = strings.TrimPrefix(url.Path, c.base)
		if url.Path == "" {
			url.Path = "/"
		}
		url.RawPath = "" // the name of a case needs no escaping that would differ
		if raw := r.URL.EscapedPath(); strings.HasPrefix(raw, c.base+"/") {
			url.RawPath = strings.TrimPrefix(raw, c.base)
		}
		r2.URL = &url
		return r2, true
	}
	return r, false
}

// ofSDK reports whether a request without a target comes from a client of AWS: they
// all sign, or add headers of their own, or say who they are. Browsers say so too,
// and get nothing but pages: an object of the evidence that were HTML would else run as one.
func ofSDK(r *http.Request) bool {
	if r.Header.Get("Sec-Fetch-Mode") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
		return false
	}
	if strings.HasPrefix(r.Header.Get("Authorization"), "AWS") {
		return true
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Amz-") || strings.HasPrefix(name, "Amz-Sdk-") {
			return true
		}
	}
	agent := strings.ToLower(r.UserAgent())
	for _, prefix := range [...]string{"aws-", "boto", "s3fs", "apn/"} {
		if strings.HasPrefix(agent, prefix) {
			return true
		}
	}
	return false
}
