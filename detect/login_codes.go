package detect

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const factClient = "client" // the program that is let in

// loginCodes is the state of signin-code-redeemed-elsewhere.
type loginCodes struct {
	c        *Context
	code     time.Duration
	approved *fading[approvals]   // by principal
	of       *spells[loginAbroad] // by principal and the address that got the token
}

// approvals are the last few by one principal.
type approvals []EventRef

type loginAbroad struct {
	by, token EventRef
	one       bool // the program said that it is on the device of the browser
	changed   few
}

// The stages of a login, in their order.
const (
	loginApproval = iota
	loginToken
	loginUse
)

func stageOfLogin(name string) int {
	switch name {
	case "AuthorizeOAuth2Access":
		return loginApproval
	case "CreateOAuth2Token":
		return loginToken
	}
	return loginUse
}

// note follows approvals, then tokens, then what was done: within a second there is no order.
func (s *loginCodes) note(batch []hit) {
	for stage := range loginUse + 1 {
		for i := range batch {
			if stageOfLogin(batch[i].ref.Name) == stage {
				s.see(batch[i].ref, batch[i].e, stage)
			}
		}
	}
}

func (s *loginCodes) see(ref *EventRef, e Evidence, stage int) {
	const most = 4
	key := ref.Principal + " at " + ref.SourceIP
	switch stage {
	case loginApproval:
		all := s.approved.touch(ref.Principal, ref.Time)
		if len(*all) == most {
			*all = slices.Delete(*all, 0, 1)
		}
		*all = append(*all, ref.Clone())
	case loginToken:
		if by := s.elsewhere(ref); by != nil {
			v := s.of.touch(key, ref)
			if v.count == 0 { // the approval is named, and is none of the finding's events: these accuse, and it is mostly the victim's
				v.x.by, v.x.token = *by, ref.Clone()
			}
			v.x.one = v.x.one || strings.HasSuffix(e.Get(factClient), "same-device")
			s.of.add(v, ref)
		}
	case loginUse:
		if s.of.open.peek(key, ref.Time) == nil || longTerm(ref.Credential) {
			return
		}
		v := s.of.touch(key, ref)
		if ref.changes() {
			v.x.changed.add(callOf(ref))
		}
		s.of.add(v, ref)
	}
}

// elsewhere returns the approval that a token is for, where none of the last was made in the network that the token went to.
func (s *loginCodes) elsewhere(token *EventRef) (by *EventRef) {
	all := s.approved.peek(token.Principal, token.Time)
	to, ok := InternetAddress(token.SourceIP)
	if all == nil || !ok {
		return nil
	}
	for i := range *all {
		a := &(*all)[i]
		from, ok := InternetAddress(a.SourceIP)
		switch {
		case !ok || from.Is4() != to.Is4() || token.Time.Sub(a.Time) > s.code:
		case s.c.NetworkOf(from) == s.c.NetworkOf(to):
			return nil
		default:
			by = a
		}
	}
	return by
}

func (s *loginCodes) judge(v *spell[loginAbroad]) (Severity, string, bool) {
	x := &v.x
	severity, what := Low, "nothing telling was changed from there"
	if x.changed.len() > 0 {
		severity, what = Medium, "from there was changed: "+orList(&x.changed)
	}
	client := "a program on another device"
	if x.one {
		severity, client = Medium, "a program that said to be on the same device"
	}
	return severity, fmt.Sprintf("%s let in %s from %s (%s %s), and the token went to %s (%s) %s later; %s", v.who, client, x.by.SourceIP, x.by.Name, x.by.ID, x.token.SourceIP,
		agentOf(x.token.UserAgent), x.token.Time.Sub(x.by.Time).Round(time.Second), what), true
}
