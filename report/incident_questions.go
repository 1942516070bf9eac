package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// objectCalls are calls on objects of S3, which are only there where a trail records data events.
var objectCalls = map[string]bool{"GetObject": true, "PutObject": true, "HeadObject": true, "CopyObject": true, "DeleteObject": true, "DeleteObjects": true}

// objectEvents finds the accounts of which the evidence has events on objects of S3.
func (b *incidentBuilder) objectEvents() (map[string]bool, error) {
	seen := map[string]bool{}
	f := filterOf(named(func(name string) bool { return objectCalls[name] }))
	err := b.store.Scan(b.ctx, f, []string{"account", "eventsource"}, func(r *Row) error {
		if serves("s3", r.Text(1)) && !seen[r.Text(0)] {
			seen[own(r.Text(0))] = true
		}
		return nil
	})
	return seen, err
}

// ask lists what the evidence leaves open.
func (d *incidentDraft) ask() {
	d.Questions = []string{}
	for _, ask := range []func() []string{d.askBeginning, d.askUnused, d.askOutside, d.askObjects, d.askDark, d.askShared, d.askOwner, d.askEnd} {
		d.Questions = append(d.Questions, ask()...)
	}
}

func (d *incidentDraft) question(format string, args ...any) []string {
	return []string{fmt.Sprintf(format, args...)}
}

// others counts those of whom the same would be asked as of the first few.
func others(asked []string, n int, of string) []string {
	if n -= len(asked); n > 0 {
		return append(asked, fmt.Sprintf("The same is open of %s.", plural(int64(n), of)))
	}
	return asked
}

// named names those of the incident's credentials that a question is about.
func (d *incidentDraft) named(which func(*IncidentCredential) bool) (names []string) {
	for i := range d.Credentials {
		if c := &d.Credentials[i]; which(c) {
			names = append(names, c.name())
		}
	}
	return names
}

// instanceForm is how EC2 names the sessions of an instance's role: by the instance.
var instanceForm = regexp.MustCompile(`^i-[0-9a-f]{8,17}$`)

func (d *incidentDraft) askBeginning() (out []string) {
	for _, i := range d.Roots[:min(len(d.Roots), namedThings)] {
		c := &d.Credentials[i]
		machine := string(sessionName([]byte(c.Principal)))
		switch {
		case c.Kind != principalKind && instanceForm.MatchString(machine):
			out = append(out, fmt.Sprintf("Who used %s? Whatever runs on instance %s has its credentials, and so has whoever reaches its metadata service: see who opened a shell or ran a command there (coldtrail query CASE @remote-commands), and what it serves.", c.name(), machine))
		case strings.HasPrefix(c.Credential, "AKIA"):
			out = append(out, fmt.Sprintf("If %s was in other hands, how did they get it? No event tells: look where the key is kept (code, images, machines, build systems), and when it was made.", c.name()))
		case c.Kind == principalKind:
			out = append(out, fmt.Sprintf("How did whoever acted as %s get the means? The events name no key.", c.name()))
		case c.Tie == detect.Untied.String():
			out = append(out, fmt.Sprintf("Where does %s come from? No event of the evidence shows how it began: it was issued before the evidence begins, in an account or region that it lacks, or inside AWS.", c.name()))
		default:
			out = append(out, fmt.Sprintf("Was %s taken, or did its owner act? It was issued to somebody who is not otherwise in the incident.", c.name()))
		}
	}
	return others(out, len(d.Roots), "further credential")
}

