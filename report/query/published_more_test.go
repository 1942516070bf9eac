//go:build cgo

package query_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// moreAnswers are athenaAnswers, continued.
var moreAnswers = map[string]func(all records) []string{
	"59-operations-of-grants": func(all records) []string {
		return all.where(called("CreateGrant")).each(func(r *rawRecord) []any {
			const path = "requestParameters.operations"
			if r.field(path) == nil {
				return []any{r.value("eventID"), nil, nil, nil}
			}
			operations, err := json.Marshal(r.field(path))
			if err != nil {
				panic(err)
			}
			var second any
			if len(r.list(path)) > 1 {
				second = strconv.Quote(r.text(path + ".1"))
			}
			return []any{r.value("eventID"), slices.Contains(r.list(path), any("Decrypt")), second, string(operations)}
		})
	},
	"60-sums-over-sums": func(all records) (lines []string) {
		in := all.where(matches("eventSource", `^iam\.`))
		lines = append(in.by("userIdentity.type", "errorCode").rows(count), line(nil, nil, len(in)))
		for kind, n := range in.by("userIdentity.type") {
			lines = append(lines, line(kind, nil, len(n)))
		}
		return lines
	},
	"61-rank-of-calls": func(all records) (lines []string) {
		for account, in := range all.where(has("recipientAccountId")).by("recipientAccountId") {
			calls := in.by("eventName")
			for name, n := range calls {
				if better(calls, len(n)) < 3 {
					lines = append(lines, line(account, name, len(n)))
				}
			}
		}
		return lines
	},
	"62-chains-of-roles": func(all records) []string {
		return all.where(called("AssumeRole"), bySession, succeeded).by("userIdentity.arn", "requestParameters.roleArn").rows(func(in records) any {
			n := 0
			for _, r := range in {
				if key := r.text("responseElements.credentials.accessKeyId"); key != "" {
					n += len(all.where(has("eventID"), func(r *rawRecord) bool { return r.key() == key }))
				}
			}
			return n
		})
	},
	"63-public-policies": func(all records) []string {
		return all.where(called("PutBucketPolicy")).each(func(r *rawRecord) []any {
			var principal any
			if v := r.field("requestParameters.bucketPolicy.Statement.0.Principal"); v != nil {
				b, err := json.Marshal(v)
				if err != nil {
					panic(err)
				}
				principal = string(b)
			}
			return []any{r.value("eventID"), r.value("requestParameters.bucketName"), principal}
		})
	},
	"64-replaced-texts": func(all records) []string {
		lines := all.where(matches("sourceIPAddress", "0")).each(func(r *rawRecord) []any {
			return []any{regexp.MustCompile(`[0-9]+`).ReplaceAllString(r.text("sourceIPAddress"), "N"), strings.ReplaceAll(r.text("awsRegion"), "-", "")}
		})
		slices.Sort(lines)
		return slices.Compact(lines)
	},
	"65-a-table-of-the-session": func(all records) []string {
		return top(all.where(has("userIdentity.accessKeyId")).by("userIdentity.accessKeyId").rows(count), 1, 20)
	},
	"66-exists-and-correlated": func(all records) []string {
		wrong := all.where(failed).set("userIdentity.arn")
		return slices.DeleteFunc(all.where(called("GetCallerIdentity")).set("userIdentity.arn"), func(s string) bool { return !slices.Contains(wrong, s) })
	},
	"67-share-of-all": func(all records) []string {
		return all.by("awsRegion").rows(count, func(in records) any {
			return javaDouble(float64((len(in)*20000+len(all))/(2*len(all))) / 100)
		}, func(in records) any { // Trino keeps the one decimal of 100.0, and rounds
			tenths := (len(in)*2000 + len(all)) / (2 * len(all))
			return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
		})
	},
	"68-elements-with-their-place": func(all records) (lines []string) {
		for _, r := range all.where(called("ModifyDBSnapshotAttribute")) {
			for i := range r.list("requestParameters.valuesToAdd") {
				lines = append(lines, line(r.value("eventID"), i+1, r.value(fmt.Sprintf("requestParameters.valuesToAdd.%d", i))))
			}
		}
		return lines
	},
}

