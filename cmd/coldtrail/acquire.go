package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

type acquireCmd struct {
	Bucket  string   `required:"" placeholder:"NAME" help:"The bucket that the trail delivers to."`
	Prefix  string   `placeholder:"PREFIX" help:"The trail's prefix in the bucket, if it has one."`
	Trail   []string `sep:"none" placeholder:"NAME" help:"The trail's name, or better its ARN. Several may deliver to one bucket."`
	Home    string   `placeholder:"REGION" default:"us-east-1" help:"The trail's home region (default us-east-1)."`
	Region  []string `placeholder:"REGION" help:"Regions whose public keys are wanted (default: all that the account knows of)."`
	Since   moment   `required:"" placeholder:"TIME" help:"The first day of interest: which public keys are wanted."`
	Until   moment   `placeholder:"TIME" help:"The last (default: when the script is run)."`
	Profile string   `placeholder:"NAME" help:"The AWS CLI's profile."`
	Output  string   `short:"o" default:"acquired" placeholder:"DIR" help:"Where the script puts everything; it makes the directory (default acquired)."`
}

// Help implements kong.HelpProvider.
func (acquireCmd) Help() string {
	return "Prints a shell script, and does nothing itself: coldtrail opens no connection. Read it, and run it where there is access:\n" +
		"  coldtrail acquire --bucket trail-bucket --trail arn:aws:cloudtrail:eu-west-1:111122223333:trail/main --home eu-west-1 --since 2026-03-01 > acquire.sh\n" +
		"  sh acquire.sh"
}

var bucketName = regexp.MustCompile(`^[A-Za-z0-9._:/-]{1,1000}$`)

// Run implements the command.
func (a *acquireCmd) Run(c *console) error {
	if err := a.check(); err != nil {
		return err
	}
	_, err := io.WriteString(c.out, a.script())
	return err
}

// check refuses what no AWS name has: there it would be a mistake, or meant to do something
// in the shell of whoever runs the script, which quotes everything all the same.
func (a *acquireCmd) check() error {
	for _, f := range []struct {
		flag   string
		values []string
	}{{"bucket", []string{a.Bucket}}, {"trail", a.Trail}, {"home", []string{a.Home}}, {"region", a.Region}} {
		for _, v := range f.values {
			if !bucketName.MatchString(v) {
				return usage("--%s %q: not a name that AWS gives", f.flag, v)
			}
		}
	}
	for _, f := range []struct{ flag, value string }{{"prefix", a.Prefix}, {"profile", a.Profile}, {"output", a.Output}} {
		if strings.ContainsAny(f.value, "\x00\n\r") {
			return usage("--%s %q: has a line break", f.flag, f.value)
		}
	}
	if a.Output == "" {
		return usage("--output is empty")
	}
	return nil
}

