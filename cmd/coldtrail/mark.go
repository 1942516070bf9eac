package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan/custody"
)

type markCmd struct {
	Case    string `arg:"" help:"A case, as analyze makes it, with its event store. The evidence is not read."`
	Subject string `arg:"" optional:"" help:"An access key, an ARN, PRINCIPAL@START of a session, an address or network, an event's or a finding's ID, '#' and an event's ordinal, a user's or role's name; or any of these as KIND:NAME, as in user-agent:curl/8.5.0."`

	As      string `placeholder:"STANCE" help:"malicious, suspect, benign or responder."`
	Because string `placeholder:"TEXT" help:"Why. The report quotes it."`
	From    moment `placeholder:"TIME" help:"Only of events at this time or later: RFC 3339, or a date (a day in UTC)."`
	To      moment `placeholder:"TIME" help:"Only of events before this time; a date includes its day."`

	List     bool     `help:"List what is held, by whom and why, and where examiners disagree."`
	Format   string   `short:"f" enum:"text,json" default:"text" help:"What is printed: text, or json: the list, or report.json (default text)."`
	Withdraw string   `placeholder:"ID" help:"Withdraw a judgement of one's own: its ID, or the beginning of it. It stays in the file."`
	Merge    []string `sep:"none" placeholder:"FILE" help:"Add another examiner's judgements.jsonl. Once for each."`
	NoReport bool     `help:"Only note it: the next hunt makes the report that follows it."`

	Workers int    `placeholder:"N" help:"How many row groups to look at at once (default: the machine's cores)."`
	Memory  size   `placeholder:"SIZE" help:"Memory to work with (default a quarter of the machine's, 4GiB at most; at least 64MiB)."`
	WorkDir string `placeholder:"DIR" help:"Where temporary files go (default: beside the case)."`
	Quiet   bool   `short:"q" help:"No summary."`

	custodyFlags
}

// Help implements kong.HelpProvider.
func (markCmd) Help() string {
	return "What coldtrail proposes by itself it calls suspected. What an examiner holds malicious the report calls confirmed; what is benign is cleared: findings on it stay " +
		"listed and accuse nobody; what is a responder's is told apart. A judgement goes down the lineage: to the sessions and keys that came from a credential, or from " +
		"an event or address that issued them, not up. A cleared address clears nothing done elsewhere with what was issued there. The narrower counts: an event before a session, that before an address, a network, a user agent, a user's key, what " +
		"a credential has inherited, a principal, a role. Judgements are lines of judgements.jsonl in the case, which is only added to; the custody log notes them. The report is made " +
		"anew, as a revision, from the events in the case.\n\n" +
		"Examples:\n  coldtrail mark ./case-001 AKIAIOSFODNN7EXAMPLE --as malicious --because 'used from two countries at once' --examiner 'A. Roe'\n" +
		"  coldtrail mark ./case-001 198.51.100.0/24 --as responder --because 'our own lines' --from 2026-03-04\n" +
		"  coldtrail mark ./case-001 --merge ./from-b-doe/judgements.jsonl\n" +
		"  coldtrail mark ./case-001 --list"
}

// Run implements the command.
func (m *markCmd) Run(ctx context.Context, c *console) error {
	if err := m.check(); err != nil {
		return err
	}
	if m.List {
		return m.list(c)
	}
	out, err := m.mark(ctx, c)
	if err != nil || m.Quiet {
		return err
	}
	to := c.aside(m.Format)
	for _, line := range out.said {
		fmt.Fprintln(to, report.Terminal(line))
	}
	if out.Hunted != nil {
		fmt.Fprintln(to)
		if err := c.summary(out.Model, m.Format); err != nil {
			return err
		}
		fmt.Fprintf(to, "\nThis is revision %d of case %s; begin with %s.\n", out.Revision, report.Terminal(m.Case), report.Terminal(filepath.Join(m.Case, "report.md")))
	}
	if out.head.Hash != "" {
		noteHead(to, out.head)
	}
	return nil
}

// stances are what --as takes.
var stances = []report.Stance{report.Malicious, report.Suspect, report.Benign, report.Responder}

