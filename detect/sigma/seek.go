package sigma

import (
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// seekFields are the fields that an index knows, and how a record gets one.
var seekFields = map[string]struct {
	field detect.Field
	set   func(r *parser.Record, s string)
}{
	"eventID":                  {detect.FieldID, func(r *parser.Record, s string) { r.ID = s }},
	"awsRegion":                {detect.FieldRegion, func(r *parser.Record, s string) { r.Region = s }},
	"sourceIPAddress":          {detect.FieldSourceIP, func(r *parser.Record, s string) { r.SourceIP = s }},
	"userAgent":                {detect.FieldUserAgent, func(r *parser.Record, s string) { r.UserAgent = s }},
	"errorCode":                {detect.FieldErrorCode, func(r *parser.Record, s string) { r.ErrorCode = s }},
	"userIdentity.accessKeyId": {detect.FieldAccessKey, func(r *parser.Record, s string) { r.Identity.AccessKeyID = s }},
	"userIdentity.arn":         {detect.FieldARN, func(r *parser.Record, s string) { r.Identity.ARN = s }},
	"userIdentity.userName":    {detect.FieldUserName, func(r *parser.Record, s string) { r.Identity.UserName = s }},
	"userIdentity.accountId":   {detect.FieldIdentityAccount, func(r *parser.Record, s string) { r.Identity.AccountID = s }},
}

// seekOf returns what an event has that fits: at least one of these; nil where nothing
// is known.
func seekOf(e expr) []detect.Seek {
	switch e := e.(type) {
	case and:
		for _, part := range e {
			if s := seekOf(part); s != nil {
				return s
			}
		}
	case or:
		var all []detect.Seek
		for _, part := range e {
			s := seekOf(part)
			if s == nil {
				return nil
			}
			all = append(all, s...)
		}
		return all
	case equals:
		return seekField(e.field, e)
	case compare:
		if !e.empty {
			return seekField(e.field, e)
		}
	}
	return nil
}

func seekField(f *field, e expr) []detect.Seek {
	name := f.name
	if f.head == "coldtrail" {
		name = "userAgent"
	}
	known, ok := seekFields[name]
	if !ok || f.hot == nil {
		return nil
	}
	return []detect.Seek{{Field: known.field, Match: func(s string) bool {
		if s == "" {
			return false // empty or missing: neither fits
		}
		if strings.ContainsRune(s, '\uFFFD') || s[0] == '{' || s[0] == '[' && !f.bracketed(s) {
			return true // not what the event has, or no text
		}
		var r parser.Record
		known.set(&r, s)
		return e.eval(&r)
	}}}
}
