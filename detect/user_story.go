package detect

import (
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// What several detectors want to know of a user: when it was made, given credentials and
// rights, and by whom, and what was done with it afterwards.

// The steps of a user's story.
const (
	userMade       = "made"
	userCredential = "credential"
	userGranted    = "granted"
	userRemoved    = "removed"
	userUsed       = "used"
)

// Further facts of a user's story.
const (
	factAll  = "all_rights" // the grant is of everything, or of all of IAM
	factSelf = "self"       // the caller is the user
	factCall = "call"       // what the user called
)

var userSteps = steps{
	{"iam.amazonaws.com:CreateUser", userMade, about("userName")},
	{"iam.amazonaws.com:CreateAccessKey", userCredential, credentialStep},
	{"iam.amazonaws.com:CreateLoginProfile", userCredential, credentialStep},
	{"iam.amazonaws.com:UpdateLoginProfile", userCredential, credentialStep},
	{"iam.amazonaws.com:AttachUserPolicy", userGranted, grantStep},
	{"iam.amazonaws.com:PutUserPolicy", userGranted, grantStep},
	{"iam.amazonaws.com:AddUserToGroup", userGranted, grantStep},
	{"iam.amazonaws.com:DeleteUser", userRemoved, about("userName")},
	{"iam.amazonaws.com:DeleteAccessKey", userRemoved, about("userName")},
	{"iam.amazonaws.com:DeleteLoginProfile", userRemoved, about("userName")},
	{"signin.amazonaws.com:ConsoleLogin", userUsed, func(f *facts) bool {
		f.add(factAbout, f.r.Identity.UserName)
		f.add(factCall, "ConsoleLogin")
		return f.r.Identity.Type == "IAMUser" && f.response("ConsoleLogin") == "Success"
	}},
}

func credentialStep(f *facts) bool {
	user := f.param("userName")
	if user == "" {
		user = f.response("accessKey.userName")
	}
	f.add(factAbout, user)
	f.add(factIssued, f.response("accessKey.accessKeyId"))
	if f.own(user, "") {
		f.add(factSelf, "yes")
	}
	return user != ""
}

// factIssued is the key that a step issued. It is not FactIssuedKey, of which others conclude more.
const factIssued = "issued"

func grantStep(f *facts) bool {
	user := f.param("userName")
	f.add(factAbout, user)
	if grantsAll(f) {
		f.add(factAll, "yes")
	}
	if f.own(user, "") {
		f.add(factSelf, "yes")
	}
	return user != ""
}

// grantsAll reports whether the policy that the call attaches or writes gives all rights, or those to give them.
func grantsAll(f *facts) bool {
	switch baseName(f.param("policyArn")) {
	case "AdministratorAccess", "IAMFullAccess", "PowerUserAccess":
		return true
	}
	return parsePolicy(f.r.Get("requestParameters.policyDocument")).allowsEverything()
}

// userStory is the Record half.
func userStory(r *parser.Record) (Evidence, bool) {
	if e, ok := userSteps.record(r); ok {
		return e, true
	}
	if r.Identity.Type != "IAMUser" || r.Identity.UserName == "" || Operational(r) || !telling(r) {
		return nil, false
	}
	return Evidence{{factStep, userUsed}, {factAbout, r.Identity.UserName}, {factCall, r.Action()}}, true
}

// telling reports whether a call tells of a hand at work: one that changes something, and is no access to
// data, or one of those that people begin with. A workload makes few of them.
func telling(r *parser.Record) bool {
	switch r.Name {
	case "GetCallerIdentity", "ListUsers", "ListRoles", "ListBuckets", "ListAttachedUserPolicies", "GetUser", "GetAccountAuthorizationDetails",
		"DescribeInstances", "GetSecretValue", "ListSecrets", "GetSendQuota", "ListFoundationModels":
		return true
	}
	return r.ReadOnly == "false" && r.Category != "Data"
}

// userGate opens for what userStory may take.
func userGate(r *parser.Record) bool {
	return r.Identity.Type == "IAMUser" || r.Identity.Type == "AssumedRole" || r.Identity.Type == "Root" || r.Identity.Type == "FederatedUser"
}

// usedByMaker returns the uses of what the step gave that are probably the giver's own: with the key that it issued,
// or, after a password, of the console, and from the giver's address.
func usedByMaker(given *hit, uses []hit) (all []hit) {
	issued := given.e.Get(factIssued)
	for _, u := range notBefore(uses, given.ref.Time) {
		with := issued != "" && u.ref.Credential == issued || issued == "" && u.ref.Name == "ConsoleLogin"
		if with && sameAddress(u.ref, given.ref) {
			all = append(all, u)
		}
	}
	return all
}

// surely reports whether one of those uses leaves no doubt whose hand it was: with the key that was issued, or from
// the same program. A password's user sits in the same office as the help desk that set it.
func surely(given *hit, uses []hit) bool {
	return given.e.has(factIssued) && len(uses) > 0 || slices.ContainsFunc(uses, func(u hit) bool { return u.ref.UserAgent == given.ref.UserAgent })
}

// callsOf lists what the hits called, shortened.
func callsOf(hits []hit) string {
	var r reasons
	for i := range hits {
		r.add(hits[i].ref.Action())
	}
	return strings.ReplaceAll(r.String(), "; ", ", ")
}
