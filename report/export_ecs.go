package report

import (
	"bytes"
	"context"
	"io"
	"net/netip"
	"slices"
	"strings"
)

var _ = exportFormat(ExportFormat{
	Name: "ecs",
	Doc: "documents of the Elastic Common Schema 8.11 for Elasticsearch's _bulk API, an action line before each, with the fields that Elastic's own integration makes of CloudTrail; " +
		"the whole record is event.original, in which bytes that are not UTF-8 are U+FFFD, and what coldtrail knows stands under coldtrail",
	write: func(s *EventStore, ctx context.Context, w io.Writer, f *Filter) (FileExported, error) {
		return s.writeTree(ctx, w, f, newTreeLister(`{"create":{}}`+"\n", ecsMembers))
	},
})

// ecsTrail is where the integration puts what the schema has no field for.
const ecsTrail = "aws.cloudtrail."

// ecsMembers are the schema's fields, then those of Elastic's integration "AWS CloudTrail", then coldtrail's.
var ecsMembers = slices.Concat([]exportMember{
	timeMember("@timestamp", "2006-01-02T15:04:05.000Z"),
	fieldMember("message", field{leaves: messageLeaves, text: (*view).message}),
	jsonMember("tags", field{json: (*view).detectorsJSON}),
	constantMember("ecs.version", `"8.11.0"`),
	constantMember("event.kind", `"event"`),
	constantMember("event.module", `"aws"`),
	constantMember("event.dataset", `"aws.cloudtrail"`),
	{"event.category", actionLeaves, (*view).ecsCategory},
	{"event.type", actionLeaves, (*view).ecsType},
	{"event.outcome", failureLeaves, func(v *view, dst []byte, row int) []byte {
		return append(dst, map[bool]string{true: `"failure"`, false: `"success"`}[v.failed(row)]...)
	}},
	textMember("event.id", "derived_id", "eventid"),
	textMember("event.action", "eventname"),
	textMember("event.provider", "eventsource"),
	recordMember("event.original", true),
	textMember("error.code", "errorcode"),
	textMember("error.message", "errormessage"),
	constantMember("cloud.provider", `"aws"`),
	textMember("cloud.region", "awsregion"),
	textMember("cloud.account.id", "recipientaccountid", "useridentity.accountid"),
	textMember("source.address", "sourceipaddress"),
	addressMember("source.ip", false),
	textMember("user.id", "useridentity.principalid"),
	textMember("user.name", "useridentity.username", "useridentity.sessioncontext.sessionissuer.username"),
	textMember("user_agent.original", "useragent"),
	textMember("tls.cipher", "tlsdetails.ciphersuite"),
	tlsMember("tls.version", 1),
	tlsMember("tls.version_protocol", 0),
	textMember("tls.client.server_name", "tlsdetails.clientprovidedhostheader"),
	addressMember("related.ip", true),
	{"related.user", relatedLeaves, (*view).relatedUsers},

	textMember(ecsTrail+"event_version", "eventversion"),
	textMember(ecsTrail+"user_identity.type", "useridentity.type"),
	textMember(ecsTrail+"user_identity.arn", "useridentity.arn"),
	textMember(ecsTrail+"user_identity.access_key_id", "useridentity.accesskeyid"),
	textMember(ecsTrail+"user_identity.invoked_by", "useridentity.invokedby"),
	textMember(ecsTrail+"user_identity.session_context.mfa_authenticated", "useridentity.sessioncontext.attributes.mfaauthenticated"),
	columnTimeMember(ecsTrail+"user_identity.session_context.creation_date", "useridentity.sessioncontext.attributes.creationdate"),
	textMember(ecsTrail+"user_identity.session_context.session_issuer.type", "useridentity.sessioncontext.sessionissuer.type"),
	textMember(ecsTrail+"user_identity.session_context.session_issuer.principal_id", "useridentity.sessioncontext.sessionissuer.principalid"),
	textMember(ecsTrail+"user_identity.session_context.session_issuer.arn", "useridentity.sessioncontext.sessionissuer.arn"),
	textMember(ecsTrail+"user_identity.session_context.session_issuer.account_id", "useridentity.sessioncontext.sessionissuer.accountid"),
	textMember(ecsTrail+"error_code", "errorcode"),
	textMember(ecsTrail+"error_message", "errormessage"),
	textMember(ecsTrail+"request_parameters", "requestparameters"),
	textMember(ecsTrail+"response_elements", "responseelements"),
	textMember(ecsTrail+"additional_eventdata", "additionaleventdata"),
	textMember(ecsTrail+"service_event_details", "serviceeventdetails"),
	textMember(ecsTrail+"request_id", "requestid"),
	textMember(ecsTrail+"event_type", "eventtype"),
	textMember(ecsTrail+"event_category", "eventcategory"),
	textMember(ecsTrail+"api_version", "apiversion"),
	boolMember(ecsTrail+"management_event", "managementevent"),
	boolMember(ecsTrail+"read_only", "readonly"),
	{ecsTrail + "resources", resourceLeaves, func(v *view, dst []byte, row int) []byte {
		return v.resourceObjects(dst, row, false, [2]string{`"arn":`}, [2]string{`"account_id":`}, [2]string{`"type":`})
	}},
	textMember(ecsTrail+"recipient_account_id", "recipientaccountid"),
	textMember(ecsTrail+"shared_event_id", "sharedeventid"),
	textMember(ecsTrail+"vpc_endpoint_id", "vpcendpointid"),
}, objectMembers("coldtrail."))

