package detect

import (
	"fmt"
	"time"
)

func (s *issuedSessions) judge(v *spell[issuedSession]) (Severity, string, bool) {
	x := &v.x
	severity := Low
	var what string
	switch {
	case x.all == 0:
		return 0, "", false
	case x.moved && x.changed.len() > 0:
		severity, what = High, "another network and tool than the key's, and changed identities: "+orList(&x.changed)
	case x.changed.len() > 0:
		severity, what = Medium, "the key's place, and changed identities: "+orList(&x.changed)
	case x.moved:
		severity, what = Medium, "another network and tool than the key's"
	case x.tried.len() > 1:
		what = "the key's place, and tried in vain to change identities: " + orList(&x.tried)
	default:
		return 0, "", false
	}
	return severity, fmt.Sprintf("session that %s of %s issued at %s came from %s (%s)", x.by.Credential, v.who, x.by.Time.UTC().Format(time.RFC3339), what, plural(x.all, "telling call")), true
}