// better returns how many groups have more than n records.
func better(g groups, n int) (more int) {
	for in := range maps.Values(g) {
		if len(in) > n {
			more++
		}
	}
	return more
}

// lakeAnswers computes what the queries over an event data store should return.
var lakeAnswers = map[string]func(all records) []string{
	"70-lake-calls-by-source": func(all records) []string {
		return all.where(func(r *rawRecord) bool {
			return r.time().After(utc(2026, 3, 3, 0)) && r.time().Before(utc(2026, 3, 4, 0))
		}).by("eventSource").rows(count)
	},
	"71-lake-activity-of-a-user": func(all records) []string {
		return all.where(matches("userIdentity.arn", ":user/mallory$"), func(r *rawRecord) bool { return !r.time().Before(utc(2026, 3, 5, 0)) }).each(func(r *rawRecord) []any {
			return []any{r.value("eventID"), r.name(), r.source(), r.time(), r.arn(), r.value("awsRegion")}
		})
	},
	"72-lake-bucket-of-a-read": func(all records) []string {
		return all.where(called("GetObject"), matches("requestParameters.key", `\.csv$`)).each(func(r *rawRecord) []any {
			return []any{r.time(), r.value("requestParameters.bucketName"), nil, r.value("userIdentity.principalId")}
		})
	},
	"73-lake-failed-logins": func(all records) []string {
		return all.where(called("ConsoleLogin"), matches("responseElements.ConsoleLogin", "^Failure$")).by("sourceIPAddress", "errorMessage").rows(count)
	},
	"74-lake-logins-without-mfa": func(all records) []string {
		return all.where(called("ConsoleLogin"), matches("responseElements.ConsoleLogin", "^Success$"), matches("additionalEventData.MFAUsed", "^No$"),
			matches("userIdentity.type", "^(IAMUser|Root)$")).each(func(r *rawRecord) []any { return []any{r.value("userIdentity.arn"), r.time()} })
	},
	"75-lake-writes": func(all records) []string {
		return all.where(matches("readOnly", "^false$"), matches("managementEvent", "^true$")).by("eventName").having(func(in records) bool { return len(in) > 2 }).rows(count)
	},
	"76-lake-reads-without-a-comparison": func(all records) []string {
		return all.where(matches("readOnly", "^true$"), matches("managementEvent", "^false$")).by("recipientAccountId").rows(count)
	},
	"77-lake-open-security-groups": func(all records) []string {
		const first = "requestParameters.ipPermissions.items.0."
		return all.where(called("AuthorizeSecurityGroupIngress"), has("requestParameters.ipPermissions"), memberMatches("requestParameters", `0\.0\.0\.0/0`)).
			fields("eventID", first+"ipRanges.items.0.cidrIp", first+"fromPort")
	},
	"78-lake-buckets-among-resources": func(all records) []string {
		return all.where(anyResource("type", "^AWS::S3::Bucket$"), matches("eventCategory", "^Data$")).by("eventName").rows(count)
	},
	"79-lake-arns-of-resources": func(all records) []string {
		return all.where(matches("eventSource", `^s3\.`), func(r *rawRecord) bool { return r.key() == "AKIA2IAJGZMCPEXAMPLE" && len(r.list("resources")) > 1 }).each(func(r *rawRecord) []any {
			var objects []string
			for i := range r.list("resources") {
				if at := fmt.Sprintf("resources.%d.", i); r.is(at+"type", "AWS::S3::Object") {
					objects = append(objects, r.text(at+"ARN"))
				}
			}
			return []any{r.value("eventID"), strings.Join(objects, " ")}
		})
	},
	"80-lake-age-of-sessions": func(all records) []string {
		return all.where(bySession, has("userIdentity.sessionContext.attributes.creationDate")).by("userIdentity.sessionContext.sessionIssuer.userName").rows(func(in records) any {
			most := 0
			for _, r := range in {
				most = max(most, int(r.time().Sub(r.timeAt("userIdentity.sessionContext.attributes.creationDate")).Minutes()))
			}
			return most
		})
	},
	"81-lake-days-of-the-week": func(all records) []string {
		return all.where(called("ConsoleLogin")).byFunc(func(r *rawRecord) []any {
			return []any{(int(r.time().Weekday())+6)%7 + 1, r.time().Hour()}
		}).rows(count)
	},
	"82-lake-the-record-itself": func(all records) []string {
		return all.where(called("StopLogging", "PutUserPolicy")).fields("eventID", "userIdentity.userName")
	},
	"83-lake-names-of-parameters": func(all records) (lines []string) {
		names := map[string]int{}
		for _, r := range all.where(matches("eventSource", `^iam\.`)) {
			request, _ := r.field("requestParameters").(map[string]any)
			for name := range request {
				names[name]++
			}
		}
		for name, n := range names {
			lines = append(lines, line(name, n))
		}
		return lines
	},
	"84-lake-one-account-two-stores": func(all records) []string {
		return all.where(called("CreateUser", "CreateRole")).fields("eventName", "userIdentity.accountId")
	},
	"85-lake-keys-of-many-addresses": func(all records) []string {
		return all.where(has("userIdentity.accessKeyId")).by("userIdentity.accessKeyId").
			having(func(in records) bool { return len(in.set("sourceIPAddress")) > 1 }).rows(distinct("sourceIPAddress"))
	},
	"86-lake-shared-with": func(all records) []string {
		return all.where(called("ModifyDBSnapshotAttribute")).each(func(r *rawRecord) []any {
			return []any{r.value("eventID"), strconv.Quote(r.text("requestParameters.valuesToAdd.0")), len(r.list("requestParameters.valuesToAdd"))}
		})
	},
	"87-lake-most-used-roles": func(all records) (lines []string) {
		roles := all.where(bySession).by("userIdentity.sessionContext.sessionIssuer.userName")
		return roles.having(func(in records) bool { return better(roles, len(in)) < 5 }).rows(count)
	},
	"88-lake-size-of-requests": func(all records) []string {
		return all.where(matches("eventSource", `^ssm\.`)).byFunc(func(r *rawRecord) []any {
			if request, ok := r.field("requestParameters").(map[string]any); ok {
				return []any{len(request)}
			}
			return []any{nil}
		}).rows(count)
	},
	"89-lake-quotes-removed": func(all records) []string {
		return all.where(called("CreateRole")).each(func(r *rawRecord) []any { return []any{r.value("requestParameters.roleName"), r.time()} })
	},
	"90-lake-days": func(all records) []string {
		return all.byFunc(func(r *rawRecord) []any { return []any{r.time().Format("2006-01-02")} }).rows(count, func(in records) any {
			return slices.MinFunc(in, func(a, b *rawRecord) int { return a.time().Compare(b.time()) }).time()
		})
	},
	"91-lake-denied": func(all records) []string {
		return all.where(matches("errorCode", `^(AccessDenied|AccessDeniedException|Client\.UnauthorizedOperation|UnauthorizedOperation)$`), func(r *rawRecord) bool {
			return !r.time().Before(utc(2026, 3, 3, 2)) && !r.time().After(utc(2026, 3, 3, 3))
		}).by("userIdentity.arn", "eventSource", "eventName").rows(count)
	},
	"92-lake-values-of-a-map": func(all records) []string {
		return all.where(called("DeleteAccessKey", "UpdateAccessKey", "AttachUserPolicy", "CreateLoginProfile")).each(func(r *rawRecord) []any {
			request, ok := r.field("requestParameters").(map[string]any)
			if !ok {
				return []any{r.value("eventID"), nil}
			}
			var values []string
			for name := range request {
				values = append(values, r.text("requestParameters."+name))
			}
			slices.Sort(values)
			return []any{r.value("eventID"), strings.Join(values, ",")}
		})
	},
	"93-lake-two-stores-joined": func(all records) []string {
		return all.where(called("CreateUser"), has("requestParameters.userName")).byFunc(func(r *rawRecord) []any { return []any{r.time(), r.text("requestParameters.userName")} }).rows(func(in records) any {
			n := 0
			for _, made := range in {
				n += len(all.where(has("eventID"), func(r *rawRecord) bool {
					return r.text("userIdentity.userName") == made.text("requestParameters.userName")
				}))
			}
			return n
		})
	},
	"94-lake-nothing-to-find": func(all records) []string { return nil },
}