var (
	actionLeaves   = []int{leafSource, leafName, leafReadOnly}
	failureLeaves  = []int{leafErrorCode, leafErrorMessage}
	relatedLeaves  = leavesNamed("useridentity.username", "useridentity.arn", "useridentity.sessioncontext.sessionissuer.username", "useridentity.sessioncontext.sessionissuer.arn")
	resourceLeaves = []int{leafResources, leafResources + 1, leafResources + 2}
)

// failed reports whether the call did not succeed: a sign-in that failed has no code but a message.
func (v *view) failed(row int) bool {
	code, _ := v.bytes(leafErrorCode, row)
	message, _ := v.bytes(leafErrorMessage, row)
	return len(code) > 0 || len(message) > 0
}

// addressMember is the source's address, where it is one, as a string or as a list of one.
func addressMember(path string, list bool) exportMember {
	return exportMember{path, []int{leafSourceIP}, func(v *view, dst []byte, row int) []byte {
		text, _ := v.bytes(leafSourceIP, row)
		addr, ok := plainAddress(text)
		if !ok {
			return dst
		}
		if list {
			return append(append(append(dst, `["`...), addr...), `"]`...)
		}
		return append(append(append(dst, '"'), addr...), '"')
	}}
}

// plainAddress returns an address in its usual form; one of a zone is none elsewhere.
func plainAddress(text []byte) (string, bool) {
	addr, err := netip.ParseAddr(string(text))
	return addr.String(), err == nil && addr.Zone() == ""
}

// tlsMember is the protocol's name or number, of which TLSv1.3 has both.
func tlsMember(path string, part int) exportMember {
	leaf := eventLeaf("tlsdetails.tlsversion")
	return exportMember{path, []int{leaf}, func(v *view, dst []byte, row int) []byte {
		text, _ := v.bytes(leaf, row)
		name, number, ok := bytes.Cut(text, []byte("v"))
		if !ok {
			return dst
		}
		return appendJSONString(dst, strings.ToLower(string([2][]byte{name, number}[part])))
	}}
}

func (v *view) relatedUsers(dst []byte, row int) []byte {
	l := jsonList{dst: append(dst, '[')}
	var seen [][]byte
	for _, leaf := range relatedLeaves {
		text, _ := v.bytes(leaf, row)
		if len(text) == 0 || slices.ContainsFunc(seen, func(s []byte) bool { return bytes.Equal(s, text) }) {
			continue
		}
		seen = append(seen, text)
		l.add(text, true)
	}
	if l.n == 0 {
		return dst
	}
	return append(l.dst, ']')
}

// resourceObjects writes the record's resources: of each its ARN, account and type, between two texts. Of an S3
// object a record may name no more than the type: such a resource is left out where it must be named.
func (v *view) resourceObjects(dst []byte, row int, named bool, around ...[2]string) []byte {
	begin := len(dst)
	first, end := v.vectors[leafResources].entries(row)
	for i := range end - first {
		open := len(dst)
		if arns := v.vectors[leafResources]; named && arns.index[first+i] < 0 {
			continue
		}
		for j, leaf := range resourceLeaves {
			vec := v.vectors[leaf]
			from, to := vec.entries(row)
			if from+i >= to || vec.index[from+i] < 0 {
				continue
			}
			if dst = append(dst, ','); len(dst) == open+1 {
				dst = append(dst, '{')
			}
			dst = appendJSONString(append(dst, around[j][0]...), textOf(vec.value(vec.index[from+i])))
			dst = append(dst, around[j][1]...)
		}
		if len(dst) > open {
			dst = append(dst, '}')
		}
	}
	if len(dst) == begin {
		return dst
	}
	dst[begin] = '['
	return append(dst, ']')
}
