package report

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
)

var (
	_ = exportFormat(ExportFormat{
		Name: "ocsf",
		Doc: "lines of JSON in the Open Cybersecurity Schema Framework 1.5.0, profiles cloud and datetime: sign-ins are Authentication, what is done to a user Account Change, and " +
			"the rest API Activity; the whole record is raw_data, in which bytes that are not UTF-8 are U+FFFD, and what coldtrail knows stands in unmapped",
		write: func(s *EventStore, ctx context.Context, w io.Writer, f *Filter) (FileExported, error) {
			return s.writeTree(ctx, w, f, newTreeLister("", ocsfMembers("1.5.0")))
		},
	})
	_ = exportFormat(ExportFormat{
		Name: "ocsf-1.1.0",
		Doc:  "the same in version 1.1.0 of the schema, which is that of Amazon Security Lake's second source version",
		write: func(s *EventStore, ctx context.Context, w io.Writer, f *Filter) (FileExported, error) {
			return s.writeTree(ctx, w, f, newTreeLister("", ocsfMembers("1.1.0")))
		},
	})
)

// ocsfMembers are the schema's attributes, by the mapping that ocsf/examples has for CloudTrail.
func ocsfMembers(version string) []exportMember {
	return slices.Concat([]exportMember{
		ocsfMember("class_uid", func(k *ocsfKind) string { return strconv.Itoa(k.class) }),
		ocsfMember("class_name", func(k *ocsfKind) string { return `"` + ocsfClasses[k.class] + `"` }),
		ocsfMember("category_uid", func(k *ocsfKind) string { return strconv.Itoa(k.class / 1000) }),
		ocsfMember("category_name", func(k *ocsfKind) string { return `"` + ocsfCategories[k.class/1000] + `"` }),
		ocsfMember("activity_id", func(k *ocsfKind) string { return strconv.Itoa(k.activity) }),
		ocsfMember("activity_name", func(k *ocsfKind) string { return `"` + k.name() + `"` }),
		ocsfMember("type_uid", func(k *ocsfKind) string { return strconv.Itoa(k.class*100 + k.activity) }),
		ocsfMember("type_name", func(k *ocsfKind) string { return `"` + ocsfClasses[k.class] + ": " + k.name() + `"` }),
		{"time", []int{leafTime}, func(v *view, dst []byte, row int) []byte {
			return strconv.AppendInt(dst, floorDiv(v.number(leafTime, row), 1000), 10)
		}},
		timeMember("time_dt", "2006-01-02T15:04:05.999999Z07:00"),
		{"severity_id", nil, func(v *view, dst []byte, row int) []byte {
			worst, _ := v.worst(row)
			return strconv.AppendInt(dst, int64(worst)+1, 10)
		}},
		{"status_id", failureLeaves, func(v *view, dst []byte, row int) []byte {
			return strconv.AppendInt(dst, int64(1+btoi(v.failed(row))), 10)
		}},
		{"status", failureLeaves, func(v *view, dst []byte, row int) []byte {
			return append(dst, [...]string{`"Success"`, `"Failure"`}[btoi(v.failed(row))]...)
		}},
		textMember("status_code", "errorcode"),
		textMember("status_detail", "errormessage"),
		fieldMember("message", field{leaves: messageLeaves, text: (*view).message}),
		constantMember("metadata.version", `"`+version+`"`),
		constantMember("metadata.profiles", `["cloud","datetime"]`),
		textMember("metadata.uid", "derived_id", "eventid"),
		textMember("metadata.event_code", "eventtype"),
		constantMember("metadata.product.name", `"CloudTrail"`),
		constantMember("metadata.product.vendor_name", `"AWS"`),
		textMember("metadata.product.version", "eventversion"),
		textMember("metadata.product.feature.name", "eventcategory"),
		constantMember("cloud.provider", `"AWS"`),
		textMember("cloud.region", "awsregion"),
		textMember("cloud.account.uid", "recipientaccountid", "account"),
		textMember("actor.user.type", "useridentity.type"),
		textMember("actor.user.uid", "useridentity.arn"),
		textMember("actor.user.uid_alt", "useridentity.principalid", "useridentity.onbehalfof.userid"),
		{"actor.user.name", leavesNamed(ocsfNames...), ocsfText("not recorded", ocsfNames...)}, // some name is required
		textMember("actor.user.credential_uid", "useridentity.accesskeyid", "credentialid"),
		textMember("actor.user.account.uid", "useridentity.accountid"),
		columnTimeMember("actor.session.created_time_dt", "useridentity.sessioncontext.attributes.creationdate"),
		boolMember("actor.session.is_mfa", "useridentity.sessioncontext.attributes.mfaauthenticated"),
		textMember("actor.session.issuer", "useridentity.sessioncontext.sessionissuer.arn"),
		textMember("actor.idp.name", "identityprovider", "useridentity.sessioncontext.webidfederationdata.federatedprovider"),
		textMember("actor.invoked_by", "useridentity.invokedby"),
		{"api.operation", []int{leafName}, ocsfText("an event without a name", "eventname")},
		textMember("api.version", "apiversion"),
		textMember("api.service.name", "eventsource"),
		{"api.request.uid", ocsfRequestLeaves, ocsfText("", "requestid", "derived_id", "eventid")},
		{"api.request.data", []int{leafRequest}, ocsfObject("requestparameters")},
		{"api.response.data", leavesNamed("responseelements"), ocsfObject("responseelements")},
		textMember("api.response.error", "errorcode"),
		textMember("api.response.message", "errormessage"),
		addressMember("src_endpoint.ip", false),
		sourceMember("src_endpoint.domain", func(domain, _, _ string) string { return domain }),
		sourceMember("src_endpoint.svc_name", func(_, service, _ string) string { return service }), // of which 1.1.0 wants one
		textMember("src_endpoint.uid", "vpcendpointid"),
		{"src_endpoint.name", []int{leafSourceIP}, func(v *view, dst []byte, row int) []byte {
			text, _ := v.bytes(leafSourceIP, row)
			_, _, name := sourceWords(textOf(text))
			if len(text) == 0 {
				name = "not recorded" // one of them is required
			}
			return appendText(dst, name)
		}},
		textMember("http_request.user_agent", "useragent"),
		ofClass(apiActivity, "resources", func(v *view, dst []byte, row int) []byte {
			return v.resourceObjects(dst, row, true, [2]string{`"uid":`}, [2]string{`"owner":{"account":{"uid":`, "}}"}, [2]string{`"type":`})
		}, resourceLeaves...),
		ofClass(authentication, "user.name", ocsfText("not recorded", "useridentity.username", "useridentity.arn", "useridentity.principalid", "useridentity.accountid"), ocsfSignIn...),
		ofClass(authentication, "user.uid", ocsfText("", "useridentity.arn", "useridentity.principalid"), ocsfSignIn...),
		ofClass(authentication, "service.name", ocsfText("signin.amazonaws.com", "eventsource"), leafSource),
		ofClass(accountChange, "user.name", func(v *view, dst []byte, row int) []byte { return appendJSONString(dst, v.ocsfTarget(row)) }, leafRequest),
		{"observables", ocsfObservableLeaves, (*view).ocsfObservables},
		recordMember("raw_data", true),
	}, objectMembers("unmapped.coldtrail_"))
}

// sourceMember is what a source is that is no address.
func sourceMember(path string, which func(domain, service, name string) string) exportMember {
	return exportMember{path, []int{leafSourceIP}, func(v *view, dst []byte, row int) []byte {
		text, _ := v.bytes(leafSourceIP, row)
		return appendText(dst, which(sourceWords(textOf(text))))
	}}
}

// sourceWords says what a source is that is no address: a service of AWS, which has a host name unless it is AWS's
// inside, or else a name that says nothing of the kind, as that of a malformed address.
func sourceWords(text string) (domain, service, name string) {
	if _, ok := plainAddress([]byte(text)); ok || text == "" {
		return "", "", ""
	}
	switch {
	case strings.HasPrefix(text, "AWS Internal"):
		return "", text, ""
	case isService(text):
		return text, text, ""
	}
	return "", "", text
}

// appendText appends a string of JSON, and nothing where there is none.
func appendText(dst []byte, text string) []byte {
	if text == "" {
		return dst
	}
	return appendJSONString(dst, text)
}
