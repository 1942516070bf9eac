package report

import (
	"strings"
	"unicode"
)

// An action is what the name of an API call says that it does.
type action uint8

const (
	actionOther action = iota
	actionCreates
	actionReads
	actionChanges
	actionRemoves
)

// actionVerbs are the verbs with which AWS's API calls begin. One that is not among them says nothing.
var actionVerbs = func() map[string]action {
	verbs := make(map[string]action)
	for what, words := range map[action]string{
		actionCreates: "Create Run Register Allocate Import Copy Clone Request Issue Generate Upload Invite Restore Publish Purchase Initiate Launch Provision Bundle",
		actionReads: "Get List Describe Head Lookup Search Scan Query Select Download View Check Estimate Filter Preview Simulate Test Validate Verify Decrypt Discover Export Read " +
			"Retrieve Count Compare Detect",
		actionChanges: "Update Put Modify Set Attach Detach Add Associate Disassociate Enable Disable Change Reset Start Stop Reboot Tag Untag Authorize Revoke Replace Rotate Activate Deactivate " +
			"Accept Reject Apply Assign Unassign Increase Decrease Invoke Move Rename Upgrade Resume Suspend Encrypt Sign Write Share Unshare Subscribe Send Schedule Configure Merge Promote Swap Extend Switch",
		actionRemoves: "Delete Remove Terminate Deregister Release Cancel Purge Abort Destroy Expire Unsubscribe Leave Close",
	} {
		for w := range strings.FieldsSeq(words) {
			verbs[w] = what
		}
	}
	return verbs
}()

// actionOf returns what a call of that name does. Of BatchGetItem it is the second word that says it.
func actionOf(name string) action {
	word := firstWord(name)
	if word == "Batch" {
		if a := actionVerbs[firstWord(name[len(word):])]; a != actionOther {
			return a
		}
	}
	return actionVerbs[word]
}

// firstWord returns the first word of a name in which each begins with a capital.
func firstWord(name string) string {
	for i, c := range name {
		if i > 0 && unicode.IsUpper(c) {
			return name[:i]
		}
	}
	return name
}

// unless returns what the call does where its record does not say the contrary: then nothing can be said.
func (a action) unless(readOnly string) action {
	isTrue := strings.EqualFold(readOnly, "true")
	known := isTrue || strings.EqualFold(readOnly, "false")
	if known && a != actionOther && isTrue != (a == actionReads) {
		return actionOther
	}
	return a
}

// action returns what the event's call does.
func (v *view) action(row int) action {
	name, _ := v.bytes(leafName, row)
	readOnly, _ := v.bytes(leafReadOnly, row)
	return actionOf(string(name)).unless(string(readOnly))
}

// ecsTypes are the schema's words for actions.
var ecsTypes = map[action]string{actionCreates: "creation", actionReads: "access", actionChanges: "change", actionRemoves: "deletion", actionOther: "info"}

// ecsCategories are the schema's categories of services, of which the most are configuration, and whether
// the type user goes with it. Those types that the schema does not expect of a category are info.
var ecsCategories = map[string]string{
	"iam.amazonaws.com": "iam", "sso.amazonaws.com": "iam", "identitystore.amazonaws.com": "iam", "organizations.amazonaws.com": "iam",
	"signin.amazonaws.com": "authentication", "sts.amazonaws.com": "authentication", "s3.amazonaws.com": "file",
	"dynamodb.amazonaws.com": "database", "rdsdata.amazonaws.com": "database", "rdsdataapi.amazonaws.com": "database",
}

var ecsExpected = map[string][]string{
	"iam":            {"creation", "change", "deletion"},
	"authentication": {},
	"file":           {"creation", "access", "change", "deletion"},
	"database":       {"access", "change"},
	"configuration":  {"creation", "access", "change", "deletion"},
}

func (v *view) category(row int) string {
	source, _ := v.bytes(leafSource, row)
	if c, ok := ecsCategories[string(source)]; ok {
		return c
	}
	return "configuration"
}

func (v *view) ecsCategory(dst []byte, row int) []byte {
	return append(append(append(dst, `["`...), v.category(row)...), `"]`...)
}

func (v *view) ecsType(dst []byte, row int) []byte {
	category := v.category(row)
	kind := ecsTypes[v.action(row)]
	expected := "info"
	for _, e := range ecsExpected[category] {
		if e == kind {
			expected = kind
		}
	}
	return append(append(append(dst, `["`...), expected...), `"]`...)
}
