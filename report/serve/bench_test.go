//go:build bench

package serve

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	benchCase = flag.String("case", "", "the case to measure with")
	benchKeys = flag.String("keys", "", "access keys to look up, with commas between them")
)

// TestBenchPages prints how long the first pages of look-ups take, as AWS's clients ask for them, and
// pages of the case browser: the median of eleven and the slowest, after one that warms up. It is part of
// cmd/coldtrail's TestBenchAsk.
func TestBenchPages(t *testing.T) {
	if *benchCase == "" {
		t.Skip("needs -case")
	}
	base := startServer(t, testServer(t, Config{Cases: []Case{{"c", *benchCase}}}))
	keys := strings.Split(*benchKeys, ",")
	for _, key := range keys {
		body, err := json.Marshal(map[string]any{"LookupAttributes": []map[string]string{{"AttributeKey": "AccessKeyId", "AttributeValue": key}}})
		if err != nil {
			t.Fatal(err)
		}
		timed("LookupEvents, first page of "+key, func() int {
			req, err := http.NewRequest(http.MethodPost, base+"/", bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", contentType)
			req.Header.Set("X-Amz-Target", cloudTrailTarget+".LookupEvents")
			return received(t, req)
		})
	}
	for _, page := range []string{"/", "/timeline", "/timeline?access-key=" + keys[0], "/timeline?access-key=" + keys[len(keys)-1], "/findings", "/event/10000", "/objects", "/summary", "/coverage"} {
		timed("page "+page, func() int {
			req, err := http.NewRequest(http.MethodGet, base+page, nil)
			if err != nil {
				t.Fatal(err)
			}
			return received(t, req)
		})
	}
}

// timed prints how long f takes.
func timed(what string, f func() int) {
	began := time.Now()
	f()
	first := time.Since(began)
	var times []time.Duration
	n := 0
	for range 11 {
		began := time.Now()
		n = f()
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	fmt.Printf("%-62s %7.1f ms, at most %7.1f ms, first %7.1f ms, %d bytes\n", what, times[5].Seconds()*1e3, times[10].Seconds()*1e3, first.Seconds()*1e3, n)
}

func received(t *testing.T, req *http.Request) int {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode == http.StatusAccepted { // it is being made
		return received(t, req)
	}
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v: %.300s", req.URL, res.Status, err, b)
	}
	return len(b)
}