// check refuses what is no one thing to do.
func (m *markCmd) check() error {
	var asked []string
	for _, a := range []struct {
		is   bool
		name string
	}{{m.Subject != "", "a subject"}, {m.List, "--list"}, {m.Withdraw != "", "--withdraw"}, {len(m.Merge) > 0, "--merge"}} {
		if a.is {
			asked = append(asked, a.name)
		}
	}
	switch {
	case len(asked) != 1:
		return usage("mark needs a subject with --as and --because, or --withdraw, --merge or --list: one of them, and not %s", orNothing(asked))
	case m.Subject != "" && m.As == "":
		return usage("mark needs --as: malicious, suspect, benign or responder")
	case m.As != "" && !slices.Contains(stances, report.Stance(m.As)):
		return usage("--as %s: malicious, suspect, benign or responder", m.As)
	case m.Subject == "" && (m.As != "" || !m.From.start.IsZero() || !m.To.end.IsZero()):
		return usage("--as, --from and --to are of a subject, which is missing")
	case (m.Subject != "" || m.Withdraw != "") && strings.TrimSpace(m.Because) == "":
		return usage("mark needs --because: why; the report quotes it")
	case m.Subject == "" && m.Withdraw == "" && m.Because != "":
		return usage("--because is of a judgement: there is none with %s", asked[0])
	case (m.Subject != "" || m.Withdraw != "") && strings.TrimSpace(m.Examiner) == "":
		return usage("mark needs --examiner, or COLDTRAIL_EXAMINER: whose judgement it is")
	}
	return nil
}

func orNothing(asked []string) string {
	if len(asked) == 0 {
		return "nothing"
	}
	return strings.Join(asked, " and ")
}

// marked is what came of it.
type marked struct {
	*report.Hunted // nil: no revision was made
	said           []string
	head           custody.Head
}

// mark adds judgements to the case and makes its report anew, as an entry of the case's log.
func (m *markCmd) mark(ctx context.Context, c *console) (*marked, error) {
	r := &reading{Workers: m.Workers, Memory: m.Memory, WorkDir: m.WorkDir}
	if r.WorkDir == "" {
		r.WorkDir = filepath.Dir(filepath.Clean(m.Case))
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	kase, err := report.OpenCase(m.Case)
	if err != nil {
		return nil, usage("%w", err)
	}
	defer kase.Close()
	r.limitMemory()
	_, whole, err := checkCase(ctx, c, m.Case)
	if err != nil {
		return nil, err
	}
	more, given, err := m.judgements(ctx, kase)
	if err != nil {
		return nil, err
	}
	out := &marked{}
	do := func() (changed []custody.File, err error) {
		if whole != nil {
			if err := whole(); err != nil { // before anything is added to it
				return nil, err
			}
		}
		added, err := report.AddJudgements(m.Case, more)
		if err != nil {
			return nil, err
		}
		if len(added) == 0 {
			out.said = append(out.said, "Nothing new: the case has them all.")
			return nil, nil
		}
		out.say(added)
		changed = []custody.File{{Path: report.JudgementsFile}}
		if m.NoReport {
			return changed, nil
		}
		out.Hunted, err = kase.Hunt(ctx, report.Hunting{Stand: true, Workers: r.Workers, Memory: int64(r.Memory), WorkDir: r.WorkDir})
		if out.Hunted != nil {
			changed = append(changed, out.Files...)
		}
		return changed, m.unfollowed(ctx, err)
	}
	if whole == nil {
		_, err := do()
		return out, err
	}
	out.head, err = m.within(ctx, c, "mark", m.Case, given, do, func(e *custody.Entry) {
		e.Text = strings.Join(out.said, "; ")
		if out.Hunted != nil {
			e.Counts = map[string]int64{"revision": int64(out.Revision)}
		}
	})
	return out, err
}

// unfollowed says of judgements that were added that the report does not follow them.
func (m *markCmd) unfollowed(ctx context.Context, err error) error {
	code := codeOf(ctx, err)
	kept := fmt.Sprintf("the judgements are kept, and the report does not follow them yet: coldtrail hunt %s, with the options that its findings were made with, makes one that does", m.Case)
	switch code {
	case exitComplete:
		return nil
	case exitInterrupted:
		return &exitError{code, errors.New("interrupted; " + kept)}
	}
	return &exitError{code, fmt.Errorf("%w; %s", err, kept)}
}

// say tells what was added.
func (o *marked) say(added []report.Judgement) {
	const most = 20
	for i := range added {
		if i == most {
			o.said = append(o.said, fmt.Sprintf("+%d more: coldtrail mark CASE --list", len(added)-most))
			break
		}
		o.said = append(o.said, added[i].String())
	}
}

// judgements are those that the command line asks to add, and the files that were given for it.
func (m *markCmd) judgements(ctx context.Context, kase *report.SettledCase) ([]report.Judgement, []custody.File, error) {
	if len(m.Merge) > 0 {
		return readMerged(ctx, "--merge", m.Merge)
	}
	j := report.Judgement{Because: m.Because, By: m.Examiner, At: time.Now().UTC().Truncate(time.Second)}
	if m.Withdraw != "" {
		id, err := ownJudgement(m.Case, m.Withdraw, strings.TrimSpace(m.Examiner))
		if err != nil {
			return nil, nil, err
		}
		j.Withdraws = id
	} else {
		sub, err := kase.Subject(ctx, m.Subject)
		switch {
		case errors.Is(err, report.ErrAbsent):
			return nil, nil, absent("%w", err)
		case err != nil:
			return nil, nil, usage("%w", err)
		}
		j.Kind, j.Subject, j.As, j.From, j.To = sub.Kind, sub.Name, report.Stance(m.As), m.From.start, m.To.end
	}
	if err := j.Seal(); err != nil {
		return nil, nil, usage("%w", err)
	}
	return []report.Judgement{j}, nil, nil
}

// ownJudgement finds the judgement whose ID begins so, which must be the examiner's.
func ownJudgement(dir, id, examiner string) (string, error) {
	s, err := report.ReadJudgements(dir)
	if err != nil {
		return "", err
	}
	found := s.Find(strings.ToLower(id))
	switch {
	case len(found) == 0:
		return "", absent("--withdraw %s: the case has no such judgement", id)
	case len(found) > 1:
		return "", usage("--withdraw %s: %d judgements begin so: give more of the ID", id, len(found))
	case found[0].Withdraws != "":
		return "", usage("--withdraw %s: it is a withdrawal itself: judge anew", id)
	case found[0].By != examiner:
		return "", usage("--withdraw %s: it is a judgement of %s: judge otherwise, and the disagreement is listed", id, found[0].By)
	}
	return found[0].ID, nil
}

// readMerged reads others' judgements. Of a file with a line that is none nothing is taken.
func readMerged(ctx context.Context, flag string, names []string) (all []report.Judgement, files []custody.File, err error) {
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return nil, nil, usage("%s: %w", flag, err)
		}
		more, err := report.ParseJudgements(f)
		f.Close()
		if err != nil {
			return nil, nil, usage("%s %s: %w", flag, name, err)
		}
		file := custody.File{Path: custody.Text(name), Kind: "judgements"}
		if file.SHA256, file.Bytes, err = custody.HashFile(ctx, name); err != nil {
			return nil, nil, err
		}
		all, files = append(all, more...), append(files, file)
	}
	return all, files, nil
}

