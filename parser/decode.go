package parser

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"github.com/bytedance/sonic/decoder"
)

// wire is the part of an event that every reader of the timeline needs.
type wire struct {
	EventVersion       string `json:"eventVersion"`
	EventTime          string `json:"eventTime"`
	EventID            string `json:"eventID"`
	EventName          string `json:"eventName"`
	EventSource        string `json:"eventSource"`
	AWSRegion          string `json:"awsRegion"`
	RecipientAccountID string `json:"recipientAccountId"`
	SourceIPAddress    string `json:"sourceIPAddress"`
	UserAgent          string `json:"userAgent"`
	ErrorCode          string `json:"errorCode"`
	ErrorMessage       string `json:"errorMessage"`
	EventType          string `json:"eventType"`
	EventCategory      string `json:"eventCategory"`
	SharedEventID      string `json:"sharedEventID"`
	ReadOnly           any    `json:"readOnly"`
	UserIdentity       struct {
		Type           string `json:"type"`
		PrincipalID    string `json:"principalId"`
		ARN            string `json:"arn"`
		AccountID      string `json:"accountId"`
		AccessKeyID    string `json:"accessKeyId"`
		UserName       string `json:"userName"`
		InvokedBy      string `json:"invokedBy"`
		SessionContext struct {
			SessionIssuer struct {
				Type     string `json:"type"`
				ARN      string `json:"arn"`
				UserName string `json:"userName"`
			} `json:"sessionIssuer"`
			Attributes struct {
				CreationDate     string `json:"creationDate"`
				MFAAuthenticated string `json:"mfaAuthenticated"`
			} `json:"attributes"`
			SourceIdentity string `json:"sourceIdentity"`
		} `json:"sessionContext"`
	} `json:"userIdentity"`
}

// strict makes sonic match keys case-sensitively (otherwise EVENTNAME overwrites
// eventName) and refuse raw control characters inside strings. It checks the
// grammar of what it skips by default, and its strings alias the input, which is
// the Reader's.
const strict = decoder.OptionCaseSensitive | decoder.OptionValidateString

// Parse returns the record that raw, one JSON object, holds. The record borrows raw.
func Parse(raw []byte) (*Record, error) {
	r := &Record{Raw: raw}
	if err := new(eventDecoder).decode(r); err != nil {
		return nil, err
	}
	return r, nil
}

// Clone returns a copy of the record that borrows nothing.
func (r *Record) Clone() *Record {
	c := *r
	c.Raw = bytes.Clone(r.Raw)
	if len(c.Raw) > 0 && c.Raw[0] == '{' {
		new(eventDecoder).decode(&c) // it succeeded before
	}
	return &c
}

// eventDecoder fills records from their raw bytes.
type eventDecoder struct {
	wire  wire
	sonic *decoder.Decoder
}

func (d *eventDecoder) decode(r *Record) error {
	if len(r.Raw) == 0 || r.Raw[0] != '{' {
		return d.decodeOther(r)
	}
	if d.sonic == nil {
		d.sonic = decoder.NewDecoder("")
		d.sonic.SetOptions(strict)
	}
	d.wire = wire{}
	d.sonic.Reset(unsafe.String(unsafe.SliceData(r.Raw), len(r.Raw)))
	err := d.sonic.Decode(&d.wire)
	if err == nil {
		err = d.sonic.CheckTrailings()
	}
	if err != nil {
		if err = d.mismatch(r, err); err != nil {
			return err
		}
	}
	d.fill(r)
	return d.classify(r)
}

// mismatch handles an event that is valid JSON but has a field of another type
// than expected. Any other error becomes the reason why the record is bad.
func (d *eventDecoder) mismatch(r *Record, err error) error {
	var mismatch *decoder.MismatchTypeError
	if !errors.As(err, &mismatch) {
		return reason(err)
	}
	if !json.Valid(r.Raw) { // sonic may report the mismatch before it saw the rest
		return errInvalid
	}
	d.loose(r)
	return nil
}