func (d *incidentDraft) askUnused() []string {
	var names []string
	for i := range d.Credentials {
		c := &d.Credentials[i]
		if c.Events > 0 || c.spared() || d.knownOtherwise(c) {
			continue
		}
		name := c.name()
		if c.By != nil {
			if by := d.gone("access key", c.By.Account, c.Credential); by != nil {
				name += ", deleted at " + clockOf(by.Time)
			}
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return nil
	}
	return d.question("Handed out, and no use is seen in the evidence: %s. Were they used in accounts, regions or after a time that it lacks?", enumerate(names))
}

// knownOtherwise reports whether a user that was made is no question of its own: it is gone, or its keys are asked about, or told.
func (d *incidentDraft) knownOtherwise(c *IncidentCredential) bool {
	user, ok := pathName(c.Principal, ":user/")
	if !ok || c.Kind != principalKind {
		return false
	}
	account := accountIn(c.Principal)
	return d.gone("IAM user", account, user) != nil || slices.ContainsFunc(d.Credentials, func(o IncidentCredential) bool {
		name, isUser := pathName(o.Principal, ":user/")
		return o.Credential != "" && (isUser && accountIn(o.Principal) == account && d.b.sameUser(account, name, user) || o.By != nil && o.By.Account == account && d.b.sameUser(account, o.For, user))
	})
}

// askOutside asks about accounts that were reached and have no event in the evidence.
func (d *incidentDraft) askOutside() []string {
	var away []string
	for i := range d.events {
		e := &d.events[i]
		if e.issued == "" {
			continue
		}
		if a := foreignAccount(e.Resource, d.Accounts); a != "" && !slices.Contains(away, a) {
			away = append(away, a)
		}
	}
	if len(away) == 0 {
		return nil
	}
	slices.Sort(away)
	return d.question("Roles of account %s were taken: what was done there, no event of the incident shows. Does the evidence have that account?", enumerate(away))
}

// foreignAccount returns the account of the first ARN in a text that is of none of those accounts.
func foreignAccount(text string, accounts []string) string {
	for part := range strings.SplitSeq(text, ", ") {
		if a := accountIn(part); len(a) == 12 && !slices.Contains(accounts, a) {
			return a
		}
	}
	return ""
}

func (d *incidentDraft) askObjects() []string {
	var blind []string
	for _, a := range d.Accounts {
		if !d.b.objects[a] {
			blind = append(blind, quoteName(a))
		}
	}
	if len(blind) == 0 {
		return nil
	}
	return d.question("Were objects of S3 read, changed or deleted? The evidence has no data event on objects of account %s: it cannot tell.", enumerate(blind))
}

func (d *incidentDraft) askDark() (out []string) {
	n := 0
	for i := range d.events {
		e := &d.events[i]
		if e.act != actDefence || e.outcome != succeeded || !isAmong(recording, e.Source, parser.Action(e.Name)) {
			continue
		}
		if n++; n <= namedThings {
			out = append(out, fmt.Sprintf("What happened unseen after %s at %s%s (event %s)? See defences.jsonl for whether and when it was taken back.", e.call(), clockOf(e.Time), about([]*toldEvent{e}), e.ID))
		}
	}
	return others(out, n, "further call")
}

func (d *incidentDraft) askShared() (out []string) {
	n := 0
	for i := range d.Addresses {
		a := &d.Addresses[i]
		if !strings.HasPrefix(a.Note, "also used by") {
			continue
		}
		if n++; n <= namedThings {
			out = append(out, fmt.Sprintf("%s is %s: is it an office, a proxy, or the same hand with further credentials? Pivot on it.", quoteName(a.Value), a.Note))
		}
	}
	return others(out, n, "further source")
}

func (d *incidentDraft) askOwner() []string {
	names := d.named(func(c *IncidentCredential) bool { return !c.Whole && c.All > c.Events && c.Events > 0 })
	if len(names) == 0 {
		return nil
	}
	return d.question("Does more belong to the incident? Of %s only what was done at certain addresses and times is counted; the rest is taken for the owner's.", enumerate(names))
}

func (d *incidentDraft) askEnd() (out []string) {
	alive := d.named(func(c *IncidentCredential) bool { return c.Alive })
	if len(alive) > 0 {
		out = d.question("What was done after the evidence ends, %s? Not expired then: %s.", clockOf(d.b.end), enumerate(alive))
	}
	secrets := false
	for i := range d.events {
		secrets = secrets || d.events[i].act == actSecret && d.events[i].outcome == succeeded
	}
	if secrets {
		out = append(out, "What do the secrets that were read open? Their use outside of AWS leaves no trace in CloudTrail.")
	}
	return out
}
