package main

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/coldtrail/coldtrail/report"
)

// size is a number of bytes on the command line: 256MiB, 1GB, 1000000.
type size int64

var units = []struct {
	suffix string
	bytes  float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
	{"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"B", 1}, {"", 1},
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *size) UnmarshalText(text []byte) error {
	for _, u := range units {
		number, ok := cutSuffixFold(string(text), u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || n < 0 || !(n*u.bytes <= 1<<62) { // which NaN is neither
			return fmt.Errorf("%q is not a size such as 256MiB", text)
		}
		*s = size(n * u.bytes)
		return nil
	}
	return fmt.Errorf("%q is not a size such as 256MiB", text)
}

func cutSuffixFold(s, suffix string) (string, bool) {
	if len(s) < len(suffix) || !strings.EqualFold(s[len(s)-len(suffix):], suffix) {
		return s, false
	}
	return s[:len(s)-len(suffix)], true
}

// String writes the size for people.
func (s size) String() string {
	for _, u := range []struct {
		name  string
		bytes size
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if s >= u.bytes {
			return fmt.Sprintf("%.1f %s", float64(s)/float64(u.bytes), u.name)
		}
	}
	return fmt.Sprintf("%d bytes", int64(s))
}

// day is a day on the command line, in UTC: its beginning.
type day struct{ time.Time }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *day) UnmarshalText(text []byte) (err error) {
	if d.Time, err = time.Parse(time.DateOnly, string(text)); err != nil {
		err = fmt.Errorf("%q is not a date such as 2026-03-02", text)
	}
	return err
}

// moment is a time on the command line: RFC 3339 with its offset, or a date,
// which is a day in UTC.
type moment struct {
	start, end time.Time // end: of the day that a date stands for, or start
}

// Decode implements kong.MapperValue.
func (m *moment) Decode(ctx *kong.DecodeContext) error {
	var text string
	if err := ctx.Scan.PopValueInto("time", &text); err != nil {
		return err
	}
	t, day, err := report.ParseMoment(text)
	if err != nil {
		return fmt.Errorf("%q is %w", text, err)
	}
	if *m = (moment{t, t}); day {
		m.end = t.AddDate(0, 0, 1)
	}
	return nil
}

// whole reads a whole number of the command line, whose own words for what is none speak of bits.
func whole(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("number", &text); err != nil {
		return err
	}
	n, err := strconv.ParseInt(text, 10, target.Type().Bits())
	if err != nil {
		return fmt.Errorf("%q is no whole number, or too large a one", text)
	}
	target.SetInt(n)
	return nil
}

// objects writes a number of them.
func objects(n int64) string {
	if n == 1 {
		return "1 object"
	}
	return strconv.FormatInt(n, 10) + " objects"
}
