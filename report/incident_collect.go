package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// preserve lists what is to be kept before anything changes it: when keys and passwords were last used.
func (d *incidentDraft) preserve(s *stepList) {
	for _, account := range d.Accounts {
		get := aws("iam", "get-credential-report").fixed("--query", "Content", "--output", "text", "|", "base64", "-d")
		if isAccount(account) {
			get.fixed(">", "credential-report-"+account+".csv")
		}
		first := slices.IndexFunc(d.events, func(e toldEvent) bool { return e.Account == account })
		s.add(step(phasePreserve, fmt.Sprintf("Get the credential report of account %s: when each password and key was made and last used.", quoteName(account)),
			"Repeat the first until it says COMPLETE. A report is made anew at most every four hours.", noCommand(), aws("iam", "generate-credential-report"), get), d.events[first].ID)
	}
	for _, account := range d.Accounts {
		d.lastUses(s, account)
	}
}

// lastUses asks for the last uses of an account's keys, of all that there is to be deactivated.
func (d *incidentDraft) lastUses(s *stepList, account string) {
	st := step(phasePreserve, fmt.Sprintf("Note when and where the keys of account %s were last used.", quoteName(account)), "", noCommand())
	var ids []string
	more := 0
	for i := range d.Credentials {
		c := &d.Credentials[i]
		of := accountIn(c.Principal)
		if of == "" && c.By != nil {
			of = c.By.Account
		}
		run := aws("iam", "get-access-key-last-used").arg("--access-key-id", c.Credential).String()
		if of != account || !strings.HasPrefix(c.Credential, "AKIA") || run == "" || d.gone("access key", account, c.Credential) != nil {
			continue
		}
		if len(st.Run) >= commandLimit {
			more++
			continue
		}
		st.Run = append(st.Run, run)
		if c.By != nil {
			ids = append(ids, c.By.ID)
		}
		ids = append(ids, d.firstOf(c))
	}
	if more > 0 {
		st.Note = fmt.Sprintf("%s found no room here.", plural(int64(more), "further key"))
	}
	if len(st.Run) > 0 {
		s.add(st, ids...)
	}
}

// commandLimit bounds the commands of one step.
const commandLimit = 50

// machinesOf are the calls by which somebody gets onto machines: which these are then, and what tells there what was done.
var machinesOf = map[string]struct{ which, traces string }{
	"SendCommand":                   {"on which commands were run", ssmTraces},
	"StartSession":                  {"on which commands were run", ssmTraces},
	"SendSSHPublicKey":              {"to which SSH keys were sent", sshTraces},
	"SendSerialConsoleSSHPublicKey": {"to which SSH keys were sent", sshTraces},
}

const (
	ssmTraces = "the output that Systems Manager keeps"
	sshTraces = "their own logs of sign-ins: AWS records only that a key was sent"
)

// collect lists what evidence is still to be had.
func (d *incidentDraft) collect(s *stepList) {
	if d.Last.Add(90*24*time.Hour).After(d.b.end) && len(d.Accounts) > 0 {
		s.add(step(phaseCollect, fmt.Sprintf("Collect the logs from %s on, of all regions, and analyze them together with these: what was done after the evidence ends is not here.", clockOf(d.b.end)),
			"See coldtrail acquire, and coldtrail analyze --add.", noCommand()), d.events[len(d.events)-1].ID)
	}
	for i := range d.events {
		e := &d.events[i]
		if e.outcome != succeeded || d.sparesEvent(e) {
			continue
		}
		if m, ok := machinesOf[e.Name]; ok && e.act == actRun {
			s.add(step(phaseCollect, "Secure the machines "+m.which+": snapshots of their volumes, memory, and "+m.traces+".", "", noCommand()), e.ID)
			for part := range strings.SplitSeq(e.Resource, ", ") {
				d.snapshot(s, e.Account, e.Region, part[strings.LastIndexByte(part, '/')+1:], m.which, e.ID)
			}
		}
		if e.act == actSecret {
			s.addAfter(step(phaseRevoke, "Replace the secrets that were read (see the narrative): revoke what they open first.", "", noCommand()), e.ID)
		}
	}
	for i := range d.left.Rows {
		switch row := &d.left.Rows[i]; {
		case row.State == Removed:
		case row.Kind == "instance":
			d.snapshot(s, row.Account, row.Region, row.Target, "that were launched", row.Made.EventID)
		case row.Kind == "instance attribute" && strings.Contains(row.Detail, "userData"):
			d.snapshot(s, row.Account, row.Region, row.Target, "whose start script was changed", row.Made.EventID)
		}
	}
}

// snapshot takes snapshots of an instance's volumes, in one step with the others of its account and region.
func (d *incidentDraft) snapshot(s *stepList, account, region, instance, which, id string) {
	if hex, ok := strings.CutPrefix(instance, "i-"); !ok || hex == "" || strings.Trim(hex, "0123456789abcdef") != "" {
		return
	}
	take := aws("ec2", "create-snapshots").fixed("--instance-specification", "InstanceId="+instance, "--copy-tags-from-source", "volume").in(region)
	s.add(step(phaseCollect, fmt.Sprintf("Take snapshots of the volumes of the instances %s in account %s, region %s, before they are stopped or terminated.", which, quoteName(account), quoteName(region)),
		"", noCommand(), take), id)
}
