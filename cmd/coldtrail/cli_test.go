package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestInOneLine: errors that were joined, at any depth, are one line; a line break that the evidence has stays one.
func TestInOneLine(t *testing.T) {
	inner := errors.Join(errors.New("a"), errors.New("b"))
	for want, err := range map[string]error{
		"a":                     errors.New("a"),
		"a; b":                  inner,
		"case x: a; b":          fmt.Errorf("case x: %w", inner),
		"case x: a; b; c":       errors.Join(fmt.Errorf("case x: %w", inner), errors.New("c")),
		"one and a; b":          fmt.Errorf("%w and %w", errors.New("one"), inner),
		"object \"p\nq\": a; b": fmt.Errorf("object \"p\nq\": %w", inner),
	} {
		if got := inOneLine(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	var stderr bytes.Buffer
	if code := exitCode(context.Background(), &stderr, &exitError{exitUsage, inner}); code != exitUsage || stderr.String() != "coldtrail: a; b\n" {
		t.Errorf("%d: %q", code, stderr.String())
	}
}

// TestFirstWrongFlag: of several flags that are wrong it is always the same that is said.
func TestFirstWrongFlag(t *testing.T) {
	for want, args := range map[string][]string{
		"coldtrail: --bucket \"a b\": not a name that AWS gives\n": {"acquire", "--since", "2026-03-02", "--bucket", "a b", "--trail", "c d", "--region", "e f"},
		"coldtrail: --start-time \"x\": ":                          {"lookup", t.TempDir(), "--start-time", "x", "--end-time", "y"},
	} {
		for range 20 {
			var stdout, stderr bytes.Buffer
			if code := run(args, &stdout, &stderr); code != exitUsage || !strings.HasPrefix(stderr.String(), want) {
				t.Fatalf("%v: %d: %s", args, code, &stderr)
			}
		}
	}
}
