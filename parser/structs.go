package parser

import "strings"

// fieldNames are the fields of a record that query engines write in lower case: the
// columns of Athena's and Lake's tables, and the members of their structs.
var fieldNames = map[string]bool{}

var fieldsByLower = func() map[string]string {
	by := map[string]string{}
	for _, name := range strings.Fields(`
		eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode errorMessage
		requestParameters responseElements additionalEventData requestID eventID resources eventType apiVersion readOnly
		managementEvent recipientAccountId serviceEventDetails sharedEventID vpcEndpointId vpcEndpointAccountId eventCategory
		addendum sessionCredentialFromConsole edgeDeviceDetails tlsDetails insightDetails eventContext annotation
		type principalId arn accountId invokedBy accessKeyId userName onBehalfOf userId identityStoreArn sessionContext attributes
		mfaAuthenticated creationDate sessionIssuer ec2RoleDelivery ec2IssuedInVpc webIdFederationData federatedProvider
		sourceIdentity identityProvider credentialId inScopeOf sourceArn sourceAccount issuerType credentialsIssuedTo
		reason updatedFields originalRequestID originalEventID tlsVersion cipherSuite clientProvidedHostHeader keyExchange
		ARNPrefix`) {
		by[strings.ToLower(name)] = name
		fieldNames[name] = true
	}
	return by
}()

// fieldName returns a field's name as CloudTrail writes it.
func fieldName(name string) string {
	if field, ok := fieldsByLower[strings.ToLower(name)]; ok {
		return field
	}
	return name
}

// parseStruct reads what Athena and Lake print for structs, maps and arrays:
// {type=IAMUser, sessioncontext={attributes=null}} and [{…}, …]. Nothing in it is quoted,
// so a value ends at ", name=" of a name that may be a field's, or at the
// bracket: what looks like that inside of a value is taken for it. It reports
// false where the brackets do not balance.
func parseStruct(text string) (any, bool) {
	p := structParser{text: text}
	v, ok := p.value(0)
	return v, ok && p.at == len(p.text)
}

type structParser struct {
	text string
	at   int
}

const maxStructs = 32 // of nesting

func (p *structParser) value(depth int) (any, bool) {
	if depth > maxStructs || p.at >= len(p.text) {
		return nil, false
	}
	switch p.text[p.at] {
	case '{':
		return p.members(depth)
	case '[':
		return p.elements(depth)
	}
	return p.scalar(), true
}

func (p *structParser) members(depth int) (any, bool) {
	o := &object{}
	p.at++
	for first := true; ; first = false {
		switch {
		case p.take("}"):
			return o, true
		case !first && !p.take(", "):
			return nil, false
		}
		n := strings.IndexAny(p.text[p.at:], "=,{}[]")
		if n < 0 || p.text[p.at+n] != '=' {
			return nil, false
		}
		name := fieldName(p.text[p.at : p.at+n])
		p.at += n + 1
		v, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		if v != nil {
			o.set(strings.ReplaceAll(name, ".", "_"), v)
		}
	}
}

func (p *structParser) elements(depth int) (any, bool) {
	all := []any{}
	p.at++
	for first := true; ; first = false {
		switch {
		case p.take("]"):
			return all, true
		case !first && !p.take(", "):
			return nil, false
		}
		v, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		all = append(all, v)
	}
}

func (p *structParser) take(s string) bool {
	if !strings.HasPrefix(p.text[p.at:], s) {
		return false
	}
	p.at += len(s)
	return true
}

// scalar reads a text up to the next member, or to the bracket that ends what it is in.
func (p *structParser) scalar() any {
	from := p.at
	for depth := 0; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; c {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return scalarOf(p.text[from:p.at])
			}
		case ',':
			if depth == 0 && p.nextMember() {
				return scalarOf(p.text[from:p.at])
			}
		}
	}
	return scalarOf(p.text[from:])
}

// nextMember reports whether ", name=" of a known field follows, or what no field's value has.
func (p *structParser) nextMember() bool {
	rest, ok := strings.CutPrefix(p.text[p.at:], ", ")
	if !ok {
		return false
	}
	n := strings.IndexAny(rest, "=, {}[]")
	return n > 0 && rest[n] == '=' && (fieldsByLower[strings.ToLower(rest[:n])] != "" || !strings.ContainsAny(rest[:n], "/?&()"))
}

func scalarOf(text string) any {
	if text == "null" {
		return nil
	}
	return text
}
