package report

import (
	"cmp"
	"slices"

	"github.com/coldtrail/coldtrail/parser"
)

// lookupResources returns the resources of an event, sorted and distinct.
func lookupResources(mode, source, name string, rec *parser.Record) []LookupResource {
	var all []LookupResource
	if mode != "record" {
		w := resourceWalk{source: source}
		for _, part := range [...]string{"requestParameters", "responseElements"} {
			if v, ok := rec.Get(part); ok {
				w.value(v, "", part, 0)
			}
		}
		all = w.found
	}
	if mode == "record" || mode == "both" {
		list, _ := rec.Get("resources")
		list.Each(func(r parser.Value) bool {
			if arn := textAt(r, "ARN"); arn != "" {
				all = append(all, LookupResource{textAt(r, "type"), arn})
			}
			return true
		})
	}
	slices.SortFunc(all, func(a, b LookupResource) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name))
	})
	return slices.Compact(all)
}

// A resourceWalk takes names of resources out of request and response.
type resourceWalk struct {
	source string
	found  []LookupResource
}

// genericKeys are the members that name a resource, whatever the call.
var genericKeys = map[string]string{
	"userName": "AWS::IAM::User", "roleName": "AWS::IAM::Role", "roleArn": "AWS::IAM::Role",
	"policyArn": "AWS::IAM::Policy", "policyName": "AWS::IAM::Policy", "accessKeyId": "AWS::IAM::AccessKey",
	"instanceId": "AWS::EC2::Instance", "groupId": "AWS::EC2::SecurityGroup", "vpcId": "AWS::EC2::VPC", "subnetId": "AWS::EC2::Subnet",
	"imageId": "AWS::EC2::Ami", "keyName": "AWS::EC2::KeyPair", "networkInterfaceId": "AWS::EC2::NetworkInterface",
	"volumeId": "AWS::EC2::Volume", "snapshotId": "AWS::EC2::Snapshot", "bucketName": "AWS::S3::Bucket",
	"functionName": "AWS::Lambda::Function", "secretId": "AWS::SecretsManager::Secret", "dBInstanceIdentifier": "AWS::RDS::DBInstance",
}

// value looks into a value that is the member key of another of the name of.
func (w *resourceWalk) value(v parser.Value, of, key string, depth int) {
	raw := v.Raw()
	if len(raw) == 0 || depth > maxValueDepth {
		return
	}
	switch raw[0] {
	case '{':
		v.Members(func(name string, m parser.Value) bool {
			w.value(m, key, name, depth+1)
			return true
		})
	case '[':
		v.Each(func(m parser.Value) bool {
			w.value(m, of, key, depth+1)
			return true
		})
	case '"':
		if typ := w.typeOf(of, key); typ != "" && len(raw) > 2 {
			w.found = append(w.found, LookupResource{typ, v.String()})
		}
	}
}

func (w *resourceWalk) typeOf(of, key string) string {
	return genericKeys[key]
}
