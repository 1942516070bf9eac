//go:build cgo

package query_test

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The conditions that several queries have.
func called(names ...string) func(r *rawRecord) bool {
	return func(r *rawRecord) bool { return slices.Contains(names, r.name()) }
}

func failed(r *rawRecord) bool    { return r.field("errorCode") != nil }
func succeeded(r *rawRecord) bool { return r.field("errorCode") == nil }
func byUser(r *rawRecord) bool    { return r.is("userIdentity.type", "IAMUser") }
func bySession(r *rawRecord) bool { return r.is("userIdentity.type", "AssumedRole") }

func has(path string) func(r *rawRecord) bool {
	return func(r *rawRecord) bool { return r.field(path) != nil }
}

func matches(path, pattern string) func(r *rawRecord) bool {
	re := regexp.MustCompile(pattern)
	return func(r *rawRecord) bool { return re.MatchString(r.text(path)) }
}

func memberMatches(name, pattern string) func(r *rawRecord) bool {
	re := regexp.MustCompile(pattern)
	return func(r *rawRecord) bool { s, _ := r.member(name).(string); return re.MatchString(s) }
}

func counted(holds func(r *rawRecord) bool) func(all records) any {
	return func(all records) any { return len(all.where(holds)) }
}

// javaDouble writes a number as Java's Double.toString does.
func javaDouble(f float64) string {
	if f == 0 || math.Abs(f) >= 1e-3 && math.Abs(f) < 1e7 {
		if f == math.Trunc(f) {
			return fmt.Sprintf("%.1f", f)
		}
		return fmt.Sprint(f)
	}
	e := int(math.Floor(math.Log10(math.Abs(f))))
	mantissa := strings.TrimSuffix(strconv.FormatFloat(f, 'e', -1, 64), fmt.Sprintf("e%+03d", e))
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	return mantissa + "E" + strconv.Itoa(e)
}

func utc(year, month, day, hour int) time.Time {
	return time.Date(year, time.Month(month), day, hour, 0, 0, 0, time.UTC)
}

