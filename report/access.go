package report

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// A reading is a call that hands out data, or opens it to others.
type reading struct {
	service string
	action  string
	kind    string
	names   string // the resource, as in a trace
	object  string // within the resource, where there are many
	needs   string // a name that must lead to something
}

// The kinds of data.
const (
	s3Objects = "S3 objects"
	s3Copies  = "S3 objects copied"
)

var readings = func() map[string][]reading {
	m := make(map[string][]reading)
	for _, r := range []reading{
		{"s3", "GetObject", s3Objects, "<bucketName", "<key", ""},
		{"s3", "GetObjectTorrent", s3Objects, "<bucketName", "<key", ""},
		{"s3", "SelectObjectContent", s3Objects, "<bucketName", "<key", ""},
		{"s3", "CopyObject", s3Copies, "<x-amz-copy-source", "", ""},
		{"s3", "UploadPartCopy", s3Copies, "<x-amz-copy-source", "", ""},
		{"secretsmanager", "GetSecretValue", "secret", "<secretId", "", ""},
		{"secretsmanager", "BatchGetSecretValue", "secret", "<secretIdList[]", "", ""},
		{"ssm", "GetParameter", "parameter", "<name", "", ""},
		{"ssm", "GetParameters", "parameter", "<names[]", "", ""},
		{"ssm", "GetParametersByPath", "parameters below", "<path", "", ""},
		{"ssm", "GetParameterHistory", "parameter", "<name", "", ""},
		{"kms", "Decrypt", "KMS decryption", "<keyId|resources[].ARN", "", ""},
		{"kms", "ReEncrypt", "KMS decryption", "<sourceKeyId|resources[].ARN", "", ""},
		{"ec2", "ModifySnapshotAttribute", "snapshot shared", "<snapshotId", "", "<createVolumePermission.add"},
		{"ec2", "ModifyImageAttribute", "image shared", "<imageId", "", "<launchPermission.add"},
		{"ec2", "GetPasswordData", "instance password", "<instanceId", "", ""},
		{"ec2", "GetConsoleOutput", "instance console", "<instanceId", "", ""},
		{"ebs", "GetSnapshotBlock", "snapshot blocks", "<snapshotId", "", ""},
		{"rds", "ModifyDBSnapshotAttribute", "snapshot shared", "<dBSnapshotIdentifier", "", "<valuesToAdd"},
		{"rds", "ModifyDBClusterSnapshotAttribute", "snapshot shared", "<dBClusterSnapshotIdentifier", "", "<valuesToAdd"},
		{"rds", "StartExportTask", "snapshot exported", "<sourceArn", "", ""},
		{"dynamodb", "GetItem", "table", "<tableName", "", ""},
		{"dynamodb", "Query", "table", "<tableName", "", ""},
		{"dynamodb", "Scan", "table", "<tableName", "", ""},
		{"dynamodb", "ExportTableToPointInTime", "table exported", "<tableArn", "", ""},
		{"lambda", "GetFunction", "function code", "<functionName", "", ""},
		{"ecr", "BatchGetImage", "container image", "<repositoryName", "", ""},
		{"ecr", "GetDownloadUrlForLayer", "container image", "<repositoryName", "", ""},
		{"codecommit", "GitPull", "repository", "additionalEventData.repositoryName", "", ""},
	} {
		m[r.action] = append(m[r.action], r)
	}
	return m
}()

// An access is one reading of one resource.
type access struct {
	kind, resource string
	object         string // in the resource; "" where the reading names none
	bytes          int64
}

// accesses returns what a call read. A call that does not name what it read has
// one access, to the resource "".
func (r *reading) accesses(rec *parser.Record) []access {
	if r.needs != "" && resolve(rec, r.needs) == nil {
		return nil
	}
	resources := resolve(rec, r.names)
	if resources == nil {
		return []access{{kind: r.kind}}
	}
	out := make([]access, 0, len(resources))
	for _, name := range resources {
		a := access{kind: r.kind, resource: name}
		switch {
		case r.kind == s3Copies:
			a.resource, a.object, _ = strings.Cut(strings.TrimPrefix(name, "/"), "/")
		case r.object != "":
			if v := resolve(rec, r.object); len(v) == 1 {
				a.object = v[0]
			}
		}
		if logKey(a.object) {
			a.kind = logKinds[a.kind]
		}
		a.resource = clip(a.resource)
		out = append(out, a)
	}
	if v, ok := rec.Get("additionalEventData.bytesTransferredOut"); ok {
		out[0].bytes = byteCount(v.String())
	}
	return out
}

// byteCount reads a number of bytes, which CloudTrail writes as an integer or
// as a float ("243.0", "1.688560107857E9").
func byteCount(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		f, ferr := strconv.ParseFloat(s, 64)
		if ferr != nil || !(f < 1<<62) { // NaN and overflow too
			return 0
		}
		n = int64(f)
	}
	return max(n, 0)
}

// issues reports whether an action can hand out a credential.
func issues(name string) bool {
	switch name {
	case "AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "GetSessionToken",
		"GetFederationToken", "CreateAccessKey", "GetCredentialsForIdentity", "CreateSession":
		return true
	}
	return false
}

// issued returns the access key ID that a call handed out, and its expiry as recorded.
func issued(rec *parser.Record) (key, expiry string) {
	for _, name := range []string{">credentials.accessKeyId", ">credentials.accessKeyID", ">accessKey.accessKeyId"} {
		if v := resolve(rec, name); len(v) == 1 {
			key = v[0]
			break
		}
	}
	if v := resolve(rec, ">credentials.expiration"); len(v) == 1 {
		expiry = v[0]
	}
	return clip(key), clip(expiry)
}

var accessKeyID = []byte(`accessKeyId"`)

// mentions reports whether a record holds one of the keys as an accessKeyId
// other than the caller's. It looks at bytes alone, and so may miss one written with escapes.
func mentions(raw []byte, keys map[string]bool, caller string) bool {
	for {
		i := bytes.Index(raw, accessKeyID)
		if i < 0 {
			return false
		}
		raw = bytes.TrimLeft(raw[i+len(accessKeyID):], " \t\r\n")
		value, ok := bytes.CutPrefix(raw, []byte(":"))
		if !ok {
			continue
		}
		if value, ok = bytes.CutPrefix(bytes.TrimLeft(value, " \t\r\n"), []byte(`"`)); !ok {
			continue
		}
		end := bytes.IndexByte(value, '"')
		if end < 0 {
			return false
		}
		if keys[string(value[:end])] && string(value[:end]) != caller {
			return true
		}
	}
}
