package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// A renaming gave an IAM user or group another name.
type renaming struct {
	option, account, was, is string // option: see renames
	by                       Mark
}

// renamingLimit bounds the renamings that are kept.
const renamingLimit = 10_000

// renames keeps what a call renamed.
func (b *incidentBuilder) renames(r *Row, rec *parser.Record) {
	how := renames[parser.Action(r.Text(2))]
	was, is := textOfFirst(rec, how.was), textOfFirst(rec, how.is)
	switch {
	case how.is == "" || is == "" || is == was || !serves("iam", r.Text(3)):
	case len(b.renamed) >= renamingLimit:
		b.unnamed++
	default:
		old := renamingOf{how.option, own(r.Text(5)), own(was)}
		b.renamings[old] = append(b.renamings[old], len(b.renamed))
		b.renamed = append(b.renamed, renaming{how.option, own(r.Text(5)), own(was), own(is),
			Mark{Time: r.Time(), EventID: own(cmp.Or(r.Text(1), r.Text(0))), Event: own(r.Text(2))}})
	}
}

// renamingOf is what got another name.
type renamingOf struct{ option, account, was string }

// calledNow returns what a name has become that stood in a call of an account, and what made it so last.
func (b *incidentBuilder) calledNow(option, account, name string, at time.Time) (now string, last *renaming) {
	for n := -1; ; {
		next := slices.IndexFunc(b.renamings[renamingOf{option, account, name}], func(i int) bool { return i > n && !b.renamed[i].by.Time.Before(at) })
		if next < 0 {
			return name, last
		}
		n = b.renamings[renamingOf{option, account, name}][next]
		last = &b.renamed[n]
		name = last.is
	}
}

// sameUser reports whether two names are of one user, who was renamed in between.
func (b *incidentBuilder) sameUser(account, x, y string) bool {
	if x != y {
		x, _ = b.calledNow(renames["UpdateUser"].option, account, x, time.Time{})
		y, _ = b.calledNow(renames["UpdateUser"].option, account, y, time.Time{})
	}
	return x == y
}

// rename puts into the commands what the users and groups are called now of whom their events tell. The old name may be somebody else's since.
func (d *incidentDraft) rename(s *stepList) {
	if len(d.b.renamed) == 0 {
		return
	}
	events := make(map[string]*toldEvent, len(d.events))
	for i := range d.events {
		events[d.events[i].ID] = &d.events[i]
	}
	for i := range s.all {
		step := &s.all[i]
		for _, found := range step.names() {
			d.renameIn(step, found[1], found[2], events)
		}
	}
	s.mergeSame()
	if d.b.unnamed > 0 && len(s.all) > 0 {
		s.note(" %s found no room: names may be old.", plural(d.b.unnamed, "further renaming"))
	}
}

// mergeSame makes one step of those that do the same: for a user by each of its names.
func (s *stepList) mergeSame() {
	at := map[string]int{}
	kept := s.all[:0]
	for _, step := range s.all {
		key := strings.Join(append([]string{step.Phase, step.Verify}, step.Run...), "\x00")
		if i, ok := at[key]; ok && len(step.Run) > 0 {
			kept[i].merge(step, step.Events)
			continue
		}
		at[key] = len(kept)
		kept = append(kept, step)
	}
	s.all = kept
}

// nameOption finds the name of a user or group in a command.
var nameOption = regexp.MustCompile(`(--user-name|--group-name) '([^']+)'`)

// names finds the names of users and groups in a step's commands of IAM, each once: groups of other services have that option too.
func (step *ContainmentStep) names() (all [][]string) {
	for _, words := range append([]string{strings.TrimPrefix(step.Verify, verifyFirst+": ")}, step.Run...) {
		if !strings.HasPrefix(words, "aws iam ") {
			continue
		}
		for _, found := range nameOption.FindAllStringSubmatch(words, -1) {
			if !slices.ContainsFunc(all, func(f []string) bool { return slices.Equal(f, found) }) {
				all = append(all, found)
			}
		}
	}
	return all
}

// renameIn puts the names that a user or group has now into a step. Where its events tell of several of one name, it has commands for each.
func (d *incidentDraft) renameIn(step *ContainmentStep, option, name string, events map[string]*toldEvent) {
	var now []string
	for _, id := range step.Events {
		e := events[id]
		if e == nil {
			continue
		}
		is, last := d.b.calledNow(option, cmp.Or(accountIn(e.Principal), e.Account), name, e.Time)
		if slices.Contains(now, is) {
			continue
		}
		now = append(now, is)
		if last != nil {
			step.Note = strings.TrimSpace(fmt.Sprintf("%s %s is called %s since %s (%s, event %s).", step.Note, quoteName(name), quoteName(is), clockOf(last.by.Time), quoteName(last.by.Event), last.by.EventID))
		}
	}
	if len(now) == 0 || slices.Equal(now, []string{name}) {
		return
	}
	was, run := *step, []string{}
	step.Verify = ""
	for _, is := range now {
		if !plainArgument(is) {
			step.Note += " It holds characters that a command should not have: no command is proposed, look the thing up."
			continue
		}
		instead := func(words string) string {
			return strings.ReplaceAll(words, option+" "+quoteShell(name), option+" "+quoteShell(is))
		}
		step.Verify = strings.TrimPrefix(step.Verify+"; "+strings.TrimPrefix(instead(was.Verify), verifyFirst+": "), "; ")
		for _, words := range was.Run {
			run = append(run, instead(words))
		}
	}
	if step.Run = run; step.Verify != "" {
		step.Verify = verifyFirst + ": " + step.Verify
	}
}
