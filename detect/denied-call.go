package detect

import (
	"cmp"

	"github.com/coldtrail/coldtrail/parser"
)

var deniedCall = register(&Detector{
	ID:    "denied-call",
	Title: "Calls denied",
	Doc: `A person or a workload was refused calls for want of permission. Every account has these: a policy
that lacks an action, a console page that shows more than its reader may see. Many distinct calls from one
credential are somebody finding out what it can do (see denied-burst). The finding counts both.`,
	Next: `Compare the calls with the identity's work. What it never needed before points to another hand on
the credential; what it always needed is a policy to correct.`,
	Severity:   Informational,
	Techniques: []string{"T1580"},
	Record:     denial,
	Stream: Window{
		ID: "denied-call", Title: "calls denied", Distinct: callOf, Unit: "calls",
		Subject: func(r *EventRef) string { return cmp.Or(r.Credential, SubjectOf(r)) },
	}.Stream,
	Hits: [][]string{
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","errorCode":"Client.UnauthorizedOperation","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accessKeyId":"AKIA1"}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"s3.amazonaws.com","eventName":"GetObject","errorCode":"AccessDenied","userIdentity":{"type":"AWSAccount","accountId":"anonymous"},"sourceIPAddress":"203.0.113.9"}`},
	},
	Misses: [][]string{
		// A dry run is told "you may"; throttling is no refusal.
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","errorCode":"Client.DryRunOperation","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","errorCode":"ThrottlingException","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"}}`},
		// A service that lacks a right: an operational problem.
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"kms.amazonaws.com","eventName":"Decrypt","errorCode":"AccessDenied","userIdentity":{"type":"AWSService","invokedBy":"rds.amazonaws.com"}}`},
	},
})

// denial lets through what was denied to a person or a workload.
func denial(r *parser.Record) (Evidence, bool) {
	if r.ErrorCode == "" || !Denied(r.ErrorCode) || Operational(r) {
		return nil, false
	}
	return nil, true
}

// callOf names the call as the permission does: by service and action.
func callOf(r *EventRef) string { return r.EventSource + ":" + r.Action() }
