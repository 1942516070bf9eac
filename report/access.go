package report

import (
	"net/url"
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
	needs   string // a name that must lead to something; what it leads to is told
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
		{"ec2", "ModifySnapshotAttribute", "snapshot shared", "<snapshotId", "", "<createVolumePermission.add.items[].userId"},
		{"ec2", "ModifySnapshotAttribute", "snapshot shared", "<snapshotId", "", "<createVolumePermission.add.items[].group"},
		{"ec2", "ModifyImageAttribute", "image shared", "<imageId", "", "<launchPermission.add.items[].userId"},
		{"ec2", "ModifyImageAttribute", "image shared", "<imageId", "", "<launchPermission.add.items[].group"},
		{"ec2", "ModifyImageAttribute", "image shared", "<imageId", "", "<launchPermission.add.items[].organizationArn"},
		{"ec2", "SharedSnapshotVolumeCreated", "shared snapshot used", "serviceEventDetails.snapshotId|<snapshotId", "", ""},
		{"ec2", "SharedSnapshotCopyInitiated", "shared snapshot used", "serviceEventDetails.snapshotId|<snapshotId", "", ""},
		{"ec2", "CreateStoreImageTask", "image exported", "<CreateStoreImageTaskRequest.ImageId|<imageId", "", "<CreateStoreImageTaskRequest.Bucket|<bucket"},
		{"ec2", "CreateInstanceExportTask", "instance exported", "<instanceId", "", "<exportToS3.s3Bucket"},
		{"ec2", "ExportImage", "image exported", "<ExportImageRequest.ImageId|<imageId", "", "<ExportImageRequest.S3ExportLocation.S3Bucket|<s3ExportLocation.s3Bucket"},
		{"ec2", "GetPasswordData", "instance password", "<instanceId", "", ""},
		{"ec2", "GetConsoleOutput", "instance console", "<instanceId", "", ""},
		{"ebs", "GetSnapshotBlock", "snapshot blocks", "<snapshotId", "", ""},
		{"rds", "ModifyDBSnapshotAttribute", "snapshot shared", "<dBSnapshotIdentifier", "", "<valuesToAdd[]"},
		{"rds", "ModifyDBClusterSnapshotAttribute", "snapshot shared", "<dBClusterSnapshotIdentifier", "", "<valuesToAdd[]"},
		{"rds", "StartExportTask", "snapshot exported", "<sourceArn", "", ""},
		{"dynamodb", "GetItem", "table", "<tableName", "", ""},
		{"dynamodb", "Query", "table", "<tableName", "", ""},
		{"dynamodb", "Scan", "table", "<tableName", "", ""},
		{"dynamodb", "ExportTableToPointInTime", "table exported", "<tableArn", "", ""},
		{"lambda", "GetFunction", "function code", "<functionName", "", ""},
		{"ecr", "BatchGetImage", "container image", "<repositoryName", "", ""},
		{"ecr", "GetDownloadUrlForLayer", "container image", "<repositoryName", "", ""},
		{"dynamodb", "BatchGetItem", "table", "resources[].ARN", "", ""},
		{"dynamodb", "ExecuteStatement", "table", "resources[].ARN", "", ""},
		{"rdsdata", "ExecuteStatement", "database", "<resourceArn", "", ""}, // serverless v1
		{"rdsdata", "BatchExecuteStatement", "database", "<resourceArn", "", ""},
		{"rdsdataapi", "ExecuteStatement", "database", "<resourceArn", "", ""},
		{"rdsdataapi", "BatchExecuteStatement", "database", "<resourceArn", "", ""},
		{"redshift-data", "BatchExecuteStatement", "database", "<clusterIdentifier|<workgroupName", "", ""},
		{"redshift-data", "ExecuteStatement", "database", "<clusterIdentifier|<workgroupName", "", ""},
		{"redshift", "AuthorizeSnapshotAccess", "snapshot shared", "<snapshotIdentifier", "", "<accountWithRestoreAccess"},
		{"athena", "StartQueryExecution", "Athena query", "<workGroup|<queryExecutionContext.database", "", ""},
		{"bedrock", "InvokeModel", "model", "<modelId", "", ""},
		{"bedrock", "InvokeModelWithResponseStream", "model", "<modelId", "", ""},
		{"bedrock", "Converse", "model", "<modelId", "", ""},
		{"bedrock", "ConverseStream", "model", "<modelId", "", ""},
		{"logs", "CreateExportTask", "log group exported", "<logGroupName", "", "<destination"},
		{"logs", "FilterLogEvents", "log group", "<logGroupName|<logGroupIdentifier", "", ""},
		{"logs", "GetLogEvents", "log group", "<logGroupName|<logGroupIdentifier", "", ""},
		{"sqs", "ReceiveMessage", "queue", "<queueUrl", "", ""},
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
	detail         string // to whom or where it was opened
	bytes          int64
}

// dataKinds are what CloudTrail records as data events only: where the evidence has none of them, it cannot
// tell what was read.
var dataKinds = map[string]bool{s3Objects: true, s3Copies: true, "table": true, "snapshot blocks": true, "queue": true}

// accesses returns what a call read. A call that does not name what it read has
// one access, to the resource "".
func (r *reading) accesses(rec *parser.Record) []access {
	detail := ""
	if r.needs != "" {
		to := resolve(rec, r.needs)
		if to == nil {
			return nil
		}
		detail = clip("to " + strings.Join(to[:min(len(to), maxDetails)], ", "))
	}
	resources := resolve(rec, r.names)
	if resources == nil {
		return []access{{kind: r.kind, detail: detail}}
	}
	out := make([]access, 0, len(resources))
	for _, name := range resources {
		a := access{kind: r.kind, resource: name, detail: detail}
		switch {
		case r.kind == s3Copies:
			a.resource, a.object = copySource(name)
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
	if v, ok := rec.Get("additionalEventData.bytesTransferredOut"); ok && r.kind != s3Copies { // of a copy only the answer is sent
		out[0].bytes = byteCount(v.String())
	}
	return out
}

// copySource parts the header that says what is copied: a bucket or the ARN of an access point, and a key, which callers escape as in a URL,
// some of them with the slash between both.
func copySource(header string) (from, object string) {
	if text, err := url.PathUnescape(header); err == nil {
		header = text
	}
	header = strings.TrimPrefix(header, "/")
	if strings.HasPrefix(header, "arn:") {
		from, object, _ = strings.Cut(header, "/object/")
		return from, object
	}
	from, object, _ = strings.Cut(header, "/")
	return from, object
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