// list lists what is held.
func (m *markCmd) list(c *console) error {
	if !isCase(m.Case) {
		return noCase(m.Case)
	}
	s, err := report.ReadJudgements(m.Case)
	if err != nil {
		return usage("case %s: %w", m.Case, err)
	}
	if m.Format == "json" {
		return c.json(s.List())
	}
	return s.List().Text(c.text())
}

// judgements are those that an analysis follows: of the case that it joins, and of files.
func (a *analyzeCmd) judgements(ctx context.Context) (all []report.Judgement, files []custody.File, err error) {
	if a.NoStore && len(a.Judgements) > 0 {
		return nil, nil, usage("--judgements needs the event store, which --no-store leaves out")
	}
	if a.Add != "" {
		prior, err := report.ReadJudgements(a.Add)
		if err != nil {
			return nil, nil, usage("--add: case %s: %w", a.Add, err)
		}
		for _, j := range prior.All() {
			all = append(all, *j)
		}
	}
	more, files, err := readMerged(ctx, "--judgements", a.Judgements)
	return append(all, more...), files, err
}

// judge gives the new case its judgements, and makes the report that follows them as a revision: the first is what was found.
func (a *analyzeCmd) judge(ctx context.Context, run *evidenceRun, kase *report.Case, model *report.Model, held []report.Judgement) (*report.Model, error) {
	dir := kase.Path(".")
	if _, err := report.AddJudgements(dir, held); err != nil {
		return nil, err
	}
	if a.NoStore {
		fmt.Fprintln(run.c.err, "coldtrail: without an event store the report does not follow the judgements of the case that was joined; they are kept")
		return model, nil
	}
	made, err := report.OpenCase(dir)
	if err != nil {
		return nil, err
	}
	defer made.Close()
	out, err := made.Hunt(ctx, report.Hunting{Stand: true, Enrichment: run.opt.Enrichment, Workers: a.Workers, Memory: int64(a.Memory), WorkDir: a.WorkDir})
	if err != nil {
		return nil, err
	}
	return out.Model, nil
}
