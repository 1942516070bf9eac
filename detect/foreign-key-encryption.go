package detect

import (
	"cmp"
	"fmt"

	"github.com/coldtrail/coldtrail/parser"
)

var foreignKeySteps = steps{
	{"s3.amazonaws.com:CopyObject", "encrypted", foreignKey},
	{"s3.amazonaws.com:PutObject", "encrypted", foreignKey},
	{"s3.amazonaws.com:CreateMultipartUpload", "encrypted", foreignKey},
	{"kms.amazonaws.com:ImportKeyMaterial", "imported", keyOf},
	{"kms.amazonaws.com:DeleteImportedKeyMaterial", "withdrawn", keyOf},
}

// foreignKey reports an object that was encrypted with a key of another account than the bucket's.
func foreignKey(f *facts) bool {
	owner := accountOf(f.param("x-amz-server-side-encryption-aws-kms-key-id"))
	f.add(factWhere, owner)
	f.add("object", f.param("key"))
	return owner != "" && owner != f.bucketAccount() && about("bucketName")(f)
}

// bucketAccount is the account of the bucket that the call is about, or else that where it is recorded: the caller's has a
// record of it, too.
func (f *facts) bucketAccount() (account string) {
	resources, _ := f.r.Get("resources")
	resources.Each(func(r parser.Value) bool {
		if text(r.Get("type")) == "AWS::S3::Bucket" {
			account = text(r.Get("accountId"))
		}
		return account == ""
	})
	return cmp.Or(account, f.r.Account)
}

var _ = register(&Detector{
	ID:    "foreign-key-encryption",
	Title: "Objects encrypted with a foreign account's key, or with a key whose material was taken away",
	Doc: `One principal wrote or copied objects with a KMS key of an account that is not known, many in one bucket; or key material was imported into
a key and deleted again within a day. Either way somebody else decides whether the data can be read. The innocent cause is a partner or a
central account for keys, which is listed with --accounts. The rules tell of objects that are encrypted anew in place.`,
	Next: `Stop the credential; keep former versions; ask the account's owner for the key while it exists (AWS support can name no owner). For imported
material: whoever imported it has it.`,
	Severity:   Low,
	Techniques: []string{"T1486"},
	Events:     foreignKeySteps.events(),
	Record:     foreignKeySteps.record,
	Judge: func(c *Context) Stream {
		return course{
			id: "foreign-key-encryption", gap: c.Duration("span"),
			max: max(maxHits, 4*c.Int("objects")), each: max(maxHits/2, 2*c.Int("objects")), same: maxHits / 20,
			judge: func(_ string, hits []hit) []verdict { return withForeignKey(c, hits) },
		}.stream()
	},
	Needs: []Need{NeedsAccounts},
	Thresholds: []Threshold{
		{"span", 24, "hours", "of silence, after which it is another finding"},
		{"objects", 20, "objects of a bucket", "Elastic's threshold for SSE-C; Panther's is 50"},
	},
	Hits: [][]string{
		foreignKeyObjects(20),
		story(
			example{at: "03:00:00", key: "AKIA1", call: "kms:ImportKeyMaterial", in: `{"keyId":"arn:aws:kms:us-east-1:111122223333:key/k"}`},
			example{at: "05:00:00", key: "AKIA1", call: "kms:DeleteImportedKeyMaterial", in: `{"keyId":"k"}`}),
	},
	Misses: [][]string{
		story( // material that is renewed, and one that is given up
			example{at: "03:00:00", key: "AKIA1", call: "kms:ImportKeyMaterial", in: `{"keyId":"k"}`},
			example{at: "05:00:00", key: "AKIA1", call: "kms:DeleteImportedKeyMaterial", in: `{"keyId":"l"}`}),
		story(example{at: "03:00:00", key: "AKIA1", call: "s3:PutObject", in: `{"bucketName":"b","key":"1","x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:111122223333:key/k"}`}),
	},
})

// foreignKeyObjects is an example of n objects.
func foreignKeyObjects(n int) (records []string) {
	for i := range n {
		records = append(records, example{at: fmt.Sprintf("03:%02d:00", i), key: "AKIA1", call: "s3:PutObject",
			in: fmt.Sprintf(`{"bucketName":"b","key":"%d","x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:999988887777:key/k"}`, i)}.String())
	}
	return records
}

func withForeignKey(c *Context, hits []hit) (all []verdict) {
	if in, out := stepsOf(hits, "imported"), stepsOf(hits, "withdrawn"); len(in) > 0 && len(out) > 0 && !out[len(out)-1].ref.Time.Before(in[0].ref.Time) {
		all = append(all, verdict{Critical, "", fmt.Sprintf("key material imported into %s and deleted again: what was encrypted with it in between is lost to the owner",
			in[0].e.Get(factAbout)), append(in, out...)})
	}
	var foreign []hit
	for _, h := range stepsOf(hits, "encrypted") {
		if c.foreign(h.e.Get(factWhere), h.ref.Account) {
			foreign = append(foreign, h)
		}
	}
	if n := distinct(foreign, factOf("object")); n > 0 {
		v := verdict{Low, "", fmt.Sprintf("%s of bucket %s written with a key of account %s", plural(n, "object"), foreign[0].e.Get(factAbout), c.named(foreign[0].e.Get(factWhere))), foreign}
		if n >= c.Int("objects") {
			v.severity = High
		}
		all = append(all, v)
	}
	return all
}
