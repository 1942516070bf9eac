package detect

import (
	"errors"
	"fmt"
	"strings"
)

// stixKinds are the paths of STIX's objects that are compared with a part of the event;
// others are recognised by what their values look like.
var stixKinds = map[string]string{
	"ipv4-addr:value": "ip", "ipv6-addr:value": "ip",
	"network-traffic:src_ref.value": "ip", "network-traffic:dst_ref.value": "ip",
	"user-account:user_id": "", "user-account:account_login": "user", "user-account:display_name": "user", "email-addr:value": "email",
	"network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'": "user-agent",
	"domain-name:value": "domain", "url:value": "", "file:name": "file",
}

// A stixComparison is one comparison of a pattern.
type stixComparison struct{ path, value string }

var errStixJoined = errors.New("a pattern that asks for several things together, which one event cannot show")

// stixPattern reads a pattern that is a list of alternatives: comparisons by =, IN, LIKE,
// MATCHES or ISSUBSET, joined by OR within brackets and between them. Others it refuses: half of
// such a pattern would be another indicator.
func stixPattern(pattern string) (all []stixComparison, err error) {
	s := stixScanner{rest: pattern}
	for {
		if s.next() != "[" {
			return nil, s.wrong()
		}
		for {
			found, err := s.comparison()
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
			if s.next(); s.token != "OR" {
				break
			}
		}
		switch {
		case s.token == "AND":
			return nil, errStixJoined
		case s.token != "]":
			return nil, s.wrong()
		}
		switch s.next() {
		case "":
			return all, nil
		case "OR":
		case "AND", "FOLLOWEDBY", "WITHIN", "REPEATS", "START":
			return nil, errStixJoined
		default:
			return nil, s.wrong()
		}
	}
}

// comparison reads path operator value.
func (s *stixScanner) comparison() (all []stixComparison, err error) {
	path := s.next()
	if s.token == "(" { // ( a = 'b' AND …
		return nil, errStixJoined
	}
	if !strings.Contains(path, ":") {
		return nil, s.wrong()
	}
	switch op := s.next(); op {
	case "=", "LIKE", "ISSUBSET", "MATCHES":
		if s.next(); !s.text {
			return nil, s.wrong()
		}
		c := stixComparison{path, s.token}
		switch {
		case op == "LIKE":
			c.value = strings.NewReplacer("%", "*", "_", "?").Replace(c.value)
		case op == "MATCHES" && stixKinds[path] != "user-agent":
			return nil, errors.New("a regular expression for what is no user agent")
		case op == "MATCHES":
			c.path, c.value = "", "user-agent-re:"+c.value
		}
		return append(all, c), nil
	case "IN":
		if s.next() != "(" {
			return nil, s.wrong()
		}
		for {
			if s.next(); !s.text {
				return nil, s.wrong()
			}
			all = append(all, stixComparison{path, s.token})
			if s.next() != "," {
				break
			}
		}
		if s.token != ")" {
			return nil, s.wrong()
		}
		return all, nil
	case "NOT", "!=", "<", ">", "<=", ">=", "ISSUPERSET":
		return nil, fmt.Errorf("the comparison %s cannot be answered", op)
	}
	return nil, s.wrong()
}

// A stixScanner cuts a pattern into tokens.
type stixScanner struct {
	rest  string
	token string // "": the end
	text  bool   // the token was a text in quotes
}

func (s *stixScanner) wrong() error {
	return fmt.Errorf("a pattern that is not understood from %q on", cutText(s.token+s.rest, 40))
}

// next reads a token. A path keeps the quotes within.
func (s *stixScanner) next() string {
	s.rest = strings.TrimLeft(s.rest, " \t\r\n")
	s.token, s.text = "", false
	if s.rest == "" {
		return ""
	}
	if s.rest[0] == '\'' {
		s.quoted()
		return s.token
	}
	n := 0
	inQuotes := false
	for n < len(s.rest) {
		c := s.rest[n]
		if c == '\'' {
			inQuotes = !inQuotes
		}
		if !inQuotes && strings.IndexByte(" \t\r\n[](),=!<>", c) >= 0 {
			break
		}
		n++
	}
	if n == 0 {
		n = 1
		if len(s.rest) > 1 && s.rest[1] == '=' {
			n = 2
		}
	}
	s.token, s.rest = s.rest[:n], s.rest[n:]
	return s.token
}

// quoted reads a text in quotes, in which a backslash stands before quotes and backslashes.
func (s *stixScanner) quoted() {
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '\\' && i+1 < len(s.rest):
			i++
			b.WriteByte(s.rest[i])
		case c == '\'':
			s.token, s.text, s.rest = b.String(), true, s.rest[i+1:]
			return
		default:
			b.WriteByte(c)
		}
	}
	s.token, s.rest = s.rest, "" // the quote has no end, and so it is no text
}
