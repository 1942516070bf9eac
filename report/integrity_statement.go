package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/scan/integrity"
)

// sum adds up the counts of some verdicts.
func sum(m map[string]int64, verdicts ...integrity.Verdict) (n int64) {
	if len(verdicts) == 0 {
		for _, c := range m {
			n += c
		}
	}
	for _, v := range verdicts {
		n += m[string(v)]
	}
	return n
}

// statement says in sentences what the digests prove.
func (i *Integrity) statement() (s []string) {
	say := func(format string, args ...any) { s = append(s, fmt.Sprintf(format, args...)) }
	digests, logs := sum(i.Digests)-i.Digests[string(integrity.Absent)], sum(i.Logs)-i.Logs[string(integrity.Absent)]
	signs := sum(i.Signs)
	if digests == 0 && signs == 0 {
		say("The evidence has no digest file: nothing can be verified.")
		return s
	}
	i.wrong(say)
	if digests > 0 {
		i.sayDigests(say, digests, logs)
	} else {
		say("The evidence has no digest file: no log file can be verified.")
	}
	if signs+sum(i.Results) > 0 {
		i.sayResults(say, signs)
	}
	if i.Failures == 0 {
		say("Nothing that could be verified is modified, invalid, or missing inside the span of this copy.")
	}
	switch {
	case i.Beyond == 1:
		say("1 file that digests, sidecars or listings name is not in this copy and lies before its first digest or after its last, as in any copy of a span of time.")
	case i.Beyond > 1:
		say("%s files that digests, sidecars or listings name are not in this copy and lie before its first digest or after its last, as in any copy of a span of time.", number(i.Beyond))
	}
	if notes := i.notes(); notes != "" {
		say("Noted of files, whatever their verdicts: %s.", notes)
	}
	if n := i.Deleted; n > 0 {
		say("Of what is not in this copy %s deleted at the source: a listing of the bucket has a delete marker for each.", wasWere(n))
	}
	if len(i.Unused) > 0 {
		say("No digest or log lies where a copy of the bucket %s was said to be (--bucket).", strings.Join(i.Unused, ", "))
	}
	if i.Keys == 0 {
		say("No public key was given (--public-keys): no signature could be checked.")
	} else {
		say("Signatures verify under %s that the examiner supplied; whether these are CloudTrail's is not proved here.", plural(int64(i.Keys), "public key"))
	}
	return s
}

// notes counts the notes of which wrong does not speak.
func (i *Integrity) notes() string {
	said := []string{integrity.LinkMismatch, integrity.Contradicted, integrity.TooMany, integrity.TrailingData}
	var parts []string
	for _, note := range slices.Sorted(maps.Keys(i.Notes)) {
		if i.Failures == 0 || !slices.Contains(said, note) {
			parts = append(parts, number(i.Notes[note])+" "+note)
		}
	}
	return strings.Join(parts, ", ")
}

// sayResults says what is proved of query results of CloudTrail Lake.
func (i *Integrity) sayResults(say func(format string, args ...any), signs int64) {
	say("Of %s of CloudTrail Lake %s signed; of %s %s verified: the file has a hash that is signed. Their names are not signed.", plural(signs, "sign file"), isAre(i.Signs["signed"]),
		plural(sum(i.Results)-i.Results["absent"], "query result"), isAre(i.Results["verified"]))
	if n := i.Signs["unverified"]; n > 0 {
		say("Of the sign files %s unverified: no usable key for them was given.", isAre(n))
	}
	if n := i.Results["consistent"]; n > 0 {
		say("Of the query results %s with a sign file that is not itself proved.", agrees(n))
	}
	if n := i.Results["uncovered"]; n > 0 {
		say("Of the query results %s named by no sign file beside them that can be relied on.", isAre(n))
	}
	if n := i.Results["unreadable"] + i.Signs["unreadable"]; n > 0 {
		say("Of the query results and sign files %s not read.", wasWere(n))
	}
}

