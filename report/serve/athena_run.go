package serve

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/report/query"
)

// An athenaContext is what a client said of a query beside its text.
type athenaContext struct {
	database, catalog, workGroup string
	bucket, dir, key             string // where it looks for the result in S3: dir is what the client said of the key
	kind                         string // DML, DDL or UTILITY
	parameters                   []string
	token                        string
}

// same reports whether two queries are asked in the same way, but for their texts.
func (a *athenaContext) same(b *athenaContext) bool {
	return a.database == b.database && a.catalog == b.catalog && a.workGroup == b.workGroup && a.bucket == b.bucket && a.dir == b.dir && slices.Equal(a.parameters, b.parameters)
}

// invalidRequest is how Athena refuses nearly everything.
func invalidRequest(format string, args ...any) *fault {
	return faultf("InvalidRequestException", format, args...)
}

// maxAthenaQuery is the longest query string, in characters.
const maxAthenaQuery = 262144

// resultConfiguration is where a result lies.
type resultConfiguration struct{ OutputLocation string }

type queryContext struct {
	Database string `json:",omitempty"`
	Catalog  string `json:",omitempty"`
}

type startInput struct {
	QueryString           string
	ClientRequestToken    string
	QueryExecutionContext queryContext
	ResultConfiguration   resultConfiguration
	WorkGroup             string
	ExecutionParameters   []string
}

// startQueryExecution is StartQueryExecution. The result can be read from S3 at the place that
// the client names, though nothing is written there.
func startQueryExecution(c *call, in *startInput) (any, error) {
	ctx := athenaContext{
		database: in.QueryExecutionContext.Database, catalog: in.QueryExecutionContext.Catalog, workGroup: in.WorkGroup,
		parameters: in.ExecutionParameters, token: in.ClientRequestToken,
	}
	if ctx.workGroup == "" {
		ctx.workGroup = primaryGroup
	}
	if err := checkWorkGroup(ctx.workGroup); err != nil {
		return nil, err
	}
	statement, err := oneStatement(in.QueryString, in.ExecutionParameters)
	if err != nil {
		return nil, err
	}
	if ctx.bucket, ctx.dir, err = outputPlace(in.ResultConfiguration.OutputLocation); err != nil {
		return nil, err
	}
	type output struct{ QueryExecutionId string } //nolint:revive // the member's name
	if ctx.token != "" {                          // the same token is the same query, which a client asks for again
		for _, r := range c.runs.list(apiAthena) {
			if r.athena.token != ctx.token {
				continue
			}
			if r.sql != in.QueryString || !r.athena.same(&ctx) {
				return nil, invalidRequest("Idempotent parameters do not match")
			}
			return output{r.id}, nil
		}
	}
	if err := c.runs.ready(c.context()); errors.Is(err, query.ErrNoSQL) {
		return nil, invalidRequest("%v", err)
	}
	r := &run{id: c.s.cfg.NewID(), api: apiAthena, sql: in.QueryString, statement: statement}
	ctx.kind = statementType(statement)
	ctx.key = ctx.dir + r.id + map[bool]string{true: ".csv", false: ".txt"}[ctx.kind == "DML"]
	r.athena = ctx
	if err := c.runs.start(r); err != nil {
		return nil, faultf("TooManyRequestsException", "%v: %d", err, c.runs.runLimits.waiting)
	}
	return output{r.id}, nil
}

// oneStatement returns the one statement of a text, with the values of its parameters.
func oneStatement(text string, parameters []string) (string, error) {
	switch n := len([]rune(text)); {
	case strings.TrimSpace(text) == "":
		return "", invalidRequest("The query string is empty")
	case n > maxAthenaQuery:
		return "", invalidRequest("The query string has %d characters: %d are the most", n, maxAthenaQuery)
	}
	if n := len(query.Split(text)); n != 1 {
		return "", invalidRequest("Only one sql statement is allowed. Got %d", n)
	}
	return bindParameters(text, parameters)
}

// resultsBucket is where results lie of which the client does not say it.
const resultsBucket = "coldtrail-results"

// outputPlace takes the place of results apart: the key ends in a slash, or is empty.
func outputPlace(location string) (bucket, key string, err error) {
	if location == "" {
		location = "s3://" + resultsBucket + "/"
	}
	u, err := url.Parse(location)
	if err != nil || u.Scheme != "s3" || !bucketName.MatchString(u.Host) || u.RawQuery != "" || u.Fragment != "" {
		return "", "", invalidRequest("outputLocation is not a valid S3 path: %q", location)
	}
	key = strings.TrimPrefix(u.Path, "/")
	if key != "" && !strings.HasSuffix(key, "/") {
		key += "/"
	}
	return u.Host, key, nil
}

