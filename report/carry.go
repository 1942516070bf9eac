package report

import (
	"bytes"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// Carry appends what the report may want of an event's record beyond its hot
// fields, as a JSON object with some of the record's members: for calls that hand
// out credentials, and those that the ledgers are about. It is meant for scan.Config.Carry.
func Carry(dst []byte, r *parser.Record) []byte {
	if r.Identity.Type == awsService {
		return dst // is never a suspect, and what AWS cleans up was not made by a person
	}
	name := r.Action()
	if detect.HandsOut(name) {
		return carryIssue(dst, r)
	}
	call := ledgerCalls[name]
	switch {
	case call == nil:
	case call.readings != nil && r.EventSource == "s3.amazonaws.com":
		dst = carryFields(append(dst, '{'), r, "requestParameters", "bucketName", "key", "x-amz-copy-source")
		return closeObject(carryFields(dst, r, "additionalEventData", "bytesTransferredOut"))
	case call.readings != nil, r.ReadOnly != "true":
		dst = append(dst, '{')
		for _, member := range []string{"requestParameters", "responseElements", "additionalEventData", "resources", "serviceEventDetails"} {
			dst = carryMember(dst, r, member)
		}
		return closeObject(dst)
	}
	return dst
}

// carryIssue leaves the session token out, which is most of such a record, and the
// request of a call that leaves nothing else behind.
func carryIssue(dst []byte, r *parser.Record) []byte {
	dst = append(dst, '{')
	if made[r.Action()] != nil {
		dst = carryMember(dst, r, "requestParameters")
	}
	dst = append(dst, `"responseElements":{`...)
	for _, object := range []string{"credentials", "accessKey"} {
		dst = append(append(append(dst, '"'), object...), `":{`...)
		for _, field := range []string{"accessKeyId", "accessKeyID", "userName", "expiration"} {
			if v, ok := r.Get("responseElements." + object + "." + field); ok {
				dst = append(append(append(dst, '"'), field...), `":`...)
				dst = append(append(dst, v.Raw()...), ',')
			}
		}
		dst = append(closeObject(dst), ',')
	}
	if set, ok := r.Get("responseElements.credentialSet"); ok {
		dst = append(dst, `"credentialSet":[`...)
		set.Each(func(element parser.Value) bool {
			dst = append(dst, `{"credentials":{`...)
			for _, field := range []string{"accessKeyId", "expiration"} {
				if v, ok := element.Get("credentials." + field); ok {
					dst = append(append(append(dst, '"'), field...), `":`...)
					dst = append(append(dst, v.Raw()...), ',')
				}
			}
			dst = append(closeObject(append(closeObject(dst), ',')), ',')
			return true
		})
		dst = append(bytes.TrimSuffix(dst, []byte(",")), `],`...)
	}
	dst = append(closeObject(dst), ',')
	return closeObject(dst)
}

func carryMember(dst []byte, r *parser.Record, name string) []byte {
	v, ok := r.Get(name)
	if !ok || v.IsNull() {
		return dst
	}
	dst = append(append(append(dst, '"'), name...), `":`...)
	return append(append(dst, v.Raw()...), ',')
}

// carryFields carries some members of one of the record's objects.
func carryFields(dst []byte, r *parser.Record, object string, names ...string) []byte {
	v, ok := r.Get(object)
	if !ok {
		return dst
	}
	dst = append(append(append(dst, '"'), object...), `":{`...)
	for _, name := range names {
		if f, ok := v.Get(name); ok {
			dst = append(append(append(dst, '"'), name...), `":`...)
			dst = append(append(dst, f.Raw()...), ',')
		}
	}
	return append(closeObject(dst), ',')
}

// closeObject ends an object whose members each end with a comma.
func closeObject(dst []byte) []byte {
	if last := len(dst) - 1; dst[last] == ',' {
		dst = dst[:last]
	}
	return append(dst, '}')
}
