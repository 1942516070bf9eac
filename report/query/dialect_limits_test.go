package query

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// Statements as long as Athena takes them are rewritten in a time that grows with their length, or refused.
func TestLongStatements(t *testing.T) {
	many := func(before, piece string, n int, after string) string {
		return before + strings.Repeat(piece, n) + after
	}
	for name, c := range map[string]struct{ sql, refused string }{
		"numbers":    {many("SELECT ", "1+", 120_000, "1"), ""},
		"conditions": {many("SELECT 1 WHERE 1=1", " OR 1=2", 25_000, ""), ""},
		"listagg":    {many("SELECT ", "listagg(x) WITHIN GROUP (ORDER BY x),", 6000, "1"), ""},
		"types":      {many("SELECT ", "CAST(x AS ARRAY<ARRAY<BIGINT>>),", 7000, "1"), ""},
		"qualified":  {many("SELECT ", "a.day,", 9000, many("1 FROM cloudtrail_logs", ",cloudtrail", 15_000, "")), ""},
		"chains":     {many("SELECT ", "a.b.c.d,", 9000, many("1 FROM x.cloudtrail_logs", ",x.cloudtrail", 12_000, "")), ""},
		"casts":      {many("SELECT 1 WHERE x IN (1", ",CAST(x AS VARCHAR)", 13_000, ")"), "statement becomes too long"},
		"division":   {many("SELECT 1", "/2", 100_000, ""), "statement becomes too long"},
		"columns":    {many("SELECT 1", ",1", 100_000, ""), "more than 10000 columns"},
		"queries":    {many("SELECT 1", " UNION ALL SELECT 1", 12_000, ""), "more than 1000 SELECTs"},
		"fields":     {many("SELECT CAST(NULL AS ROW(a BIGINT", ",a BIGINT", 15_000, "))"), "more than 1000 fields"},
		"windows":    {many("SELECT 1", ",sum(1) OVER ()", 600, ""), "more than 500 window functions"},
		"lambdas":    {many("SELECT ", "transform(ARRAY[1], x -> ", 13, many("1", ")", 13, "")), "more than 12 parameters"},
		"two":        {many("SELECT ", "transform_values(m, (k, v) -> ", 7, many("1", ")", 7, "")), "more than 12 parameters"},
		"beside":     {many("SELECT 1", ",transform(ARRAY[1], x -> 1)", 100, ""), ""},
	} {
		start := time.Now()
		_, err := Rewrite(c.sql)
		var e *Error
		switch {
		case c.refused == "" && err != nil, c.refused != "" && (!errors.As(err, &e) || !strings.Contains(e.Message, c.refused)):
			t.Errorf("%s: %.200v, want %q", name, err, c.refused)
		case time.Since(start) > 15*time.Second: // seconds at the most where the machine is slow and the race detector on
			t.Errorf("%s: took %s", name, time.Since(start))
		}
	}
}

func TestLevelOf(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "t": 0, "t1": 0, "t1_": 0, "t1_a": 1, "x t12_p.a, t3_q": 12, "xt7_a": 0, "_t7_a": 0, "(t7_a)": 7, "t7_A": 0, "tt7_a": 0, "t_t7_a": 0, "t9999999999_a": 0, "t999999999_a": 999999999, "t1t2_a t4_b": 4,
	} {
		if got := levelOf(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
