package detect

import "fmt"

var _ = register(&Detector{
	ID:    "roles-tried-then-entered",
	Title: "Roles tried one after the other, until one opened",
	Doc: `One credential was refused several roles within minutes, and then got into one that it had been refused or
never asked for: somebody tries out which roles will have it. That roles were tried in vain a rule tells
(sts-roles-tried), as another does of names guessed by way of trust policies (iam-principals-guessed). Innocent
causes: a tool that goes through all accounts of an organization with one role's name, of which some lack the role; it
tries the same ones each day.`,
	Next:       `Contain the caller and the session that it got; narrow the trust policy that let it in.`,
	Severity:   Low,
	Techniques: []string{"T1087.004", "T1069.003", "T1078.004"},
	Events:     []string{"sts.amazonaws.com:AssumeRole"},
	Thresholds: []Threshold{
		{"refused", 5, "different roles", "Splunk: brute force of role names; own: below its 8, since a success follows"},
		{"refused-many", 20, "different roles", "Elastic: 25 refusals of trust policies"},
		{"window", 10, "minutes", "Splunk: brute force of role names"},
	},
	Record: roleAssumed.Record,
	Judge: func(c *Context) Stream {
		s := &triedRoles{least: c.Int("refused"), many: c.Int("refused-many")}
		s.of = newSpells("roles-tried-then-entered", c.Duration("window"), s.judge)
		return s.of.stream(s.note, nil)
	},
	Hits:   [][]string{triesRoles(6, true)},
	Misses: [][]string{triesRoles(6, false), triesRoles(3, true)},
})

// triesRoles is an example of n roles that are refused, and perhaps one that is not.
func triesRoles(n int, in bool) (records []string) {
	for i := range n {
		records = append(records, example{at: fmt.Sprintf("03:00:%02d", i), call: "sts:AssumeRole", key: "AKIA1", code: "AccessDenied", in: fmt.Sprintf(`{"roleArn":"arn:aws:iam::111122223333:role/r%d"}`, i)}.String())
	}
	if in {
		records = append(records, example{at: "03:01:00", call: "sts:AssumeRole", key: "AKIA1", in: `{"roleArn":"arn:aws:iam::111122223333:role/admin"}`, out: issuedKey("ASIA1")}.String())
	}
	return records
}

// triedRoles is the state of roles-tried-then-entered.
type triedRoles struct {
	least, many int
	of          *spells[triedRole]
}

type triedRole struct{ refused, before, entered few }

func (s *triedRoles) note(batch []hit) {
	for i := range 2 * len(batch) { // refusals first: within a second there is no order
		pass, h := i/len(batch), &batch[i%len(batch)]
		ref, role := h.ref, h.e.Get(FactRole)
		outcome := h.e.Get(FactOutcome)
		if (outcome == denied) != (pass == 0) {
			continue
		}
		v := s.of.touch(credentialOf(ref), ref)
		switch {
		case outcome == denied && role == "": // some refusals do not say which
			v.x.refused.add(ref.ErrorMessage)
		case outcome == denied:
			v.x.refused.add(role)
		case outcome == succeeded && v.x.refused.len() < s.least:
			v.x.before.add(role)
		case outcome == succeeded:
			v.x.entered.add(role)
		}
		s.of.add(v, ref)
	}
}

func (s *triedRoles) judge(v *spell[triedRole]) (Severity, string, bool) {
	entered := 0
	for _, role := range v.x.entered.values {
		if !v.x.before.has(role) {
			entered++
		}
	}
	severity := Medium
	if v.x.refused.len() >= s.many {
		severity = High
	}
	return severity, fmt.Sprintf("%s was refused %d different roles and then got into: %s", v.who, v.x.refused.len(), orList(&v.x.entered)), entered > 0
}
