package report

import (
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// A trace says what a call leaves behind that outlasts the credential it was
// made with, or takes away again.
//
// The names lead to what it is about: "<" stands for requestParameters., ">" for
// responseElements., and "[]" for each element of a list. Alternatives in one
// name, parted by "|", are tried in turn. The elements of a list are things of
// their own; several names make up one thing.
type trace struct {
	service string // eventSource without .amazonaws.com
	action  string
	family  string // what is left behind; made and ended must agree in it
	names   string // parted by spaces
	also    string // further such names, parted by ";", by which a removal may call it
}

const suffix = ".amazonaws.com"

// openedRules are what a request tells rules of a security group by that have no ID: a list, or one rule's own parameters, beside which the
// list is empty and says nothing.
const openedRules = "<groupId <ipPermissions;<groupId <ipProtocol <fromPort <toPort <cidrIp;<groupName <ipPermissions;<groupName <ipProtocol <fromPort <toPort <cidrIp"

// index files traces under their actions.
func index(traces []trace) map[string][]trace {
	m := make(map[string][]trace)
	for _, t := range traces {
		m[t.action] = append(m[t.action], t)
	}
	return m
}

// serves reports whether an eventSource is the service.
func serves(service, source string) bool {
	return len(source) == len(service)+len(suffix) && strings.HasPrefix(source, service) && strings.HasSuffix(source, suffix)
}

// global reports whether the service's things have one name in all regions.
func (t *trace) global() bool { return t.service == "iam" || t.service == "s3" }

// toggles are the calls of ended that take nothing away, but turn it off, or on again.
var toggles = map[string]changeKind{
	"DisableTrustAnchor": disabled, "EnableTrustAnchor": enabled, "DisableProfile": disabled, "EnableProfile": enabled,
	"DisableRule": disabled, "EnableRule": enabled, "AdminDisableUser": disabled, "AdminEnableUser": enabled,
	"DisableTopicRule": disabled, "EnableTopicRule": enabled,
}

// switches are those that do either, by the value of a parameter.
var switches = map[string]struct{ name, off, on string }{
	"UpdateAccessKey": {"<status", "Inactive", "Active"}, "UpdateServiceSpecificCredential": {"<status", "Inactive", "Active"},
	"UpdateSSHPublicKey": {"<status", "Inactive", "Active"}, "UpdateSigningCertificate": {"<status", "Inactive", "Active"},
	"UpdateEventSourceMapping": {"<enabled", "false", "true"},
}

// renames are the calls of ended that give a new name: the option of the AWS CLI that takes it, and where the names stand.
var renames = map[string]struct{ option, was, is string }{
	"UpdateUser":  {"--user-name", "<userName", "<newUserName"},
	"UpdateGroup": {"--group-name", "<groupName", "<newGroupName"},
}

// endsAs says what a call of ended does to its things; ok: it does something.
func (t *trace) endsAs(rec *parser.Record) (kind changeKind, ok bool) {
	if how, toggles := toggles[t.action]; toggles {
		return how, true
	}
	if _, gives := renames[t.action]; gives {
		return renamed, true
	}
	by, switches := switches[t.action]
	if !switches {
		return removed, true
	}
	switch value := resolve(rec, by.name); {
	case value == nil:
		return 0, false
	case value[0] == by.off:
		return disabled, true
	default:
		return enabled, value[0] == by.on
	}
}

// A thing is what a trace is about: how the report names it, and the keys under
// which a removal finds it.
type thing struct {
	target string
	keys   []string
}

// key is that under which a removal finds what the values name.
func (t *trace) key(account, region string, values ...string) string {
	if t.global() {
		region = ""
	}
	key := t.family + "\x00" + account + "\x00" + region
	for _, v := range values {
		key += "\x00" + clip(v) // of what is longer, its hash tells it from others
	}
	return key
}

// ofAccount is the name of what an account has one of in each region.
const ofAccount = "=account"

// things finds what the trace is about in a record. A call that names nothing
// has none.
func (t *trace) things(rec *parser.Record, account, region string) (things []thing) {
	key := func(values ...string) string { return t.key(account, region, values...) }
	if t.names == ofAccount {
		return []thing{{account, []string{key("")}}}
	}
	var common, first []string
	for names := range strings.SplitSeq(t.also, ";") {
		if values := t.combinations(rec, names); len(values) == 1 {
			common = append(common, key(values[0]...))
			if first == nil {
				first = values[0]
			}
		}
	}
	for _, values := range t.combinations(rec, t.names) {
		things = append(things, thing{clip(strings.Join(values, ", ")), append([]string{key(values...)}, common...)})
	}
	if things == nil && common != nil && len(strings.Fields(t.names)) < 2 {
		things = []thing{{clip(strings.Join(plainNames(first), ", ")), common}}
	}
	return things
}

// plainNames are the values without what is no name, but JSON.
func plainNames(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return strings.HasPrefix(v, "{") || strings.HasPrefix(v, "[") })
}

// ownedBy are the names of the user or role that a thing belongs to, and with which it goes.
var ownedBy = map[string]string{
	"access key": "<userName|>accessKey.userName", "service credential": "<userName|>serviceSpecificCredential.userName", "SSH key": "<userName|>sSHPublicKey.userName",
	"signing certificate": "<userName|>certificate.userName", "MFA device": "<userName", "policy attached to user": "<userName", "inline policy of user": "<userName",
	"group membership": "<userName", "policy attached to role": "<roleName", "inline policy of role": "<roleName", "role of instance profile": "<roleName",
	"policy attached to group": "<groupName", "inline policy of group": "<groupName", "Identity Center membership": "<memberId.userId",
}

