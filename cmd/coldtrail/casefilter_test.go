//go:build !bench

package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/coldtrail/coldtrail/report"
)

func TestNegate(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"timeline c", "timeline c"},
		{"timeline c --not --ip 1.2.3.4 --ip 5.6.7.8", "timeline c --not-ip 1.2.3.4 --ip 5.6.7.8"},
		{"--not --grep=--not x", "--not-grep=--not x"},
		{"--not --read-only", "--not-read-only"},
		{"-- --not x", "-- --not x"},
		{"--not", ""},
		{"--not x", ""},
		{"--not --not --ip 1", ""},
		{"--not -- --ip 1", ""},
		{"--not --window 1m", ""},
		{"--not --columns time", ""},
	} {
		got, err := negate(strings.Fields(c.args))
		if (err != nil) != (c.want == "") || err == nil && strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, %v", c.args, got, err)
		}
	}
}

// Each flag becomes the term of its name, negated or not, and its value is as it was given.
func TestFilterFlags(t *testing.T) {
	var cmd struct{ filterFlags }
	parser, err := kong.New(&cmd)
	if err != nil {
		t.Fatal(err)
	}
	var args []string
	var want []report.Term
	for _, not := range []bool{false, true} {
		for _, flag := range filterNames {
			value := map[string]string{"since": "2026-03-02", "until": "2026-03-02", "ip": "192.0.2.0/24", "min-severity": "high"}[flag]
			term := report.Term{Flag: flag, Value: value, Not: not}
			switch flag {
			case "read-only", "write-only":
			case "since":
				term.Value = "2026-03-02T00:00:00Z"
			case "until":
				term.Value = "2026-03-03T00:00:00Z"
			case "ip", "min-severity":
			default:
				value = "a, b\\,c"
				term.Value = value
			}
			if not {
				args = append(args, "--not")
			}
			if args = append(args, "--"+flag); value != "" {
				args = append(args, value)
			}
			want = append(want, term)
		}
	}
	args, err = negate(append(args, "--window", "90s"))
	if err == nil {
		_, err = parser.Parse(args)
	}
	if err != nil {
		t.Fatal(err)
	}
	got := append(cmd.Terms.terms(false), cmd.Not.terms(true)...)
	if !slices.Equal(got, want) || cmd.Window != 90*time.Second {
		t.Errorf("%v\n%v", got, want)
	}
	if _, err := cmd.filter(); err != nil {
		t.Error(err)
	}
}
