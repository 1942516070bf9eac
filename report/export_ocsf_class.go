package report

import (
	"bytes"
	"slices"

	"github.com/coldtrail/coldtrail/parser"
)

// The classes of events.
const (
	accountChange  = 3001
	authentication = 3002
	apiActivity    = 6003
)

var (
	ocsfClasses    = map[int]string{accountChange: "Account Change", authentication: "Authentication", apiActivity: "API Activity"}
	ocsfCategories = map[int]string{3: "Identity & Access Management", 6: "Application Activity"}
	ocsfActivities = map[int][]string{
		accountChange: {"Unknown", "Create", "Enable", "Password Change", "Password Reset", "Disable", "Delete", "Attach Policy", "Detach Policy", "Lock", "MFA Factor Enable",
			"MFA Factor Disable"},
		authentication: {"Unknown", "Logon", "Logoff"},
		apiActivity:    {"Unknown", "Create", "Read", "Update", "Delete"},
	}
	// ocsfAccountCalls are IAM's calls that change a user, and what they do.
	ocsfAccountCalls = map[string]int{
		"CreateUser": 1, "CreateLoginProfile": 2, "ChangePassword": 3, "UpdateLoginProfile": 4, "DeleteLoginProfile": 5, "DeleteUser": 6,
		"AttachUserPolicy": 7, "PutUserPolicy": 7, "DetachUserPolicy": 8, "DeleteUserPolicy": 8, "EnableMFADevice": 10, "DeactivateMFADevice": 11,
	}
	ocsfAPIActivities = map[action]int{actionCreates: 1, actionReads: 2, actionChanges: 3, actionRemoves: 4, actionOther: 99}

	ocsfNames = []string{"useridentity.username", "useridentity.sessioncontext.sessionissuer.username", "useridentity.principalid", "useridentity.accountid", "useridentity.invokedby"}

	leafUserARN          = eventLeaf("useridentity.arn")
	ocsfKindLeaves       = []int{leafSource, leafName, leafReadOnly, leafRequest}
	ocsfRequestLeaves    = leavesNamed("requestid", "derived_id", "eventid")
	ocsfSignIn           = leavesNamed("useridentity.username", "useridentity.arn", "useridentity.principalid", "useridentity.accountid")
	ocsfObservableLeaves = []int{leafSourceIP, leafUserARN, leafUserName}
)

// An ocsfKind is the class of an event and what is done.
type ocsfKind struct{ class, activity int }

func (k *ocsfKind) name() string {
	if k.activity == 99 {
		return "Other"
	}
	return ocsfActivities[k.class][k.activity]
}

// ocsfKind chooses by service and call. A change of a user needs the user's name, which the class requires.
func (v *view) ocsfKind(row int) ocsfKind {
	source, _ := v.bytes(leafSource, row)
	name, _ := v.bytes(leafName, row)
	switch string(source) {
	case "signin.amazonaws.com":
		if string(name) == "ConsoleLogin" || string(name) == "SwitchRole" {
			return ocsfKind{authentication, 1}
		}
		if string(name) == "ExitRole" {
			return ocsfKind{authentication, 2}
		}
	case "iam.amazonaws.com":
		if n, ok := ocsfAccountCalls[string(name)]; ok && v.ocsfTarget(row) != "" {
			return ocsfKind{accountChange, n}
		}
	}
	return ocsfKind{apiActivity, ocsfAPIActivities[v.action(row)]}
}

func ocsfMember(path string, text func(*ocsfKind) string) exportMember {
	return exportMember{path, ocsfKindLeaves, func(v *view, dst []byte, row int) []byte {
		k := v.ocsfKind(row)
		return append(dst, text(&k)...)
	}}
}

// ofClass is a member that events of one class have.
func ofClass(class int, path string, json func(v *view, dst []byte, row int) []byte, leaves ...int) exportMember {
	return exportMember{path, append(slices.Clone(ocsfKindLeaves), leaves...), func(v *view, dst []byte, row int) []byte {
		if v.ocsfKind(row).class != class {
			return dst
		}
		return json(v, dst, row)
	}}
}

// ocsfText is the first of several columns with a text, or else a text of its own.
func ocsfText(missing string, columns ...string) func(v *view, dst []byte, row int) []byte {
	f := oneOf(leavesNamed(columns...)...)
	return func(v *view, dst []byte, row int) []byte {
		text := f.text(v, row)
		if len(text) == 0 {
			text = []byte(missing)
		}
		if len(text) == 0 {
			return dst
		}
		return appendJSONString(dst, textOf(text))
	}
}

// ocsfObject is a column of JSON that is an object, which is what the schema takes.
func ocsfObject(column string) func(v *view, dst []byte, row int) []byte {
	leaf := eventLeaf(column)
	return func(v *view, dst []byte, row int) []byte {
		text, _ := v.bytes(leaf, row)
		if text = bytes.TrimSpace(text); len(text) == 0 || text[0] != '{' {
			return dst
		}
		return appendOneLine(dst, text)
	}
}

// ocsfTarget is the user whom a call of IAM is about.
func (v *view) ocsfTarget(row int) string {
	request, _ := v.bytes(leafRequest, row)
	name, _ := (&parser.Record{Raw: request}).Get("userName")
	return name.String()
}

// The schema's types of observables.
const (
	observedAddress  = `2,"type":"IP Address"`
	observedUser     = `4,"type":"User Name"`
	observedResource = `10,"type":"Resource UID"`
)

// ocsfObservables are what one searches for across events.
func (v *view) ocsfObservables(dst []byte, row int) []byte {
	begin := len(dst)
	for _, o := range [...]struct {
		leaf       int
		name, kind string
	}{{leafSourceIP, "src_endpoint.ip", observedAddress}, {leafUserName, "actor.user.name", observedUser}, {leafUserARN, "actor.user.uid", observedResource}} {
		text, _ := v.bytes(o.leaf, row)
		if len(text) == 0 {
			continue
		}
		if o.leaf == leafSourceIP {
			if _, ok := plainAddress(text); !ok {
				continue
			}
		}
		dst = append(append(dst, `,{"name":"`...), o.name...)
		dst = append(append(dst, `","type_id":`...), o.kind...)
		dst = append(appendJSONString(append(dst, `,"value":`...), textOf(text)), '}')
	}
	if len(dst) == begin {
		return dst
	}
	dst[begin] = '['
	return append(dst, ']')
}
