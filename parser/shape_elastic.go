package parser

// Elasticsearch's documents: {"hits":{"hits":[{"_source":{…}}]}}, or one on a line, with
// or without what is around it. The record is in event.original where the pipeline was told to
// keep it; or the document is the record itself; or it is put together from the fields that Elastic's
// integration makes of a record.
var (
	_ = register(&shape{
		name: "elasticsearch", fidelity: Reserialised, member: "hits", inside: "hits", key: "_source", what: elasticOther, loses: true,
		derived: elasticFields, lift: func(l *lifting, s *shape, e Value) {
			source, _ := e.Get("_source")
			l.document(s, source)
		},
	})
	_ = register(&shape{
		name: "elasticsearch", fidelity: Reserialised, key: "event.original", what: elasticOther, loses: true, derived: elasticFields,
		lift: func(l *lifting, s *shape, e Value) { l.document(s, e) },
	})
	_ = register(&shape{
		name: "elasticsearch", fidelity: Reserialised, key: "aws.cloudtrail", what: elasticOther, loses: true, derived: elasticFields,
		lift: func(l *lifting, s *shape, e Value) { l.document(s, e) },
	})
	elasticFields = register(&shape{name: "elasticsearch-fields", fidelity: Derived, what: elasticOther})
)

const elasticOther = "Elasticsearch document without the original event"

// document adds the record that an Elasticsearch document has.
func (l *lifting) document(s *shape, source Value) {
	for _, path := range [...]string{"event.original", "message"} {
		if original, ok := find(source, path); ok && l.string(s, original) {
			return
		}
	}
	if _, ok := source.Get("eventVersion"); ok {
		l.object(s, source)
		return
	}
	_, trail := source.Get("aws.cloudtrail")
	name, _ := find(source, "event.dataset")
	if trail || name.String() == "aws.cloudtrail" {
		if o := elasticRecord(source); o != nil {
			l.derived(s.derived, source, o)
		}
	}
}

// elasticMapping is what Elastic's pipeline for CloudTrail does, the other way round.
var elasticMapping = []mapping{
	{"aws.cloudtrail.event_version", "eventVersion"},
	{"aws.cloudtrail.user_identity.type", "userIdentity.type"},
	{"user.id", "userIdentity.principalId"},
	{"aws.cloudtrail.user_identity.arn", "userIdentity.arn"},
	{"cloud.account.id", "userIdentity.accountId"},
	{"aws.cloudtrail.user_identity.access_key_id", "userIdentity.accessKeyId"},
	{"aws.cloudtrail.user_identity.invoked_by", "userIdentity.invokedBy"},
	{"aws.cloudtrail.user_identity.session_context.session_issuer.type", "userIdentity.sessionContext.sessionIssuer.type"},
	{"aws.cloudtrail.user_identity.session_context.session_issuer.principal_id", "userIdentity.sessionContext.sessionIssuer.principalId"},
	{"aws.cloudtrail.user_identity.session_context.session_issuer.arn", "userIdentity.sessionContext.sessionIssuer.arn"},
	{"aws.cloudtrail.user_identity.session_context.session_issuer.account_id", "userIdentity.sessionContext.sessionIssuer.accountId"},
	{"aws.cloudtrail.user_identity.session_context.creation_date", "userIdentity.sessionContext.attributes.creationDate"},
	{"aws.cloudtrail.user_identity.session_context.mfa_authenticated", "userIdentity.sessionContext.attributes.mfaAuthenticated"},
	{"@timestamp", "eventTime"},
	{"event.provider", "eventSource"},
	{"event.action", "eventName"},
	{"cloud.region", "awsRegion"},
	{"source.address", "sourceIPAddress"},
	{"source.ip", "sourceIPAddress"},
	{"user_agent.original", "userAgent"},
	{"aws.cloudtrail.error_code", "errorCode"},
	{"aws.cloudtrail.error_message", "errorMessage"},
	{"aws.cloudtrail.flattened.request_parameters", "requestParameters"},
	{"aws.cloudtrail.request_parameters", "requestParameters"},
	{"aws.cloudtrail.flattened.response_elements", "responseElements"},
	{"aws.cloudtrail.response_elements", "responseElements"},
	{"aws.cloudtrail.flattened.additional_eventdata", "additionalEventData"},
	{"aws.cloudtrail.additional_eventdata", "additionalEventData"},
	{"aws.cloudtrail.flattened.service_event_details", "serviceEventDetails"},
	{"aws.cloudtrail.service_event_details", "serviceEventDetails"},
	{"aws.cloudtrail.request_id", "requestID"},
	{"event.id", "eventID"},
	{"aws.cloudtrail.event_type", "eventType"},
	{"aws.cloudtrail.api_version", "apiVersion"},
	{"aws.cloudtrail.management_event", "managementEvent"},
	{"aws.cloudtrail.read_only", "readOnly"},
	{"aws.cloudtrail.recipient_account_id", "recipientAccountId"},
	{"aws.cloudtrail.shared_event_id", "sharedEventID"},
	{"aws.cloudtrail.vpc_endpoint_id", "vpcEndpointId"},
	{"aws.cloudtrail.event_category", "eventCategory"},
}

var elasticResource = []mapping{{"arn", "ARN"}, {"account_id", "accountId"}, {"type", "type"}}

// elasticRecord puts a record together from a document. It returns nil where that does not
// tell what was called and when.
func elasticRecord(source Value) *object {
	o := &object{}
	o.mapped(source, elasticMapping)
	name := "userIdentity.userName"
	if kind, _ := find(source, "aws.cloudtrail.user_identity.type"); kind.String() == "AssumedRole" {
		name = "userIdentity.sessionContext.sessionIssuer.userName" // which overwrites the user's there
	}
	o.pick(source, name, "user.name")
	if list, ok := find(source, "aws.cloudtrail.resources"); ok {
		o.resources(list, elasticResource)
	}
	if !o.tellsEvent() {
		return nil
	}
	return o
}