// statementType returns Athena's word for the type of a statement: only the result of DML
// has a header.
func statementType(sql string) string {
	switch word := firstWord(sql); word {
	case "SELECT", "WITH", "VALUES", "INSERT", "TABLE", "":
		return "DML"
	case "SHOW", "DESCRIBE", "DESC", "EXPLAIN":
		return "UTILITY"
	}
	return "DDL"
}

// firstWord returns a statement's first word in upper case, behind comments and parentheses.
func firstWord(sql string) string {
	for {
		sql = strings.TrimLeft(sql, " \t\r\n(")
		switch {
		case strings.HasPrefix(sql, "--"):
			_, sql, _ = strings.Cut(sql, "\n")
		case strings.HasPrefix(sql, "/*"):
			_, sql, _ = strings.Cut(sql, "*/")
		default:
			end := strings.IndexFunc(sql, func(r rune) bool { return r < 'A' || r > 'z' || r > 'Z' && r < 'a' })
			if end < 0 {
				end = len(sql)
			}
			return strings.ToUpper(sql[:end])
		}
	}
}

// bindParameters puts the values of parameters in the place of the question marks that
// are no part of a text, a name or a comment. A value is one literal, as Athena wants it: 'text' or 12.
func bindParameters(sql string, parameters []string) (string, error) {
	if len(parameters) == 0 {
		return sql, nil
	}
	var out strings.Builder
	n := 0
	for i := 0; i < len(sql); {
		if end := opaque(sql[i:]); end > 0 {
			out.WriteString(sql[i : i+end])
			i += end
			continue
		}
		if sql[i] != '?' {
			out.WriteByte(sql[i])
		} else if n++; n <= len(parameters) {
			if !isLiteral(parameters[n-1]) {
				return "", invalidRequest("the value of parameter %d is neither a number, a text in single quotes, nor TRUE, FALSE or NULL: %q", n, parameters[n-1])
			}
			out.WriteString(apart(out.String(), sql[i+1:], parameters[n-1]))
		}
		i++
	}
	if n != len(parameters) {
		return "", invalidRequest("Incorrect number of parameters: expected %d but found %d", n, len(parameters))
	}
	return out.String(), nil
}

// apart returns a value with spaces around it where what stands beside it could become one with it: 5 -? with -1.
func apart(before, after, value string) string {
	if before != "" && !strings.HasSuffix(before, " ") {
		value = " " + value
	}
	if after != "" && strings.IndexByte(" \t\r\n,);", after[0]) < 0 {
		value += " "
	}
	return value
}

// opaque returns the length of the text in quotes, or comment, that s begins with.
func opaque(s string) int {
	var closing string
	switch {
	case strings.HasPrefix(s, "'"), strings.HasPrefix(s, `"`), strings.HasPrefix(s, "`"):
		closing = s[:1]
	case strings.HasPrefix(s, "--"):
		closing = "\n"
	case strings.HasPrefix(s, "/*"):
		closing = "*/"
	default:
		return 0
	}
	start := min(len(closing), len(s))
	if closing == "\n" {
		start = 2
	}
	if i := strings.Index(s[start:], closing); i >= 0 {
		return start + i + len(closing)
	}
	return len(s)
}

var numberLiteral = regexp.MustCompile(`^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$`)

// isLiteral reports whether a parameter's value is one literal.
func isLiteral(s string) bool {
	s = strings.TrimSpace(s)
	if slices.Contains([]string{"TRUE", "FALSE", "NULL"}, strings.ToUpper(s)) {
		return true
	}
	for _, word := range [...]string{"DATE ", "TIMESTAMP "} {
		if len(s) > len(word) && strings.EqualFold(s[:len(word)], word) {
			s = strings.TrimSpace(s[len(word):])
		}
	}
	if strings.HasPrefix(s, "'") {
		inner, ok := strings.CutSuffix(s[1:], "'")
		return ok && !strings.Contains(strings.ReplaceAll(inner, "''", ""), "'")
	}
	return numberLiteral.MatchString(s)
}

// athenaError says why a query failed, as Athena puts it before its own words.
func athenaError(err error) string {
	var e *query.Error
	switch {
	case errors.Is(err, errTimeout):
		return "Query timeout: " + err.Error()
	case errors.Is(err, errCancelled):
		return "Query cancelled!"
	case !errors.As(err, &e):
		return "GENERIC_USER_ERROR: " + err.Error()
	}
	kind := map[query.Kind]string{
		query.KindSyntax: "SYNTAX_ERROR", query.KindName: "SYNTAX_ERROR", query.KindRefused: "NOT_SUPPORTED", query.KindMemory: "EXCEEDED_MEMORY_LIMIT",
	}[e.Kind]
	if kind == "" {
		kind = "GENERIC_USER_ERROR"
	}
	if e.Line > 0 {
		return fmt.Sprintf("%s: line %d:%d: %s", kind, e.Line, e.Column, e.Message)
	}
	return kind + ": " + e.Message
}
