package query

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/report"
)

// A Question is a query that coldtrail brings along. Each is a file of its own,
// questions/NAME.sql, which begins with comments that say the rest:
//
//	-- title: Console sign-ins
//	-- meaning: What the answer means, what it does not mean, and what causes it innocently.
//	--   A line that is indented goes on.
//	-- param: since
//	-- param: least number 2: Leave out credentials with fewer addresses.
//	-- key: credential, source_ip
//	SELECT …
//
// A param line names the parameter, its type and its default, or "required"; since
// and until are the same everywhere and have only a name. In the SQL ${least}
// stands for the parameter's value. The key names the columns of which no two
// rows of an answer have the same; the ORDER BY has them all, so that answers are
// the same every time.
type Question struct {
	Name    string // as in @name
	Title   string
	Meaning string
	Params  []Param
	Key     []string
	SQL     string // what Athena would understand, over coldtrail's own tables; see Bind
}

// A Param is a parameter of a Question.
type Param struct {
	Name     string
	Type     string // text, number, address, time or until
	Default  string // as Bind takes it; "" where it is required
	Required bool
	Doc      string
}

// Questions are all of them, sorted by name.
var Questions = mustLoadQuestions()

// FindQuestion returns the question of that name.
func FindQuestion(name string) (q Question, ok bool) {
	i, ok := slices.BinarySearchFunc(Questions, name, func(q Question, name string) int { return cmp.Compare(q.Name, name) })
	if !ok {
		return Question{}, false
	}
	return Questions[i], true
}

// Bind returns the question's SQL with its parameters' values, which args has by
// name; what it does not have gets its default. A value is checked by its
// parameter's type and becomes a literal: nothing in it is ever read as SQL.
func (q Question) Bind(args map[string]string) (string, error) {
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if !slices.ContainsFunc(q.Params, func(p Param) bool { return p.Name == name }) {
			return "", fmt.Errorf("question %s: parameter %q: there is none of that name%s", q.Name, name, q.parameters())
		}
	}
	literals := make(map[string]string, len(q.Params))
	for _, p := range q.Params {
		value, given := args[p.Name]
		if !given {
			if p.Required {
				return "", fmt.Errorf("question %s: parameter %s: has no default, and must be given", q.Name, p.Name)
			}
			value = p.Default
		}
		literal, err := literalOf(p.Type, value)
		if err != nil {
			return "", fmt.Errorf("question %s: parameter %s: %q: %w", q.Name, p.Name, value, err)
		}
		literals[p.Name] = literal
	}
	return placeholder.ReplaceAllStringFunc(q.SQL, func(s string) string { return literals[s[2:len(s)-1]] }), nil
}

// parameters names the question's parameters for an error.
func (q Question) parameters() string {
	if len(q.Params) == 0 {
		return ", nor any other"
	}
	names := make([]string, len(q.Params))
	for i, p := range q.Params {
		names[i] = p.Name
	}
	return ", but " + strings.Join(names, ", ")
}

var placeholder = regexp.MustCompile(`\$\{[a-z_]+\}`)

// literalOf returns a value of a parameter as a literal of SQL.
func literalOf(kind, value string) (string, error) {
	switch kind {
	case "text":
		if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
			return "", errors.New("not text in UTF-8")
		}
		return "'" + strings.ReplaceAll(value, "'", "''") + "'", nil
	case "number":
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n == math.MinInt64 { // whose digits without the sign are no bigint
			return "", errors.New("not a whole number")
		}
		if n < 0 {
			return "(" + strconv.FormatInt(n, 10) + ")", nil
		}
		return strconv.FormatInt(n, 10), nil
	case "address":
		a, err := netip.ParseAddr(value)
		if err != nil || a.Zone() != "" {
			return "", errors.New("not an IP address")
		}
		return "'" + a.String() + "'", nil
	case "time", "until":
		t, err := parseMoment(value, kind == "until")
		if err != nil {
			return "", err
		}
		return "TIMESTAMP '" + t.Format("2006-01-02 15:04:05.000000") + "'", nil
	}
	return "", fmt.Errorf("no type %s", kind)
}

// parseMoment reads a time: of a date its beginning, or its end.
func parseMoment(s string, end bool) (time.Time, error) {
	t, day, err := report.ParseMoment(s)
	if day && end && t.Before(lastDay) {
		t = t.AddDate(0, 0, 1)
	}
	return t, err
}

var lastDay = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// everyone are the parameters that questions share, by name.
var everyone = map[string]Param{
	"since": {Name: "since", Type: "time", Default: "0000-01-01", Doc: "At this time or later: RFC 3339, or a date (a day in UTC)."},
	"until": {Name: "until", Type: "until", Default: "9999-12-31T23:59:59.999999Z", Doc: "Before this time; a date includes its day."},
}

//go:embed questions/*.sql
var questionFiles embed.FS

// mustLoadQuestions reads the embedded files, which a test has read before.
func mustLoadQuestions() []Question {
	entries, err := questionFiles.ReadDir("questions")
	if err != nil {
		panic(err)
	}
	questions := make([]Question, len(entries))
	for i, e := range entries {
		b, err := questionFiles.ReadFile(path.Join("questions", e.Name()))
		if err == nil {
			questions[i], err = parseQuestion(strings.TrimSuffix(e.Name(), ".sql"), string(b))
		}
		if err != nil {
			panic(fmt.Errorf("query: %s: %w", e.Name(), err))
		}
	}
	slices.SortFunc(questions, func(a, b Question) int { return cmp.Compare(a.Name, b.Name) })
	return questions
}

// parseQuestion reads a question's file.
func parseQuestion(name, text string) (Question, error) {
	q := Question{Name: name}
	var last *string // what an indented line goes on with
	for {
		line, rest, _ := strings.Cut(text, "\n")
		comment, ok := strings.CutPrefix(line, "-- ")
		if !ok {
			break
		}
		text = rest
		if more, ok := strings.CutPrefix(comment, "  "); ok && last != nil {
			*last += " " + more
			continue
		}
		var err error
		if last, err = q.header(comment); err != nil {
			return q, fmt.Errorf("%q: %w", line, err)
		}
	}
	q.SQL = strings.TrimSpace(text)
	return q, nil
}

var paramLine = regexp.MustCompile(`^([a-z_]+) (text|number|address|time|until) (\S+): (.+)$`)

// header takes a line of a file's header, and returns what the next line may go on with.
func (q *Question) header(line string) (more *string, err error) {
	key, value, _ := strings.Cut(line, ": ")
	switch key {
	case "title":
		q.Title = value
		return &q.Title, nil
	case "meaning":
		q.Meaning = value
		return &q.Meaning, nil
	case "key":
		q.Key = strings.Split(value, ", ")
		return nil, nil
	case "param":
		p, ok := everyone[value]
		if m := paramLine.FindStringSubmatch(value); m != nil {
			p, ok = Param{Name: m[1], Type: m[2], Default: m[3], Doc: m[4]}, true
			if p.Default == "required" {
				p.Default, p.Required = "", true
			}
		}
		if !ok {
			return nil, errors.New("not a parameter")
		}
		q.Params = append(q.Params, p)
		return &q.Params[len(q.Params)-1].Doc, nil
	}
	return nil, errors.New("unknown")
}
