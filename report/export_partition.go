package report

import (
	"strings"
	"time"
)

// noPartition is what Hive writes for a value that is missing.
const noPartition = "__HIVE_DEFAULT_PARTITION__"

// A partition is a directory of an export.
type partition struct {
	account, region  string
	year, month, day int
}

func partitionOf(account, region string, at time.Time) partition {
	y, m, d := at.Date()
	return partition{account, region, y, int(m), d}
}

// path returns the partition's directory, with forward slashes.
func (p *partition) path() string {
	return "account=" + hiveValue(p.account) + "/region=" + hiveValue(p.region) + "/" + p.dayPath()
}

func (p *partition) dayPath() string {
	return time.Date(p.year, time.Month(p.month), p.day, 0, 0, 0, 0, time.UTC).Format("year=2006/month=01/day=02")
}

// maxPartitionName bounds the name of a directory: file systems take 255 bytes.
const maxPartitionName = 200

// hiveValue writes a value of a partition as Hive does
// (org.apache.hadoop.hive.common.FileUtils.escapePathName): a byte that could mean
// something in a path, or to Windows, is %XX. What is empty is Hive's default
// partition, and so is what is too long for a name: no account or region is.
func hiveValue(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c < 0x20 || c >= 0x7f || strings.IndexByte("\"#%'*/:=?\\{[]^<>|", c) >= 0 {
			b.WriteString("%" + strings.ToUpper(string([]byte{hexDigits[c>>4], hexDigits[c&15]})))
		} else {
			b.WriteByte(c)
		}
	}
	switch v := b.String(); {
	case v == "" || len(v) > maxPartitionName:
		return noPartition
	case strings.TrimRight(v, ". ") != v: // ., .., and what Windows would shorten
		last := len(v) - 1
		return v[:last] + map[byte]string{'.': "%2E", ' ': "%20"}[v[last]]
	default:
		return v
	}
}
