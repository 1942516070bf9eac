package serve

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan/integrity"
)

// A publicKey is a key with which CloudTrail's digests are signed, as ListPublicKeys gives it.
type publicKey struct {
	Value             []byte // DER, usually PKCS #1
	ValidityStartTime epoch
	ValidityEndTime   epoch
	Fingerprint       string
}

// readKeys reads files as `aws cloudtrail list-public-keys` writes them, in every form that package
// integrity knows. A key whose fingerprint
// is not that of its value is said to log: it was mislabelled, or altered.
func readKeys(files []string, log func(format string, args ...any)) (keys []publicKey, err error) {
	seen := map[string]bool{}
	for _, name := range files {
		b, err := readAtMost(name, integrity.MaxKeyFile)
		if err != nil {
			return nil, fmt.Errorf("public keys %s: %w", name, pathless(err))
		}
		list, err := integrity.ParseKeys(b)
		if err != nil {
			return nil, fmt.Errorf("public keys %s: %w", name, err)
		}
		for i := range list {
			k := &list[i]
			if is := k.Mislabelled(); is != "" {
				log("public keys %s: key %s: its value has the fingerprint %s", report.Terminal(name), report.Terminal(k.Fingerprint), is)
			}
			if id := k.Fingerprint + string(k.Value); !seen[id] {
				seen[id] = true
				keys = append(keys, publicKey{k.Value, epoch{k.Start}, epoch{k.End}, k.Fingerprint})
			}
		}
	}
	return keys, nil
}

func readAtMost(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(&limited{f, limit})
	return b.Bytes(), err
}

// listPublicKeys is ListPublicKeys: of all keys given those that were valid at some time
// from StartTime to EndTime. Without times it is all, where AWS goes back a day.
func listPublicKeys(c *call, in *struct {
	StartTime, EndTime epoch
	NextToken          string
}) (any, error) {
	start, end := in.StartTime.Time, in.EndTime.Time
	switch {
	case in.NextToken != "":
		return nil, faultf("InvalidTokenException", "the token is not one that coldtrail gave")
	case !start.IsZero() && !end.IsZero() && start.After(end):
		return nil, faultf("InvalidTimeRangeException", "the start time is after the end time")
	}
	list := []publicKey{}
	for _, k := range c.s.keys {
		if overlaps(k.ValidityStartTime.Time, k.ValidityEndTime.Time, start, end) {
			list = append(list, k)
		}
	}
	return struct{ PublicKeyList []publicKey }{list}, nil
}

// overlaps reports whether two spans of time have a moment in common; a zero time is open.
func overlaps(start, end, since, until time.Time) bool {
	return (end.IsZero() || since.IsZero() || !end.Before(since)) && (start.IsZero() || until.IsZero() || !start.After(until))
}
