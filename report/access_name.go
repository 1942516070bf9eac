package report

import "strings"

// namedBoth are the kinds of data of which calls give the name or the ARN: the service, and what stands before the name in an ARN of it.
var namedBoth = map[string][2]string{
	"secret": {"secretsmanager", "secret:"}, "parameter": {"ssm", "parameter/"}, "table": {"dynamodb", "table/"}, "KMS decryption": {"kms", "key/"},
	"function code": {"lambda", "function:"}, "log group": {"logs", "log-group:"}, "model": {"bedrock", "foundation-model/"},
}

// nameAt returns the name of what a call in an account and region gives the ARN of, where it is the account's and region's own; "": it is not, or
// v is no ARN.
func nameAt(kind, account, region, v string) string {
	of, part := namedBoth[kind], strings.SplitN(v, ":", 6)
	if len(part) != 6 || part[0] != "arn" || part[2] != of[0] || part[3] != region || region == "" {
		return ""
	}
	if kind == "model" && part[4] != "" || kind != "model" && part[4] != account { // foundation models are everybody's
		return ""
	}
	name, ok := strings.CutPrefix(part[5], of[1])
	if !ok {
		return ""
	}
	switch kind {
	case "secret":
		// AWS puts a hyphen and six random signs behind the name, and callers may leave them out: of an end in small letters and digits only
		// it cannot be told which it is.
		const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
		n := len(name) - 7
		if n <= 0 || name[n] != '-' || strings.Trim(name[n+1:], signs) != "" || !strings.ContainsAny(name[n+1:], signs[:26]) {
			return ""
		}
		return name[:n]
	case "parameter":
		if !strings.Contains(name, "/") { // "a" and "/a" have one ARN
			return ""
		}
		return "/" + name
	case "log group":
		return strings.TrimSuffix(name, ":*")
	}
	return name
}

// aliasLimit bounds the names of which an ARN is remembered.
const aliasLimit = 1 << 14

// alias is what a resource is found by that is named by its ARN: its name, unless another ARN has that. A secret that was deleted and made
// anew has another one.
func (d *dataBook) alias(k readKey) readKey {
	by := k.thing()
	if by.resource = nameAt(k.kind, k.account, k.region, k.resource); by.resource == "" {
		return k
	}
	arn, known := d.arns[by]
	if !known && len(d.arns) < aliasLimit {
		arn = k.resource
		d.arns[by] = arn
	}
	if arn == k.resource {
		k.resource = by.resource
	}
	return k
}

// thing is the resource alone.
func (k readKey) thing() readKey {
	return readKey{kind: k.kind, resource: k.resource, account: k.account, region: k.region}
}
