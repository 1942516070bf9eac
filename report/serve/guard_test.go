package serve

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestAddress(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:80": "127.0.0.1:80", "localhost:0": "127.0.0.1:0", "[::1]:4117": "[::1]:4117",
		"127.8.7.6:1": "127.8.7.6:1", "[::ffff:127.0.0.1]:1": "127.0.0.1:1",
		"0.0.0.0:80": "", ":80": "", "[::]:80": "", "192.0.2.1:80": "", "example.com:80": "", "127.0.0.1": "",
		"localhost.example.com:80": "", "[::ffff:192.0.2.1]:1": "", "[fe80::1%lo]:1": "",
	} {
		got, err := Address(address)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v; want %q", address, got, err, want)
		}
	}
	if ln, err := Listen(t.Context(), "0.0.0.0:0"); err == nil {
		ln.Close()
		t.Error("listens on all addresses")
	}
}

// A listener that somebody else made is not trusted.
func TestServeRefusesOtherListeners(t *testing.T) {
	ln, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Skip(err)
	}
	s := testServer(t, Config{})
	if err := s.Serve(t.Context(), ln); err == nil || !strings.Contains(err.Error(), "only loopback") {
		t.Errorf("%v", err)
	}
	if _, err := net.Dial("tcp", ln.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

// All of 127.0.0.0/8 is loopback, and what is listened to at another of its addresses answers there.
func TestGuardOfOtherLoopback(t *testing.T) {
	ln, err := Listen(t.Context(), "127.0.0.2:0")
	if err != nil {
		t.Skip(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	s := testServer(t, Config{})
	go func() { served <- s.Serve(ctx, ln) }()
	for host, want := range map[string]int{ln.Addr().String(): 200, "127.0.0.3" + strings.TrimPrefix(ln.Addr().String(), "127.0.0.2"): 403, "127.0.0.2": 403} {
		req, err := http.NewRequest(http.MethodGet, "http://"+ln.Addr().String()+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("Host %s: %d, want %d", host, res.StatusCode, want)
		}
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// The port of HTTP is left out by browsers, whichever loopback address it is of.
func TestGuardOfPort80(t *testing.T) {
	for _, tt := range []struct {
		host, local string
		want        bool
	}{
		{"127.0.0.2", "127.0.0.2:80", true},
		{"127.0.0.2:80", "127.0.0.2:80", true},
		{"127.0.0.1", "127.0.0.1:80", true},
		{"[::1]", "[::1]:80", true},
		{"127.0.0.3", "127.0.0.2:80", false},
		{"127.0.0.2", "127.0.0.2:8080", false},
		{"127.0.0.2:1", "127.0.0.2:80", false},
		{"evil.example", "127.0.0.2:80", false},
		{"", "127.0.0.2:80", false},
	} {
		if got := ownHost(tt.host, tt.local); got != tt.want {
			t.Errorf("Host %q at %s: %t, want %t", tt.host, tt.local, got, tt.want)
		}
	}
}

func TestGuard(t *testing.T) {
	base := startServer(t, testServer(t, Config{}))
	own := strings.TrimPrefix(base, "http://")
	_, port, _ := net.SplitHostPort(own)
	for _, tt := range []struct {
		method, host string
		headers      string // "Name: value" joined by \n
		want         int
	}{
		{"GET", own, "", 200},
		{"GET", "localhost:" + port, "", 200},
		{"GET", "LOCALHOST:" + port, "", 200},
		{"GET", "[::1]:" + port, "", 200},
		// DNS rebinding: the name is another's, whatever its address.
		{"GET", "evil.example", "", 403},
		{"GET", "evil.example:" + port, "", 403},
		{"GET", "localhost.evil.example:" + port, "", 403},
		{"GET", "127.0.0.1.evil.example:" + port, "", 403},
		{"GET", "127.0.0.1", "", 403},
		{"GET", "127.0.0.1:1", "", 403},
		{"GET", "bucket." + own, "", 403},
		{"POST", "evil.example:" + port, "X-Amz-Target: AmazonAthena.ListWorkGroups\nContent-Type: application/x-amz-json-1.1", 403},
		// Other sites' pages.
		{"POST", own, "Origin: https://evil.example\nX-Amz-Target: AmazonAthena.ListWorkGroups\nContent-Type: application/x-amz-json-1.1", 403},
		{"POST", own, "Origin: null\nContent-Type: text/plain", 403},
		{"POST", own, "Origin: http://127.0.0.1:1\nContent-Type: text/plain", 403},
		{"POST", own, "Sec-Fetch-Site: cross-site\nContent-Type: text/plain", 403},
		{"POST", own, "Sec-Fetch-Site: same-site\nContent-Type: text/plain", 403},
		{"OPTIONS", own, "Origin: https://evil.example\nAccess-Control-Request-Method: POST", 403},
		{"GET", own, "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: no-cors\nSec-Fetch-Dest: image", 403},
		{"GET", own, "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: iframe", 403},
		{"GET", own, "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document", 200}, // a link in notes
		{"GET", own, "Sec-Fetch-Site: none\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document", 200},
		{"POST", own, "Origin: " + base + "\nSec-Fetch-Site: same-origin", 404},
		// What a form of another site could send has not this type.
		{"POST", own, "X-Amz-Target: AmazonAthena.ListWorkGroups\nContent-Type: text/plain", 415},
		{"POST", own, "X-Amz-Target: AmazonAthena.ListWorkGroups", 415},
	} {
		req, err := http.NewRequest(tt.method, base+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = tt.host
		for line := range strings.SplitSeq(tt.headers, "\n") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				req.Header.Set(name, value)
			}
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != tt.want {
			t.Errorf("%s, Host %s, %q: %d, want %d", tt.method, tt.host, tt.headers, res.StatusCode, tt.want)
		}
		for name := range res.Header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: another site's page may read this", name)
			}
		}
	}
}

// A browser gets pages, whatever a link makes it ask for.
func TestBrowserGetsNoObject(t *testing.T) {
	for headers, want := range map[string]bool{
		"":                                       false,
		"User-Agent: Mozilla/5.0":                false,
		"User-Agent: aws-cli/1.45.11 Python/3":   true,
		"User-Agent: Boto3/1.43.11":              true,
		"Authorization: AWS4-HMAC-SHA256 x":      true,
		"X-Amz-Date: 20260302T000000Z":           true,
		"Amz-Sdk-Request: attempt=1":             true,
		"X-Amz-Date: x\nSec-Fetch-Site: none":    false,
		"X-Amz-Date: x\nSec-Fetch-Mode: no-cors": false,
	} {
		r := httptest.NewRequest("GET", "http://127.0.0.1/evidence/x.html", nil)
		for line := range strings.SplitSeq(headers, "\n") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				r.Header.Set(name, value)
			}
		}
		if got := ofSDK(r); got != want {
			t.Errorf("%q: %t", headers, got)
		}
	}
}

func TestLongBodies(t *testing.T) {
	base := startServer(t, testServer(t, Config{}))
	req, err := http.NewRequest("POST", base+"/", io.LimitReader(endless{}, maxBody+1))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amz-Target", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents")
	req.Header.Set("Content-Type", contentType)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%s", res.Status)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// A header that never ends holds its connection for a limited time, and no other one.
func TestSlowHeaders(t *testing.T) {
	s := testServer(t, Config{})
	s.headerTimeout = 200 * time.Millisecond
	base := startServer(t, s)
	slow, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	fmt.Fprintf(slow, "GET / HTTP/1.1\r\nHost: %s\r\nX-Slow: ", slow.RemoteAddr())
	res, err := http.Get(base + "/")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	slow.SetReadDeadline(time.Now().Add(time.Minute))
	if b, err := io.ReadAll(bufio.NewReader(slow)); err != nil || len(b) > 0 && !strings.HasPrefix(string(b), "HTTP/1.1 408") {
		t.Errorf("the connection is still open, or answered: %q, %v", b, err)
	}
}

// A body that comes byte by byte ends with its time, whatever it is for, and other requests are answered meanwhile.
func TestSlowBodies(t *testing.T) {
	s := testServer(t, Config{})
	s.readTimeout = 300 * time.Millisecond
	base := startServer(t, s)
	host := strings.TrimPrefix(base, "http://")
	for _, head := range []string{
		"POST / HTTP/1.1\r\nX-Amz-Target: " + cloudTrailTarget + ".LookupEvents\r\nContent-Type: " + contentType,
		"POST /sql HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded",
		"PUT /evidence/x HTTP/1.1\r\nUser-Agent: aws-cli/1",
	} {
		slow, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer slow.Close()
		fmt.Fprintf(slow, "%s\r\nHost: %s\r\nContent-Length: 1000\r\n\r\n{", head, host)
		res, err := http.Get(base + "/")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		began := time.Now()
		for time.Since(began) < time.Minute {
			if _, err := slow.Write([]byte(" ")); err != nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if waited := time.Since(began); waited > 20*time.Second {
			t.Errorf("%.20s: the connection is open after %s", head, waited)
		}
	}
}

// So many connections are open at most: another one waits until one of them ends.
func TestConnectionsAreBounded(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	limited := &limitedListener{Listener: ln, free: make(chan struct{}, 1), done: make(chan struct{})}
	accepted := make(chan net.Conn)
	go func() {
		defer close(accepted)
		for c, err := limited.Accept(); err == nil; c, err = limited.Accept() {
			accepted <- c
		}
	}()
	for range 2 {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	first := <-accepted
	select {
	case <-accepted:
		t.Error("two connections where there is room for one")
	case <-time.After(50 * time.Millisecond):
	}
	first.Close()
	(<-accepted).Close()
	if err := limited.Close(); err != nil {
		t.Error(err)
	}
	if _, more := <-accepted; more {
		t.Error("a connection after the end")
	}
}

func TestStop(t *testing.T) {
	s := testServer(t, Config{})
	ctx, stop := context.WithCancel(t.Context())
	ln, err := Listen(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- s.Serve(ctx, ln) }()
	res, err := http.Get("http://" + ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", ln.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

// testServer makes a server of cfg; without a case it serves a small one.
func testServer(t testing.TB, cfg Config) *Server {
	t.Helper()
	if cfg.Cases == nil {
		cfg.Cases = []Case{{"case", makeCase(t, writeRecords(t, plainRecords...))}}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.NewID == nil {
		cfg.NewID = testIDs()
	}
	if cfg.TempDir == "" {
		cfg.TempDir = t.TempDir()
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
