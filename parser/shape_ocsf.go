package parser

import "strings"

// Security Lake's events, in the Open Cybersecurity Schema Framework: versions 1.0.0-rc.2
// (source version 1) and 1.1.0 (2). Its files are Parquet, of which scan makes a JSON object a row;
// others write OCSF as JSON. Security Lake does not keep the record, so it is put together from what
// the schema has, by the mapping that the framework's examples publish; where another
// pipeline kept it, it is in raw_data.
var (
	_ = register(&shape{
		name: "ocsf", fidelity: Reserialised, key: "class_uid", what: "OCSF event that is not CloudTrail's", derived: ocsfColumns,
		lift: func(l *lifting, s *shape, e Value) {
			if raw, ok := e.Get("raw_data"); ok && strings.Contains(raw.String(), "eventVersion") && l.string(s, raw) {
				return
			}
			if product, ok := find(e, "metadata.product.name"); ok && strings.EqualFold(product.String(), "CloudTrail") {
				l.derived(s.derived, e, ocsfRecord(e))
			}
		},
	})
	ocsfColumns = register(&shape{name: "ocsf-columns", fidelity: Derived, what: "OCSF event that is not CloudTrail's"})
)

var ocsfFields = []mapping{
	{"metadata.product.version", "eventVersion"},
	{"actor.user.type", "userIdentity.type"},
	{"actor.user.account.uid", "userIdentity.accountId"},
	{"actor.user.account_uid", "userIdentity.accountId"},
	{"actor.user.credential_uid", "userIdentity.accessKeyId"},
	{"actor.user.name", "userIdentity.userName"},
	{"actor.session.created_time_dt", "userIdentity.sessionContext.attributes.creationDate"},
	{"actor.session.created_time", "userIdentity.sessionContext.attributes.creationDate"},
	{"actor.session.is_mfa", "userIdentity.sessionContext.attributes.mfaAuthenticated"},
	{"actor.session.mfa", "userIdentity.sessionContext.attributes.mfaAuthenticated"},
	{"actor.session.issuer", "userIdentity.sessionContext.sessionIssuer.arn"},
	{"actor.invoked_by", "userIdentity.invokedBy"},
	{"actor.idp.name", "userIdentity.identityProvider"},
	{"time", "eventTime"},
	{"time_dt", "eventTime"},
	{"api.service.name", "eventSource"},
	{"api.operation", "eventName"},
	{"cloud.region", "awsRegion"},
	{"src_endpoint.ip", "sourceIPAddress"},
	{"src_endpoint.domain", "sourceIPAddress"},
	{"http_request.user_agent", "userAgent"},
	{"api.response.error", "errorCode"},
	{"api.response.message", "errorMessage"},
	{"api.request.data", "requestParameters"},
	{"api.response.data", "responseElements"},
	{"api.request.uid", "requestID"},
	{"metadata.uid", "eventID"},
	{"metadata.event_code", "eventType"},
	{"api.version", "apiVersion"},
	{"src_endpoint.uid", "vpcEndpointId"},
	{"cloud.account.uid", "recipientAccountId"},
}

var ocsfResource = []mapping{{"uid", "ARN"}, {"owner.account.uid", "accountId"}, {"account_uid", "accountId"}, {"type", "type"}}

// ocsfRecord puts a record together from an OCSF event.
func ocsfRecord(e Value) *object {
	o := &object{}
	// Version 1.1.0 has the ARN in uid and the principal in uid_alt, 1.0.0-rc.2 the ARN in uuid and the principal in uid.
	for _, path := range [...]string{"actor.user.uid", "actor.user.uuid", "actor.user.uid_alt"} {
		if v, ok := find(e, path); ok {
			field := "userIdentity.principalId"
			if strings.HasPrefix(v.String(), "arn:") {
				field = "userIdentity.arn"
			}
			o.put(field, v)
		}
	}
	o.mapped(e, ocsfFields)
	if v, ok := find(e, "metadata.product.feature.name"); ok && isCategory(v.String()) {
		o.put("eventCategory", v)
	}
	if list, ok := e.Get("resources"); ok {
		o.resources(list, ocsfResource)
	}
	// What has no place in the schema is kept under the names that it has in the record.
	unmapped, _ := e.Get("unmapped")
	for name, v := range unmapped.Members {
		o.put(name, v)
	}
	return o
}

func isCategory(text string) bool {
	switch text {
	case "Management", "Data", "NetworkActivity", "Insight", "Aggregated":
		return true
	}
	return false
}
