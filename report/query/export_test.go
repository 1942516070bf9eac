package query

import "testing"

// Analyzed makes a case of the evidence in a directory, for tests outside of the package.
func Analyzed(t testing.TB, evidence string) string { return analyzed(t, evidence) }
