package serve

import (
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/coldtrail/coldtrail/report"
)

// maxBody bounds the body of a request, in bytes: Athena's longest query string is
// 262,144 characters, each of which JSON may write as six.
const maxBody = 2 << 20

// guarded refuses requests that no client of this machine makes on its user's behalf:
// those for another host's name, which a page makes whose name was bound to loopback
// after it was loaded, and those of other sites' pages.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.recovered(w, r)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Server", "coldtrail")
		if why := refusal(r); why != "" {
			s.logf(r, "refused: %s", why)
			http.Error(w, "refused: "+why, http.StatusForbidden)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// refusal says why a request is not answered; "": it is.
func refusal(r *http.Request) string {
	local := ""
	if a, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		local = a.String()
	}
	if !ownHost(r.Host, local) {
		return "the Host header is not this server's"
	}
	if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
		return "it comes from another site's page"
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return ""
	}
	// A link that somebody follows is welcome, but nothing that a page fetches, embeds or posts.
	if r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document" {
		return ""
	}
	return "it comes from another site's page"
}

// ownHost reports whether a Host header names this machine's loopback, and the port if the address
// that the request came to is known.
func ownHost(host, local string) bool {
	_, port, _ := net.SplitHostPort(local)
	if local != "" && (host == local || host+":80" == local) { // 127.0.0.2, say: another of loopback's addresses
		return true
	}
	for _, name := range [...]string{"127.0.0.1", "localhost", "[::1]"} {
		if rest, ok := strings.CutPrefix(strings.ToLower(host), name); ok {
			return port == "" || rest == ":"+port || rest == "" && port == "80"
		}
	}
	return false
}

// recovered keeps a defect in one answer from being more than that.
func (s *Server) recovered(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	s.logf(r, "defect: %v\n%s", p, debug.Stack())
	http.Error(w, "a defect of this server: its log has more", http.StatusInternalServerError)
}

// logf logs what concerns a request. What the request says is escaped.
func (s *Server) logf(r *http.Request, format string, args ...any) {
	s.cfg.Log("%s %s: %s", report.Terminal(r.Method), report.Terminal(r.URL.Path), fmt.Sprintf(format, args...))
}