// athenaAnswers computes what the queries over the table should return.
var athenaAnswers = map[string]func(all records) []string{
	"01-calls-of-a-month": func(all records) []string {
		in := all.where(func(r *rawRecord) bool { return r.of("yyyy") == "2026" && r.of("MM") == "03" })
		return top(in.by("eventName").rows(count), 1, 15)
	},
	"02-activity-of-a-user": func(all records) []string {
		return all.where(matches("userIdentity.arn", `:user/mallory$`)).fields("eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "errorCode")
	},
	"03-failed-console-logins": func(all records) []string {
		return all.where(called("ConsoleLogin"), matches("responseElements.ConsoleLogin", "^Failure$")).by("userIdentity.userName", "sourceIPAddress", "errorMessage").rows(count)
	},
	"04-console-logins-without-mfa": func(all records) []string {
		return all.where(called("ConsoleLogin"), matches("additionalEventData.MFAUsed", "^No$"), matches("responseElements.ConsoleLogin", "^Success$")).
			fields("eventID", "userIdentity.arn", "sourceIPAddress")
	},
	"05-root-user": func(all records) []string {
		return all.where(matches("userIdentity.type", "^Root$"), func(r *rawRecord) bool {
			return r.field("userIdentity.invokedBy") == nil && r.field("eventType") != nil && r.text("eventType") != "AwsServiceEvent"
		}).fields("eventTime", "eventName", "sourceIPAddress", "userAgent")
	},
	"06-access-denied-by-principal": func(all records) (lines []string) {
		g := all.where(matches("errorCode", `AccessDenied|^Client\.UnauthorizedOperation$`), has("userIdentity.arn")).by("userIdentity.arn", "eventSource", "eventName", "errorCode")
		for k, in := range g {
			if len(in) >= 2 {
				lines = append(lines, line(len(in), k))
			}
		}
		return lines
	},
	"07-errors-that-are-not-denials": func(all records) []string {
		return all.where(matches("errorCode", `.`), func(r *rawRecord) bool {
			return !regexp.MustCompile(`(?i)denied|unauthori[sz]ed`).MatchString(r.text("errorCode"))
		}).set("errorCode")
	},
	"08-access-keys-created": func(all records) []string {
		return all.where(called("CreateAccessKey"), succeeded).fields("eventTime", "userIdentity.userName", "responseElements.accessKey.userName", "responseElements.accessKey.accessKeyId")
	},
	"09-json-values-keep-their-quotes": func(all records) []string {
		return all.where(called("AssumeRole"), func(r *rawRecord) bool { return !r.is("userIdentity.type", "AWSService") }).
			each(func(r *rawRecord) []any {
				return []any{r.value("eventID"), strconv.Quote(r.text("requestParameters.roleArn")), nil}
			})
	},
	"10-security-groups-since": func(all records) []string {
		return all.where(called("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", "RevokeSecurityGroupIngress"),
			func(r *rawRecord) bool { return r.time().After(utc(2026, 3, 2, 12)) }).each(func(r *rawRecord) []any {
			return []any{r.name(), r.value("userIdentity.userName"), r.value("sourceIPAddress"), r.value("eventTime"), r.member("requestParameters")}
		})
	},
	"11-between-two-times": func(all records) []string {
		return all.where(matches("userIdentity.accessKeyId", "^AKIA"), func(r *rawRecord) bool {
			return !r.time().Before(utc(2026, 3, 3, 0)) && r.time().Before(utc(2026, 3, 3, 12))
		}).by("userIdentity.accessKeyId").rows(count)
	},
	"12-projected-partition": func(all records) []string {
		return all.byFunc(func(r *rawRecord) []any { return []any{r.of("yyyy/MM/dd")} }).
			having(func(in records) bool { d := in[0].of("yyyy/MM/dd"); return d >= "2026/03/03" && d < "2026/03/05" }).rows(count)
	},
	"13-date-region-account-partitions": func(all records) []string {
		return all.where(func(r *rawRecord) bool {
			d := r.of("yyyy/MM/dd")
			return (d == "2026/03/03" || d == "2026/03/04") && (r.of("region") == "eu-west-1" || r.of("region") == "us-east-1") && r.of("account") == "111122223333"
		}, matches("eventSource", "^k")).byFunc(func(r *rawRecord) []any { return []any{r.of("region"), r.of("account"), r.source()} }).rows(count)
	},
	"14-resources-unnested": func(all records) (lines []string) {
		calls := map[string]int{}
		for _, r := range all.where(called("GetObject")) {
			for i := range r.list("resources") {
				if at := "resources." + strconv.Itoa(i); r.is(at+".type", "AWS::S3::Bucket") {
					calls[line(r.value(at+".ARN"), r.value(at+".type"))]++
				}
			}
		}
		for k, n := range calls {
			if n > 5 {
				lines = append(lines, line(k, n))
			}
		}
		return lines
	},
	"15-bytes-that-left-a-bucket": func(all records) []string {
		return all.where(called("GetObject"), func(r *rawRecord) bool { return r.key() == "AKIA2IAJGZMCPEXAMPLE" || r.key() == "AKIAMALLORYEXAMPLE" }).
			by("requestParameters.bucketName", "sourceIPAddress").rows(func(in records) any {
			sum := 0.0
			for _, r := range in {
				n, _ := strconv.ParseFloat(r.text("additionalEventData.bytesTransferredOut"), 64)
				sum += n
			}
			return javaDouble(sum)
		})
	},
	"16-about-how-many-principals": func(all records) []string {
		return all.by("awsRegion").rows(func(records) any { return true })
	},
	"17-use-of-created-keys": func(all records) (lines []string) {
		for _, r := range all.where(called("CreateAccessKey"), has("responseElements.accessKey.accessKeyId")) {
			key := r.text("responseElements.accessKey.accessKeyId")
			used := all.where(func(r *rawRecord) bool { return r.key() == key }).by("sourceIPAddress").rows(count)
			if len(used) == 0 {
				used = []string{line(nil, nil)}
			}
			for _, u := range used {
				lines = append(lines, line(key, r.text("eventTime"), u))
			}
		}
		return lines
	},
	"18-first-event-of-each-key": func(all records) (lines []string) {
		for key, in := range all.where(matches("userIdentity.accessKeyId", "^AKIA"), has("eventID")).by("userIdentity.accessKeyId") {
			r := slices.MinFunc(in, inOrder)
			lines = append(lines, line(key, r.name(), r.text("eventTime")))
		}
		return lines
	},
	"19-long-pauses": func(all records) (lines []string) {
		for _, in := range all.where(byUser, has("userIdentity.arn")).by("userIdentity.arn") {
			slices.SortFunc(in, inOrder)
			for i := 1; i < len(in); i++ {
				if d := in[i].time().Sub(in[i-1].time()); int(d.Minutes()) >= 900 {
					lines = append(lines, line(in[i].value("userIdentity.userName"), int(d.Hours())))
				}
			}
		}
		return lines
	},
	"20-events-per-hour": func(all records) []string {
		return all.where(called("GetObject")).byFunc(func(r *rawRecord) []any { return []any{r.time().Truncate(time.Hour)} }).rows(count)
	},
	"21-minutes-of-the-day": func(all records) []string {
		return all.byFunc(func(r *rawRecord) []any { return []any{r.time().Format("2006/01/02 15:04")} }).
			having(func(in records) bool { return len(in) > 9 }).rows(count)
	},
	"22-tools-of-attack": func(all records) []string {
		return all.where(matches("userAgent", `(?i)kali|parrot|pentoo|pacu|scout`)).by("userAgent").rows(count)
	},
	"23-roles-by-arn": func(all records) []string {
		return all.where(bySession).byFunc(func(r *rawRecord) []any {
			return []any{strings.Split(r.arn(), "/")[1]}
		}).rows(distinct("userIdentity.accessKeyId"))
	},
	"24-session-names": func(all records) (lines []string) {
		for _, id := range all.where(bySession).set("userIdentity.principalId") {
			if name := strings.Split(id, ":")[1]; strings.Contains(name, "@") {
				lines = append(lines, name)
			}
		}
		slices.Sort(lines)
		return slices.Compact(lines)
	},
	"25-path-of-an-event": func(all records) []string {
		return all.where(called("StopLogging")).each(func(r *rawRecord) []any { return []any{"s3://bucket/" + r.object} })
	},
	"26-success-and-failure": func(all records) []string {
		return all.by("eventSource").rows(counted(succeeded), counted(failed), counted(matches("readOnly", "^false$")), counted(has("vpcEndpointId")))
	},
	"27-busy-addresses": func(all records) []string {
		return all.where(matches("sourceIPAddress", `^\d+\.\d+\.\d+\.\d+$`)).by("sourceIPAddress").
			having(func(in records) bool { return len(in.set("userIdentity.accessKeyId")) >= 3 }).rows(distinct("userIdentity.accessKeyId"))
	},
	"28-readers-that-never-wrote": func(all records) []string {
		wrote := all.where(called("PutObject")).set("userIdentity.arn")
		return slices.DeleteFunc(all.where(called("GetObject")).set("userIdentity.arn"), func(s string) bool { return slices.Contains(wrote, s) })
	},
	"29-two-kinds-of-secrets": func(all records) []string {
		secrets := all.where(called("GetSecretValue")).each(func(r *rawRecord) []any {
			return []any{"secret", r.value("requestParameters.secretId"), r.value("userIdentity.arn")}
		})
		return append(secrets, all.where(called("GetParametersByPath"), byUser).each(func(r *rawRecord) []any {
			return []any{"parameter", r.value("requestParameters.path"), r.value("userIdentity.arn")}
		})...)
	},
	"30-what-guessing-addresses-did": func(all records) []string {
		guessed := all.where(called("ConsoleLogin"), matches("errorMessage", "^Failed authentication$")).by("sourceIPAddress")
		return all.where(func(r *rawRecord) bool { return len(guessed[r.text("sourceIPAddress")]) > 2 }).by("sourceIPAddress", "eventName").rows(count)
	},
	"31-last-event-of-each-user": func(all records) []string {
		return all.where(byUser).by("userIdentity.userName").rows(func(in records) any {
			if in = in.where(has("eventID")); len(in) == 0 {
				return nil
			}
			return slices.MaxFunc(in, inOrder).text("eventID")
		}, last("eventTime"))
	},
	"32-regions-of-each-account": func(all records) []string {
		return all.where(has("recipientAccountId")).by("recipientAccountId").rows(
			func(in records) any { return strings.Join(in.set("awsRegion"), ", ") }, distinct("awsRegion"))
	},
	"33-keys-among-the-resources": func(all records) []string {
		return all.where(anyResource("type", "^AWS::KMS::Key$"), anyResource("ARN", "^arn:aws:kms:us-east-1:")).by("eventName").rows(count)
	},
	"34-accounts-of-the-resources": func(all records) []string {
		return all.where(func(r *rawRecord) bool { return len(r.list("resources")) > 0 }).byFunc(func(r *rawRecord) []any {
			var owners []string
			for i := range r.list("resources") {
				if owner, ok := r.value(fmt.Sprintf("resources.%d.accountId", i)).(string); ok && !slices.Contains(owners, owner) {
					owners = append(owners, owner)
				}
			}
			return []any{strings.Join(owners, ";")}
		}).rows(count)
	},
	"35-how-many-instances": func(all records) []string {
		return all.where(called("RunInstances"), succeeded).each(func(r *rawRecord) []any {
			var n any
			if r.field("responseElements.instancesSet.items") != nil {
				n = len(r.list("responseElements.instancesSet.items"))
			}
			return []any{r.value("eventID"), n, r.value("responseElements.instancesSet.items.0.instanceId")}
		})
	},
	"36-ports-that-were-opened": func(all records) (lines []string) {
		for _, r := range all.where(called("AuthorizeSecurityGroupIngress")) {
			for i := range r.list("requestParameters.ipPermissions.items") {
				at := fmt.Sprintf("requestParameters.ipPermissions.items.%d.", i)
				lines = append(lines, line(r.value("eventID"), r.value(at+"ipProtocol"), r.value(at+"fromPort")))
			}
		}
		return lines
	},
	"37-open-to-the-world": func(all records) []string {
		return all.where(matches("eventName", "^AuthorizeSecurityGroup"), memberMatches("requestParameters", `0\.0\.0\.0/0|::/0`)).
			fields("eventTime", "userIdentity.arn", "requestParameters.groupId")
	},
	"38-missing-values": func(all records) []string {
		return all.where(func(r *rawRecord) bool {
			return r.is("eventSource", "signin.amazonaws.com", "cloudtrail.amazonaws.com")
		}).each(func(r *rawRecord) []any {
			kind, write := any("no key"), r.value("readOnly")
			if key, ok := r.value("userIdentity.accessKeyId").(string); ok {
				kind = key[:min(4, len(key))]
			}
			if write == "true" {
				write = nil
			}
			return []any{r.value("eventID"), cmp.Or(r.text("errorCode"), r.text("errorMessage"), "none"), write, kind, r.value("requestParameters.maxResults")}
		})
	},
	"39-sessions-without-mfa": func(all records) []string {
		return all.where(matches("userIdentity.sessionContext.sessionIssuer.type", "^Role$")).
			by("userIdentity.sessionContext.sessionIssuer.userName", "userIdentity.sessionContext.attributes.mfaAuthenticated").rows(count)
	},
	"40-writes-at-night": func(all records) []string {
		return all.where(matches("readOnly", "^false$"), matches("userIdentity.type", "^(IAMUser|Root)$"), func(r *rawRecord) bool {
			t := r.time()
			return (t.Hour() < 5 || t.Hour() >= 22) && t.Weekday() >= time.Tuesday && t.Weekday() <= time.Saturday
		}).fields("userIdentity.arn", "eventName", "eventTime")
	},
	"41-keys-in-many-regions": func(all records) []string {
		return all.where(matches("userIdentity.accessKeyId", "^A"), matches("readOnly", "^true$")).by("userIdentity.accessKeyId").
			having(func(in records) bool { return len(in.set("awsRegion")) > 2 }).rows(distinct("awsRegion"), first("eventTime"), last("eventTime"))
	},
	"42-from-another-account": func(all records) []string {
		return all.where(has("userIdentity.accountId"), has("userIdentity.type"), has("recipientAccountId"), func(r *rawRecord) bool {
			return r.text("userIdentity.accountId") != r.text("recipientAccountId") && !r.is("userIdentity.type", "AWSService")
		}).by("userIdentity.accountId", "recipientAccountId", "eventName").rows(count)
	},
	"43-tls-versions": func(all records) []string { return all.by("tlsDetails.tlsVersion").rows(count) },
	"44-api-versions-of-functions": func(all records) (lines []string) {
		for _, k := range all.where(matches("eventSource", `^lambda\.`)).by("apiVersion", "eventName").rows(func(in records) any {
			version, ok := in[0].value("apiVersion").(string)
			if !ok {
				return nil
			}
			return strings.ReplaceAll(in[0].name(), version, "")
		}) {
			parts := strings.Split(k, "|")
			lines = append(lines, line(parts[0], parts[2], "lambda"))
		}
		slices.Sort(lines)
		return slices.Compact(lines)
	},
	"45-one-day-of-one-region": func(all records) []string {
		return all.where(func(r *rawRecord) bool {
			return r.of("account") == "444455556666" && r.of("region") == "us-east-1" && r.of("yyyy-MM-dd") == "2026-03-02"
		}, matches("readOnly", "^false$")).by("eventName").rows(count)
	},
	"46-partitions-that-are-there": func(all records) []string {
		return all.byFunc(func(r *rawRecord) []any {
			return []any{r.of("account"), r.of("region"), r.of("yyyy"), r.of("MM"), r.of("dd")}
		}).rows(count)
	},
	"47-any-database-and-table": func(all records) []string {
		return all.where(called("CreateUser", "CreateLoginProfile", "AttachUserPolicy", "PutUserPolicy", "AddUserToGroup")).each(func(r *rawRecord) []any {
			return []any{r.value("eventTime"), r.name(), r.value("userIdentity.userName"), r.member("requestParameters")}
		})
	},
	"48-text-functions": func(all records) (lines []string) {
		for _, source := range all.where(matches("eventSource", "^s[^s]")).set("eventSource") {
			backwards := []byte(source)
			slices.Reverse(backwards)
			service, _, _ := strings.Cut(source, ".")
			lines = append(lines, line(strings.ToUpper(service), len(source), string(backwards), source+"!"))
		}
		return lines
	},
	"49-nothing-to-find": func(all records) []string {
		return all.where(called("DeleteTrail", "DeleteDetector")).fields("eventTime", "userIdentity.arn")
	},
	"50-top-callers": func(all records) []string {
		return top(all.where(has("userIdentity.principalId")).by("userIdentity.principalId", "eventSource").rows(count), 2, 10)
	},
	"51-snapshots-given-away": func(all records) []string {
		return all.where(called("ModifySnapshotAttribute"), has("requestParameters.createVolumePermission.add")).
			fields("eventID", "requestParameters.snapshotId", "requestParameters.createVolumePermission.add.items.0.userId")
	},
	"52-a-map-of-counts": func(all records) []string {
		g := all.by("eventName")
		return []string{line(len(g["GetObject"]), nil, len(g))}
	},
	"53-credentials-that-were-handed-out": func(all records) []string {
		return all.where(matches("eventSource", `^sts\.`), has("responseElements.credentials.accessKeyId"), has("userIdentity.type"), func(r *rawRecord) bool {
			return !r.is("userIdentity.type", "AWSService")
		}).fields("responseElements.credentials.accessKeyId", "eventName")
	},
	"54-where-logins-lead": func(all records) []string {
		lines := all.where(called("ConsoleLogin"), has("additionalEventData.LoginTo")).each(func(r *rawRecord) []any {
			u, err := url.Parse(r.text("additionalEventData.LoginTo"))
			if err != nil {
				panic(err)
			}
			return []any{u.Host, u.Path}
		})
		slices.Sort(lines)
		return slices.Compact(lines)
	},
	"55-seconds-since-1970": func(all records) []string {
		return all.where(called("StopLogging", "CreateUser")).each(func(r *rawRecord) []any { return []any{r.value("eventID"), int(r.time().Unix()), true} })
	},
	"56-addresses-of-a-network": func(all records) []string {
		return all.where(func(r *rawRecord) bool {
			a, err := netip.ParseAddr(r.text("sourceIPAddress"))
			return err == nil && netip.MustParsePrefix("203.0.113.0/24").Contains(a)
		}).by("sourceIPAddress").rows(count)
	},
	"57-the-day-before": func(all records) []string {
		return all.where(matches("eventSource", `^iam\.`), func(r *rawRecord) bool {
			return !r.time().Before(utc(2026, 3, 3, 0)) && r.time().Before(utc(2026, 3, 4, 0))
		}).by("eventName").rows(count)
	},
	"58-sizes-with-try": func(all records) []string {
		gets := all.where(called("GetObject"))
		return []string{line(len(gets.where(matches("additionalEventData.bytesTransferredOut", `^-?\d+$`))), len(gets), nil)}
	},
}

// inOrder orders records by their times and IDs.
func inOrder(a, b *rawRecord) int {
	return cmp.Or(cmp.Compare(a.text("eventTime"), b.text("eventTime")), cmp.Compare(a.text("eventID"), b.text("eventID")))
}

// anyResource reports whether a field of any resource matches.
func anyResource(name, pattern string) func(r *rawRecord) bool {
	re := regexp.MustCompile(pattern)
	return func(r *rawRecord) bool {
		for i := range r.list("resources") {
			if re.MatchString(r.text(fmt.Sprintf("resources.%d.%s", i, name))) {
				return true
			}
		}
		return false
	}
}
