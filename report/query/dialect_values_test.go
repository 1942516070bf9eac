//go:build cgo

package query

import (
	"errors"
	"strings"
	"testing"
)

// A dialectCase is an expression, and the text of its value as Athena has it: – for
// NULL, and ! with a fragment of the message for an error.
type dialectCase struct{ expr, want string }

// values checks that each expression has its value.
func values(t *testing.T, cases []dialectCase) {
	t.Helper()
	db := opened(t, caseOf(t, `{"eventVersion":"1.08","eventTime":"2026-03-04T10:32:26Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.1","eventID":"e1"}`))
	for _, c := range cases {
		sql := c.expr
		if !strings.HasPrefix(upper(sql), "SELECT") && !strings.HasPrefix(upper(sql), "WITH") && !strings.HasPrefix(upper(sql), "VALUES") {
			sql = "SELECT " + sql
		}
		got, err := ask(t, db, sql)
		text := strings.Join(got, "\n")
		fragment, fails := strings.CutPrefix(c.want, "!")
		var e *Error
		switch {
		case fails && (!errors.As(err, &e) || !strings.Contains(e.Message, fragment)):
			t.Errorf("%s = %q, %v, want an error with %q", c.expr, text, err, fragment)
		case !fails && err != nil:
			t.Errorf("%s: %v", c.expr, err)
		case !fails && text != c.want:
			t.Errorf("%s = %s, want %s", c.expr, text, c.want)
		}
	}
}
