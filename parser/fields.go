package parser

// A level is an object of an event whose members hold hot fields.
type level uint8

const (
	elsewhere level = iota
	topLevel
	identityLevel   // userIdentity
	sessionLevel    // userIdentity.sessionContext
	issuerLevel     // userIdentity.sessionContext.sessionIssuer
	attributesLevel // userIdentity.sessionContext.attributes
	behalfLevel     // userIdentity.onBehalfOf
)

// A field is a hot field: its place in scanner.fields. Those below one level
// follow each other, those of the levels below it included.
type field uint8

const (
	noField field = iota
	eventVersion
	eventTime
	eventID
	eventName
	eventSource
	awsRegion
	recipientAccountID
	sourceIPAddress
	userAgent
	errorCode
	errorMessage
	eventType
	eventCategory
	sharedEventID
	readOnly
	vpcEndpointID
	vpcEndpointAccountID
	sessionCredentialFromConsole
	requestParameters // from here on whole values, kept for Get
	responseElements
	additionalEventData
	resources
	identityType // from here on below userIdentity
	principalID
	arn
	accountID
	accessKeyID
	userName
	invokedBy
	behalfUser
	sourceIdentity // from here on below sessionContext
	ec2RoleDelivery
	issuerType
	issuerARN
	issuerUserName
	creationDate
	mfaAuthenticated
	fieldCount
)

// fieldsOf returns the first field of a level and the first behind it.
func fieldsOf(l level) (from, to field) {
	switch l {
	case identityLevel:
		return identityType, fieldCount
	case sessionLevel:
		return sourceIdentity, fieldCount
	case behalfLevel:
		return behalfUser, sourceIdentity
	case issuerLevel:
		return issuerType, creationDate
	case attributesLevel:
		return creationDate, fieldCount
	}
	return noField, fieldCount
}

// lookUp returns which hot field a member of a level is, or which level.
func lookUp(l level, key []byte) (field, level) {
	switch l {
	case topLevel:
		return topField(key)
	case identityLevel:
		return identityField(key)
	case sessionLevel:
		switch string(key) {
		case "sessionIssuer":
			return noField, issuerLevel
		case "attributes":
			return noField, attributesLevel
		case "sourceIdentity":
			return sourceIdentity, elsewhere
		case "ec2RoleDelivery":
			return ec2RoleDelivery, elsewhere
		}
	case issuerLevel:
		switch string(key) {
		case "type":
			return issuerType, elsewhere
		case "arn":
			return issuerARN, elsewhere
		case "userName":
			return issuerUserName, elsewhere
		}
	case behalfLevel:
		if string(key) == "userId" {
			return behalfUser, elsewhere
		}
	case attributesLevel:
		switch string(key) {
		case "creationDate":
			return creationDate, elsewhere
		case "mfaAuthenticated":
			return mfaAuthenticated, elsewhere
		}
	}
	return noField, elsewhere
}

func topField(key []byte) (field, level) {
	switch string(key) {
	case "userIdentity":
		return noField, identityLevel
	case "eventVersion":
		return eventVersion, elsewhere
	case "eventTime":
		return eventTime, elsewhere
	case "eventID":
		return eventID, elsewhere
	case "eventName":
		return eventName, elsewhere
	case "eventSource":
		return eventSource, elsewhere
	case "awsRegion":
		return awsRegion, elsewhere
	case "recipientAccountId":
		return recipientAccountID, elsewhere
	case "sourceIPAddress":
		return sourceIPAddress, elsewhere
	case "userAgent":
		return userAgent, elsewhere
	case "errorCode":
		return errorCode, elsewhere
	case "errorMessage":
		return errorMessage, elsewhere
	case "eventType":
		return eventType, elsewhere
	case "eventCategory":
		return eventCategory, elsewhere
	case "sharedEventID":
		return sharedEventID, elsewhere
	case "readOnly":
		return readOnly, elsewhere
	case "vpcEndpointId":
		return vpcEndpointID, elsewhere
	case "vpcEndpointAccountId":
		return vpcEndpointAccountID, elsewhere
	case "sessionCredentialFromConsole":
		return sessionCredentialFromConsole, elsewhere
	case "requestParameters":
		return requestParameters, elsewhere
	case "responseElements":
		return responseElements, elsewhere
	case "additionalEventData":
		return additionalEventData, elsewhere
	case "resources":
		return resources, elsewhere
	}
	return noField, elsewhere
}

func identityField(key []byte) (field, level) {
	switch string(key) {
	case "sessionContext":
		return noField, sessionLevel
	case "type":
		return identityType, elsewhere
	case "principalId":
		return principalID, elsewhere
	case "arn":
		return arn, elsewhere
	case "accountId":
		return accountID, elsewhere
	case "accessKeyId":
		return accessKeyID, elsewhere
	case "userName":
		return userName, elsewhere
	case "invokedBy":
		return invokedBy, elsewhere
	case "onBehalfOf":
		return noField, behalfLevel
	}
	return noField, elsewhere
}