// combinations resolves names that together make up one thing. The last of them may lead to
// several values, which make as many things.
func (t *trace) combinations(rec *parser.Record, names string) (all [][]string) {
	var before []string
	fields := strings.Fields(names)
	for i, name := range fields {
		name, inScope := strings.CutSuffix(name, "@")
		values := resolve(rec, name)
		if len(values) == 0 || len(values) > 1 && i < len(fields)-1 {
			return nil
		}
		if i == 0 {
			for j, v := range values {
				values[j] = plainName(t.service, v)
				if inScope {
					values[j] = scoped(t.service, rec, v, values[j])
				}
			}
		}
		if i < len(fields)-1 {
			before = append(before, values[0])
			continue
		}
		for _, v := range values {
			all = append(all, append(before[:len(before):len(before)], v))
		}
	}
	return all
}

// thingLimit bounds what one call can be about.
const thingLimit = 1000

// resolve returns the values that a name leads to.
func resolve(rec *parser.Record, name string) []string {
	for alternative := range strings.SplitSeq(name, "|") {
		if text, ok := strings.CutPrefix(alternative, "="); ok {
			return []string{text}
		}
		path := strings.Replace(strings.Replace(alternative, "<", "requestParameters.", 1), ">", "responseElements.", 1)
		list, below, each := strings.Cut(path, "[]")
		v, ok := rec.Get(list)
		switch {
		case !ok || v.IsNull():
			continue
		case !each:
			if s := v.String(); s != "" && s != "{}" && s != "[]" {
				return []string{s}
			}
			continue
		}
		var values []string
		below = strings.TrimPrefix(below, ".")
		for element := range v.Each {
			if e, ok := element.Get(below); ok && !e.IsNull() && len(values) < thingLimit {
				values = append(values, e.String())
			}
		}
		if values != nil {
			return values
		}
	}
	return nil
}

// plainName returns the name or ID of a thing where a call gives its ARN: the same thing may be
// called either way.
func plainName(service, v string) string {
	switch service {
	case "lambda":
		if _, name, ok := strings.Cut(v, ":function:"); ok {
			v = name
		}
		if strings.HasPrefix(v, "arn:") {
			return v[strings.LastIndex(v, ":layer:")+1:]
		}
		v, _, _ = strings.Cut(v, ":")
	case "events":
		if strings.HasPrefix(v, "arn:") {
			if _, bus, ok := strings.Cut(v, ":event-bus/"); ok {
				return bus // a partner's has slashes of its own
			}
			v = v[strings.LastIndexByte(v, '/')+1:]
		}
	case "cloudtrail":
		if strings.HasPrefix(v, "arn:") {
			v = v[strings.LastIndexByte(v, '/')+1:]
		}
	case "kms":
		if strings.HasPrefix(v, "arn:") {
			v = v[strings.LastIndexByte(v, '/')+1:]
		}
	case "ecs":
		if strings.HasPrefix(v, "arn:") && strings.Contains(v, ":service/") {
			v = v[strings.LastIndexByte(v, '/')+1:]
		}
	case "secretsmanager":
		if _, name, ok := strings.Cut(v, ":secret:"); ok && len(name) > 7 && name[len(name)-7] == '-' {
			v = name[:len(name)-7]
		}
	}
	return v
}

// scopes are what the things of a service are unique in, where it is not the account and region, and what is meant where a call does not say it.
// An ARN has the name behind a mark: the name of a partner's bus has slashes of its own.
var scopes = map[string]struct{ name, otherwise, mark string }{
	"events": {"<eventBusName", "default", ":event-bus/"}, "scheduler": {"<groupName", "default", ":schedule-group/"}, "ecs": {"<cluster", "default", ":cluster/"},
}

// scoped is a thing's name with what it is unique in: behind a function's its version or alias, before others' their bus, group or cluster.
// The usual one goes without saying.
func scoped(service string, rec *parser.Record, given, name string) string {
	if service == "lambda" {
		if q := qualifier(rec, given); q != "" {
			return name + ":" + q
		}
		return name
	}
	in := scopes[service]
	for _, v := range resolve(rec, in.name) {
		if _, end, ok := strings.Cut(v, in.mark); ok && strings.HasPrefix(v, "arn:") {
			v = end
		}
		if v != in.otherwise {
			return v + "/" + name
		}
	}
	return name
}

// qualifier is the version or alias of a function that a call is about: a parameter of its own, or the end of the name that is given.
func qualifier(rec *parser.Record, given string) string {
	if q := resolve(rec, "<qualifier"); q != nil {
		return q[0]
	}
	if strings.HasPrefix(given, "arn:") || strings.Contains(given, ":function:") {
		_, given, _ = strings.Cut(given, ":function:")
	}
	_, q, _ := strings.Cut(given, ":")
	return q
}

// applies reports whether a call is about what the trace says, where its name alone does not tell.
func (t *trace) applies(rec *parser.Record) bool {
	switch {
	case t.action == "DeleteFunction": // one version of it leaves the function, its code and all that was opened
		given := resolve(rec, "<functionName")
		return given != nil && qualifier(rec, given[0]) == ""
	case t.family == "default policy version" && t.action == "CreatePolicyVersion":
		is := resolve(rec, "<setAsDefault")
		return is != nil && is[0] == "true"
	case t.family == "event bus policy" && t.action == "PutPermission":
		return resolve(rec, "<policy") != nil
	}
	return true
}
