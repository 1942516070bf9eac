package serve

import (
	"bytes"
	"crypto/md5" //nolint:gosec // it identifies a key and is no proof of anything
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/coldtrail/coldtrail/report"
)

// A publicKey is a key with which CloudTrail's digests are signed, as ListPublicKeys gives it.
type publicKey struct {
	Value             []byte // DER, usually PKCS #1
	ValidityStartTime epoch
	ValidityEndTime   epoch
	Fingerprint       string
}

// maxKeyFile bounds a file of public keys, in bytes.
const maxKeyFile = 16 << 20

// readKeys reads files as `aws cloudtrail list-public-keys` writes them: times are numbers
// or RFC 3339, and the list's name begins with either case. A key whose fingerprint
// is not that of its value is said to log: it was mislabelled, or altered.
func readKeys(files []string, log func(format string, args ...any)) (keys []publicKey, err error) {
	seen := map[string]bool{}
	for _, name := range files {
		b, err := readAtMost(name, maxKeyFile)
		if err != nil {
			return nil, fmt.Errorf("public keys %s: %w", name, pathless(err))
		}
		var file struct{ PublicKeyList []publicKey }
		if err := json.Unmarshal(b, &file); err != nil {
			return nil, fmt.Errorf("public keys %s: %w", name, err)
		}
		if len(file.PublicKeyList) == 0 {
			return nil, fmt.Errorf("public keys %s: no PublicKeyList, or an empty one", name)
		}
		for i, k := range file.PublicKeyList {
			if len(k.Value) == 0 || k.Fingerprint == "" {
				return nil, fmt.Errorf("public keys %s: key %d has no value or no fingerprint", name, i)
			}
			if sum := md5.Sum(k.Value); hex.EncodeToString(sum[:]) != k.Fingerprint { //nolint:gosec // as above
				log("public keys %s: key %s: its value has the fingerprint %x", report.Terminal(name), report.Terminal(k.Fingerprint), sum)
			}
			if id := k.Fingerprint + string(k.Value); !seen[id] {
				seen[id] = true
				keys = append(keys, k)
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