// loose fills what strict could not: an event that is valid JSON, but one of
// whose hot fields is no string, such as an address that is a list.
func (d *eventDecoder) loose(r *Record) {
	d.wire = wire{}
	w, u := &d.wire, &d.wire.UserIdentity
	for path, field := range map[string]*string{
		"eventVersion": &w.EventVersion, "eventTime": &w.EventTime, "eventID": &w.EventID,
		"eventName": &w.EventName, "eventSource": &w.EventSource, "awsRegion": &w.AWSRegion,
		"recipientAccountId": &w.RecipientAccountID, "sourceIPAddress": &w.SourceIPAddress,
		"userAgent": &w.UserAgent, "errorCode": &w.ErrorCode, "errorMessage": &w.ErrorMessage,
		"eventType": &w.EventType, "eventCategory": &w.EventCategory, "sharedEventID": &w.SharedEventID,
		"userIdentity.type": &u.Type, "userIdentity.principalId": &u.PrincipalID,
		"userIdentity.arn": &u.ARN, "userIdentity.accountId": &u.AccountID,
		"userIdentity.accessKeyId": &u.AccessKeyID, "userIdentity.userName": &u.UserName,
		"userIdentity.invokedBy":                                  &u.InvokedBy,
		"userIdentity.sessionContext.sessionIssuer.type":          &u.SessionContext.SessionIssuer.Type,
		"userIdentity.sessionContext.sessionIssuer.arn":           &u.SessionContext.SessionIssuer.ARN,
		"userIdentity.sessionContext.sessionIssuer.userName":      &u.SessionContext.SessionIssuer.UserName,
		"userIdentity.sessionContext.attributes.creationDate":     &u.SessionContext.Attributes.CreationDate,
		"userIdentity.sessionContext.attributes.mfaAuthenticated": &u.SessionContext.Attributes.MFAAuthenticated,
		"userIdentity.sessionContext.sourceIdentity":              &u.SessionContext.SourceIdentity,
	} {
		if v, ok := r.Get(path); ok && !v.IsNull() {
			*field = v.String()
		}
	}
	if v, ok := r.Get("readOnly"); ok {
		w.ReadOnly = v.String()
	}
}

// fill copies the wire's fields to the record.
func (d *eventDecoder) fill(r *Record) {
	w, u := &d.wire, &d.wire.UserIdentity
	r.Version, r.ID, r.Name, r.EventSource = w.EventVersion, w.EventID, w.EventName, w.EventSource
	r.Region, r.Account, r.SourceIP, r.UserAgent = w.AWSRegion, w.RecipientAccountID, w.SourceIPAddress, w.UserAgent
	r.ErrorCode, r.ErrorMessage = w.ErrorCode, w.ErrorMessage
	r.EventType, r.Category, r.SharedID = w.EventType, w.EventCategory, w.SharedEventID
	switch v := w.ReadOnly.(type) {
	case bool:
		r.ReadOnly = "false"
		if v {
			r.ReadOnly = "true"
		}
	case string:
		r.ReadOnly = v
	}
	s := &u.SessionContext
	r.Identity = Identity{
		Type: u.Type, PrincipalID: u.PrincipalID, ARN: u.ARN, AccountID: u.AccountID,
		AccessKeyID: u.AccessKeyID, UserName: u.UserName, InvokedBy: u.InvokedBy,
		IssuerType: s.SessionIssuer.Type, IssuerARN: s.SessionIssuer.ARN, IssuerName: s.SessionIssuer.UserName,
		CreationDate: s.Attributes.CreationDate, MFA: s.Attributes.MFAAuthenticated,
		SourceIdentity: s.SourceIdentity,
	}
	if r.Account == "" {
		r.Account = u.AccountID
	}
}

// classify sets the record's kind and, for an event, its time.
func (d *eventDecoder) classify(r *Record) error {
	switch {
	case r.Category == "Insight" || r.EventType == "AwsCloudTrailInsight":
		r.Kind = Insight
		return nil
	case r.Category == "Aggregated" || r.EventType == "AwsAggregatedEvent":
		r.Kind = Aggregated
		return nil
	case strings.HasPrefix(r.EventSource, "aws:") || d.wire.EventTime == "" && (r.Name == "" || r.EventSource == ""):
		r.Kind = Foreign
		r.What = recognise(r)
		return nil
	}
	t, err := ParseTime(d.wire.EventTime)
	if err != nil {
		return fmt.Errorf("eventTime: %w", err)
	}
	r.Time = t
	return nil
}

// decodeOther looks at an element that is not an object.
func (d *eventDecoder) decodeOther(r *Record) error {
	if !json.Valid(r.Raw) {
		return errInvalid
	}
	r.Kind = Foreign
	r.What = "JSON value that is not an object"
	return nil
}

var errInvalid = errors.New("invalid JSON")

// reason says what the decoder found without quoting the evidence, which its
// own text does at length.
func reason(err error) error {
	var syntax decoder.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("%w: %s at byte %d of the record", errInvalid, syntax.Message(), syntax.Pos)
	}
	return fmt.Errorf("%w: %w", errInvalid, err)
}
