package sigma

import "strings"

// members are what an object of CloudTrail's record may have; nil: anything, or nothing below.
type members map[string]members

// open are members whose content is the service's.
var open members

// recordMembers are those of a record, as AWS documents them and as records were seen to have.
var recordMembers = members{
	"eventVersion": {}, "eventTime": {}, "eventID": {}, "eventName": {}, "eventSource": {}, "eventType": {},
	"eventCategory": {}, "awsRegion": {}, "sourceIPAddress": {}, "userAgent": {}, "errorCode": {}, "errorMessage": {},
	"requestID": {}, "apiVersion": {}, "managementEvent": {}, "readOnly": {}, "recipientAccountId": {},
	"sharedEventID": {}, "vpcEndpointId": {}, "vpcEndpointAccountId": {}, "sessionCredentialFromConsole": {},
	"requestParameters": open, "responseElements": open, "additionalEventData": open, "resources": open,
	"serviceEventDetails": open, "edgeDeviceDetails": open, "insightDetails": open, "addendum": open, "eventContext": open,
	"tlsDetails": {"tlsVersion": {}, "cipherSuite": {}, "clientProvidedHostHeader": {}, "keyExchange": {}},
	"userIdentity": {
		"type": {}, "userName": {}, "principalId": {}, "arn": {}, "accountId": {}, "accessKeyId": {}, "invokedBy": {},
		"identityProvider": {}, "credentialId": {}, "userId": {}, "identityStoreArn": {}, "onBehalfOf": open,
		"inScopeOf": open, "invokedByDelegate": open,
		"sessionContext": {
			"sessionIssuer":       {"type": {}, "principalId": {}, "arn": {}, "accountId": {}, "userName": {}},
			"attributes":          {"creationDate": {}, "mfaAuthenticated": {}, "sessionCredentialFromConsole": {}},
			"webIdFederationData": open, "sourceIdentity": {}, "ec2RoleDelivery": {}, "assumedRoot": {},
			"ec2IssuedInVpc": {}, "federatedProvider": {},
		},
	},
}

// unknownMember returns the part of a path that no record has, or "".
func unknownMember(path string) string {
	if strings.HasPrefix(path, "coldtrail.") {
		return "" // the loader knows which there are
	}
	level := recordMembers
	names := strings.Split(path, ".")
	for i, name := range names {
		below, known := level[name]
		if !known {
			return strings.Join(names[:i+1], ".")
		}
		if below == nil {
			return ""
		}
		level = below
	}
	return ""
}

// texts that a member can have, where AWS lists them all.
var knownTexts = map[string][]string{
	"userIdentity.type": {
		"root", "iamuser", "assumedrole", "role", "federateduser", "directory", "awsaccount", "awsservice",
		"unknown", "samluser", "webidentityuser", "identitycenteruser",
	},
	"eventType":     {"awsapicall", "awsserviceevent", "awsconsoleaction", "awsconsolesignin", "awscloudtrailinsight", "awsvpceevent", "awsvpceevents", "awsmcpevent"},
	"eventCategory": {"management", "data", "insight", "networkactivity", "aggregated"},
	"readOnly":      {"true", "false"},
}

// wordFields hold names, which are no numbers.
var wordFields = map[string]bool{
	"eventName": true, "eventSource": true, "awsRegion": true, "userAgent": true, "errorCode": true, "errorMessage": true,
	"eventType": true, "userIdentity.type": true, "userIdentity.arn": true, "userIdentity.userName": true,
	"sourceIPAddress": true, "eventID": true, "eventTime": true, "userIdentity.accessKeyId": true,
}