func (i *Integrity) sayDigests(say func(format string, args ...any), digests, logs int64) {
	proved := sum(i.Digests, integrity.Signed, integrity.Anchored)
	say("Of %s %s proved: %s by a signature, %s by the hash in a digest that is proved.", plural(digests, "digest file"), isAre(proved), number(i.Digests["signed"]), number(i.Digests["anchored"]))
	if n := i.Digests["linked"] + i.Digests["unverified"]; n > 0 {
		say("Of the digest files %s not proved: %s.", isAre(n), i.whyUnproved())
	}
	say("Of %s %s verified: the content has the hash that a proved digest names.", plural(logs, "log file"), isAre(i.Logs["verified"]))
	if n := i.Logs["consistent"]; n > 0 {
		say("Of the log files %s with a digest that is not itself proved.", agrees(n))
	}
	if n := i.Logs["uncovered"]; n > 0 {
		say("Of the log files %s named by no digest in this copy: %s.", isAre(n), i.whereUncovered())
	}
	if n := i.Logs["unreadable"] + i.Digests["unreadable"] - i.NotHashed; n > 0 {
		say("Of the digest and log files %s not read.", wasWere(n))
	}
	if n := i.NotHashed; n > 0 {
		say("Of the log files %s read when no digest named them, without a hash of their contents, and cannot be judged: analyze all the evidence together.", wasWere(n))
	}
}

// wrong says what is wrong.
func (i *Integrity) wrong(say func(format string, args ...any)) {
	if i.Failures == 0 {
		return
	}
	if n := i.Digests["invalid"]; n > 0 {
		say("WRONG: %s invalid.", isAreOf(n, "digest file"))
	}
	if n := i.Logs["modified"]; n > 0 {
		say("WRONG: %s modified: the content is not what a digest names.", isAreOf(n, "log file"))
	}
	if n := i.Digests["absent"] + i.Logs["absent"]; n > 0 {
		say("WRONG: %s named by digests, sidecars or listings and not in this copy (%s, %s).", isAreOf(n, "file"), plural(i.Digests["absent"], "digest"), plural(i.Logs["absent"], "log"))
	}
	if n := i.Notes[integrity.TrailingData]; n > 0 {
		say("WRONG: to %s something was appended, which nothing signs.", plural(n, "file"))
	}
	if n := i.Notes[integrity.LinkMismatch]; n > 0 {
		say("WRONG: what %s of the digest before is not so.", saysSay(n))
	}
	if n := i.Notes[integrity.Contradicted]; n > 0 {
		say("WRONG: of %s digests name different hashes, of which the content has one.", plural(n, "log file"))
	}
	if n := i.Notes[integrity.TooMany]; n > 0 {
		say("WRONG: of %s not all that digests and signatures say could be looked at: there are more of these than CloudTrail writes.", plural(n, "file"))
	}
	if n := i.Signs["invalid"]; n > 0 {
		say("WRONG: of the sign files of CloudTrail Lake %s invalid.", isAre(n))
	}
	if n := i.Results["modified"]; n > 0 {
		say("WRONG: %s modified: the file is not what was signed.", isAreOf(n, "query result"))
	}
	if n := i.Results["absent"]; n > 0 {
		say("WRONG: %s named by sign files and not in this copy.", isAreOf(n, "query result"))
	}
}

func isAre(n int64) string {
	if n == 1 {
		return "1 is"
	}
	return number(n) + " are"
}

func isAreOf(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun + " is"
	}
	return plural(n, noun) + " are"
}

func wasWere(n int64) string {
	if n == 1 {
		return "1 was"
	}
	return number(n) + " were"
}

func agrees(n int64) string {
	if n == 1 {
		return "1 agrees"
	}
	return number(n) + " agree"
}

func saysSay(n int64) string {
	if n == 1 {
		return "1 digest says"
	}
	return number(n) + " digests say"
}

// whyUnproved says why digests are not proved.
func (i *Integrity) whyUnproved() string {
	var heads int64
	for _, c := range i.Chains {
		heads += c.Unproved
	}
	if heads > 0 && i.Keys > 0 {
		return "the newest of a chain, and the last one before a gap or an absent digest, have their signatures in S3 only (give head-object's answer with --sidecar)"
	}
	if i.Keys > 0 {
		return "no key for them was given, or no signature is known"
	}
	return "there is no key to check signatures with"
}

func (i *Integrity) whereUncovered() string {
	var parts []string
	for _, p := range []struct {
		where integrity.Where
		text  string
	}{
		{integrity.Inside, "inside windows of digests that do not name them"}, {integrity.InGap, "in gaps between digests, or where these are not in this copy"},
		{integrity.Before, "before the first digest"}, {integrity.After, "after the last digest"}, {integrity.NoChain, "where there are no digests"},
	} {
		if n := i.Where[string(p.where)]; n > 0 {
			parts = append(parts, number(n)+" "+p.text)
		}
	}
	return strings.Join(parts, ", ")
}