// shellWord returns s as one word for a POSIX shell, whatever is in it.
func shellWord(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// A step of the script: why, and the commands. Nothing that was given on the command line
// stands in a reason.
type step struct {
	why      string
	commands []string
}

func (a *acquireCmd) script() string {
	var b strings.Builder
	b.WriteString(a.head())
	for _, s := range a.steps() {
		b.WriteByte('\n')
		for _, line := range strings.Split(s.why, "\n") {
			b.WriteString("# " + line + "\n")
		}
		for _, command := range s.commands {
			b.WriteString(command + "\n")
		}
	}
	return b.String()
}

// stamp writes a time as the AWS CLI takes it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Keys are wanted from a day before to two days after: they overlap, and a digest is
// delivered after its hour.
const (
	keysBefore = 24 * time.Hour
	keysAfter  = 48 * time.Hour
)

func (a *acquireCmd) head() string {
	until := `$(date -u +%Y-%m-%dT%H:%M:%SZ)`
	if !a.Until.end.IsZero() {
		until = shellWord(stamp(a.Until.end.Add(keysAfter)))
	}
	var names strings.Builder
	for _, v := range [...][2]string{
		{"bucket", a.Bucket}, {"prefix", a.Prefix}, {"home", a.Home}, {"out", a.Output}, {"keys_from", stamp(a.Since.start.Add(-keysBefore))},
	} {
		fmt.Fprintf(&names, "%s=%s\n", v[0], shellWord(v[1]))
	}
	profile := ""
	if a.Profile != "" {
		profile = "export AWS_PROFILE=" + shellWord(a.Profile) + "\n"
	}
	return `#!/bin/sh
# Takes away what is needed to judge a trail offline. It only reads. It was printed by
# coldtrail acquire; run it with credentials that may read the bucket and the trail.
# Read-only permissions: s3:ListBucket, s3:ListBucketVersions, s3:GetObject, s3:GetObjectVersion,
# s3:GetBucket*, cloudtrail:Describe*, cloudtrail:Get*, cloudtrail:List*, ec2:DescribeRegions,
# organizations:Describe*, kms:Decrypt where objects are encrypted with a key of yours.
# What it does is itself logged by the trail: note when, and by which identity, you ran it.
set -u
umask 077
export AWS_PAGER= LC_ALL=C
` + profile + names.String() + "keys_to=" + until + `
mkdir "$out" || exit 1
cd "$out" || exit 1

# keep FILE COMMAND… keeps what a command prints, what it says on stderr, and its exit code.
keep() {
  file=$1
  shift
  "$@" > "$file" 2> "$file.err"
  rc=$?
  printf '%s\t%s\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$rc" "$file" >> commands.log
  [ "$rc" -eq 0 ] || printf 'exit code %s: %s: see %s.err\n' "$rc" "$file" "$file" >&2
  return "$rc"
}
`
}

func (a *acquireCmd) steps() []step {
	steps := []step{
		{"Who asks, with what, and by which clock: all times below are this machine's.", []string{
			`keep caller.json aws sts get-caller-identity --output json`,
			`keep aws-version.txt aws --version`,
			`keep clock.txt date -u +%Y-%m-%dT%H:%M:%S.%NZ`,
			`keep clock-source.txt sh -c 'chronyc -n tracking || timedatectl show || w32tm /query /status'`,
		}},
		{"What there is, before anything is copied: what is missing in the copy later was then there,\nor was not. With versions on, delete markers and old versions prove what was removed or\nwritten over, when and by which account's key.", []string{
			`keep objects.json aws s3api list-objects-v2 --bucket="$bucket" --prefix="$prefix" --output json`,
			`keep versions.json aws s3api list-object-versions --bucket="$bucket" --prefix="$prefix" --output json`,
		}},
		{"The signatures of the digest files. They are metadata of the objects in S3: a copy of the\nbytes loses them, and without the newest of each region the last hour proves nothing.\nsync cannot take them along.", []string{
			`keep keys.txt aws s3api list-objects-v2 --bucket="$bucket" --prefix="$prefix" --query 'Contents[].[Key]' --output text`,
			`grep '/CloudTrail-Digest/.*\.json\.gz$' keys.txt | grep -v '["\\[:cntrl:]]' > digests.txt`,
			`while IFS= read -r key; do`,
			`  head=$(aws s3api head-object --bucket="$bucket" --key="$key" --output json 2>> heads.err) || { printf '%s\n' "$key" >> heads-failed.txt; continue; }`,
			`  printf '{"bucket":"%s","key":"%s","head":%s}\n' "$bucket" "$key" "$head"`,
			`done < digests.txt > heads.jsonl`,
		}},
		{"The public keys of each region, from a day before the first day of interest on. They rotate\nabout monthly, are different in each region, and are no longer listed some time after the\ndigests that they signed. Keys that only lie beside the evidence prove nothing to others:\nfetch them from a second account too, and compare.", a.keySteps()},
		{"How the trail is, and was lately, set up: what it can have recorded at all, and whether\nsomebody stopped it. It is not in the logs.", a.trailSteps()},
		{"Who could read, change or delete what the bucket holds, and whether that was logged.", bucketSteps()},
		{"The evidence itself. --exact-timestamps copies again what has the same size and another\ntime. Objects in Glacier are skipped, which ends in exit code 2 and is said in sync.log.err:\nrestore them first, or note that they are not in the copy.", []string{
			`keep sync.log aws s3 sync "s3://$bucket/$prefix" evidence --exact-timestamps --no-progress`,
		}},
		{"What was taken, byte for byte: whoever receives it can tell whether it is still that.\ncoldtrail custody compare, or sha256sum -c, checks it.", []string{
			`find . -type f ! -name SHA256SUMS -exec sha256sum {} + > SHA256SUMS`,
			`sha256sum SHA256SUMS`,
			`printf 'Write down the hash above. Everything is in %s; commands.log says what failed.\n' "$(pwd)"`,
		}},
		{"Afterwards, offline:\n  coldtrail custody compare ./evidence --manifest SHA256SUMS\n  coldtrail verify ./evidence --sidecar heads.jsonl --sidecar versions.json --public-keys public-keys-REGION.json …\n  coldtrail analyze ./evidence -o CASE --examiner NAME --exhibit ID --authority TEXT", nil},
	}
	return steps
}

func (a *acquireCmd) keySteps() []string {
	list := `keep regions.txt aws ec2 describe-regions --region="$home" --all-regions --query 'Regions[].[RegionName]' --output text`
	if len(a.Region) > 0 {
		list = "printf '%s\\n'"
		for _, r := range a.Region {
			list += " " + shellWord(r)
		}
		list += " > regions.txt"
	}
	return []string{list,
		`while IFS= read -r region; do`,
		`  keep "public-keys-$region.json" aws cloudtrail list-public-keys --region="$region" --start-time="$keys_from" --end-time="$keys_to" --output json`,
		`done < regions.txt`,
	}
}

func (a *acquireCmd) trailSteps() []string {
	steps := []string{
		`keep trails.json aws cloudtrail describe-trails --region="$home" --include-shadow-trails --output json`,
		`keep event-data-stores.json aws cloudtrail list-event-data-stores --region="$home" --output json`,
		`keep organization.json aws organizations describe-organization --output json`,
	}
	for i, t := range a.Trail {
		for _, of := range [...][2]string{
			{"status", "get-trail-status --name"}, {"event-selectors", "get-event-selectors --trail-name"}, {"insight-selectors", "get-insight-selectors --trail-name"},
		} {
			steps = append(steps, fmt.Sprintf(`keep trail-%d-%s.json aws cloudtrail %s=%s --region="$home" --output json`, i+1, of[0], of[1], shellWord(t)))
		}
	}
	return steps
}

func bucketSteps() (steps []string) {
	for _, what := range [...]string{
		"location", "versioning", "object-lock:get-object-lock-configuration", "lifecycle:get-bucket-lifecycle-configuration", "policy", "acl", "encryption",
		"logging", "replication", "notification:get-bucket-notification-configuration", "ownership-controls",
	} {
		name, call, ok := strings.Cut(what, ":")
		if !ok {
			call = "get-bucket-" + name
		}
		steps = append(steps, fmt.Sprintf(`keep bucket-%s.json aws s3api %s --bucket="$bucket" --output json`, name, call))
	}
	return steps
}
